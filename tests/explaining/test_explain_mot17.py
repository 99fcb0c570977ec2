"""Real tracks: for every tracker of ``association``, events and quick scores equal TrackEval's figures, parts add up.

Two sequences of MOT17 half-val, to be quick; ``benchmarks/explaining_cost.py`` checks all seven.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from explain_samples import edited_tracks

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.mot_text import TrackRows, format_tracks, parse_tracks
from mot_bench.detections.formats import make_detections
from mot_bench.detections.sources import DetectionSource, open_detections
from mot_bench.explaining.causes import analyse, events_of
from mot_bench.explaining.detected import Detected, judge
from mot_bench.explaining.differences import hota_parts
from mot_bench.explaining.repairs import perfect, perfecting_edit
from mot_bench.explaining.rescoring import rescore, total
from mot_bench.explaining.scene import People, people_of
from mot_bench.records.results import RunResult, Score
from mot_bench.scoring.metrics import METRICS
from mot_bench.scoring.score import SequenceScore, combine, score_sequence, summarise
from mot_bench.suites.loader import load_suite
from mot_bench.suites.parameters import tracker_needs
from mot_bench.suites.schema import RunSpec
from mot_bench.trackers.interface import Need
from mot_bench.tracking.camera_motion import open_camera_motion
from mot_bench.tracking.sequence_tracking import Inputs, track

pytest.importorskip("trackeval")
NAMES = ("MOT17-05-DPM", "MOT17-09-DPM")
SUITE = load_suite("association")
PERFECT = {
    one.name: 1.0 if one.higher_is_better else 0.0
    for one in METRICS.values()
    if (one.kind == "fraction" and one.higher_is_better)
    or one.name in ("CLR_FN", "CLR_FP", "IDSW", "Frag", "IDFN", "IDFP")
}
"""TrackEval's figures of tracks in which everything is repaired: every fraction is 1 (100 %), and no error is left."""


class Data:
    """What the trackers are given, and the people with judged detections."""

    def __init__(self, root: Path) -> None:
        self.dataset: Dataset = open_dataset("mot17-half-val", root)
        self.sequences = [sequence for sequence in self.dataset.sequences if sequence.name in NAMES]
        self.source: DetectionSource = open_detections("yolox_x_ablation", self.dataset)
        self.judged: dict[str, tuple[People, Detected]] = {}
        for sequence in self.sequences:
            people, found = people_of(sequence, "MOT17"), self.source.load(sequence)
            self.judged[sequence.name] = (
                people,
                judge(people, found.frames - 1, found.boxes_ltwh, found.scores),
            )

        self._made: dict[str, tuple[dict[str, TrackRows], dict[str, SequenceScore]]] = {}

    def made(self, run: RunSpec) -> tuple[dict[str, TrackRows], dict[str, SequenceScore]]:
        """The tracks of a run and TrackEval's figures, by sequence.

        Made when they are first asked for.
        """
        if run.name not in self._made:
            tracks, scores = {}, {}
            for sequence in self.sequences:
                rows = track(run, self.inputs(sequence, run)).rows
                tracks[sequence.name] = parse_tracks(
                    format_tracks(rows, run.decimals), sequence.name, sequence.length
                )
                people, _ = self.judged[sequence.name]
                scores[sequence.name] = score_sequence(people.prepared, tracks[sequence.name])
            self._made[run.name] = tracks, scores
        return self._made[run.name]

    def inputs(self, sequence: Sequence, run: RunSpec) -> Inputs:
        """Detections, with embeddings that tell little where the tracker wants some."""
        needs = tracker_needs(run)
        found = self.source.load(sequence)
        if Need.EMBEDDINGS in needs:
            vectors = np.random.default_rng(0).normal(size=(len(found.frames), 8)) + 1
            unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
            found = make_detections(found.frames, found.boxes_ltwh, found.scores, unit)
        motion = None
        if Need.CAMERA_MOTION in needs:
            motion = open_camera_motion(run.camera_motion, self.dataset).load(sequence)
        return Inputs(sequence, found.by_frame(sequence.length), motion)


@pytest.fixture(scope="module")
def data(data_root: Path) -> Data:
    return Data(data_root)


@pytest.mark.parametrize("run", SUITE.runs, ids=lambda run: run.name)
def test_events_and_scores_equal_trackeval(run: RunSpec, data: Data) -> None:
    (tracks, scores), counts, flawless, repaired = data.made(run), [], [], {}
    for sequence in data.sequences:
        people, detected = data.judged[sequence.name]
        clear = scores[sequence.name].families["CLEAR"]
        analysis = analyse(people, tracks[sequence.name], sequence.frame_rate, detected)
        events = events_of(analysis, sequence.name)
        loose = len(events.of_kind("loose box"))
        assert len(events.of_kind("false negative")) + loose == clear["CLR_FN"]
        assert len(events.of_kind("false positive")) + loose == clear["CLR_FP"]
        assert len(events.of_kind("identity switch")) == clear["IDSW"]
        assert len(events.of_kind("fragmentation")) == clear["Frag"]
        counts.append(rescore(analysis.scene, analysis.matching))
        flawless.append(rescore(perfect(analysis, "everything")))
        rows = edited_tracks(analysis, perfecting_edit(analysis, "everything"))
        repaired[sequence.name] = score_sequence(people.prepared, rows)
    theirs = summarise(combine(scores)).metrics
    assert (
        min(theirs[name] for name in ("CLR_FN", "CLR_FP", "IDSW", "Frag")) > 20
    )  # so that being equal says something
    ours = total(counts).metrics()
    assert ours == pytest.approx({name: theirs[name] for name in ours}, abs=1e-12)
    assert total(flawless).metrics() == pytest.approx(
        {"HOTA": 1.0, "IDF1": 1.0, "MOTA": 1.0}, abs=1e-12
    )
    by_trackeval = summarise(combine(repaired)).metrics
    assert {name: by_trackeval[name] for name in PERFECT} == pytest.approx(PERFECT, abs=1e-12)


@pytest.mark.parametrize(
    "run", [run for run in SUITE.runs if run.name != SUITE.base], ids=lambda run: run.name
)
def test_parts_of_a_difference_add_up(run: RunSpec, data: Data) -> None:
    base = next(other for other in SUITE.runs if other.name == SUITE.base)
    one, other = (summarise(combine(data.made(of)[1])) for of in (run, base))
    parts = hota_parts(row_of(run, one), row_of(base, other))
    difference = one.metrics["HOTA"] - other.metrics["HOTA"]
    assert abs(difference) > 1e-3
    assert parts.detection + parts.association + parts.localisation == pytest.approx(
        difference, abs=1e-12
    )


def row_of(run: RunSpec, score: Score) -> RunResult:
    return RunResult(run=run.name, seed=0, status="ok", combined=score)
