"""Real tracks: for every tracker of the suite ``association``, events and quick scores equal TrackEval's figures.

Two sequences of MOT17 half-val, to be quick; ``benchmarks/explaining_cost.py`` checks all seven.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mot_bench.camera import open_camera_motion
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.mot_text import format_tracks, parse_tracks
from mot_bench.datasets.types import Dataset, Sequence
from mot_bench.detections.formats import make_detections
from mot_bench.detections.sources import DetectionSource, open_detections
from mot_bench.explaining.causes import analyse, events_of
from mot_bench.explaining.detected import Detected, judge
from mot_bench.explaining.repairs import perfect
from mot_bench.explaining.rescoring import rescore, total
from mot_bench.explaining.scene import People, people_of
from mot_bench.scoring.score import combine, score_sequence, summarise
from mot_bench.suites.loader import load_suite
from mot_bench.suites.parameters import tracker_config
from mot_bench.suites.schema import RunSpec
from mot_bench.work import Inputs, track
from trackers import registry
from trackers.interface import Need

pytest.importorskip("trackeval")
NAMES = ("MOT17-05-DPM", "MOT17-09-DPM")
SUITE = load_suite("association")


class Data:
    """What the trackers are given, and the people with judged detections."""

    def __init__(self, root: Path) -> None:
        self.dataset: Dataset = open_dataset("mot17-half-val", root)
        self.sequences = [sequence for sequence in self.dataset.sequences if sequence.name in NAMES]
        self.source: DetectionSource = open_detections("yolox_x_ablation", self.dataset)
        self.judged: dict[str, tuple[People, Detected]] = {}
        for sequence in self.sequences:
            people, found = people_of(sequence, "MOT17"), self.source.load(sequence)
            self.judged[sequence.name] = people, judge(people, found.frames - 1, found.boxes_ltwh, found.scores)

    def inputs(self, sequence: Sequence, run: RunSpec) -> Inputs:
        """Detections, with embeddings that tell little where the tracker wants some."""
        needs = registry.load(run.tracker).needs(tracker_config(run))
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
    scores, counts, flawless = {}, [], []
    for sequence in data.sequences:
        rows, _ = track(run.tracker, tracker_config(run), data.inputs(sequence, run))
        tracks = parse_tracks(format_tracks(rows, run.decimals), sequence.name, sequence.length)
        people, detected = data.judged[sequence.name]
        scores[sequence.name] = score_sequence(people.prepared, tracks)
        clear = scores[sequence.name].families["CLEAR"]
        analysis = analyse(people, tracks, sequence.frame_rate, detected)
        events = events_of(analysis, sequence.name)
        loose = len(events.of_kind("loose box"))
        assert len(events.of_kind("false negative")) + loose == clear["CLR_FN"]
        assert len(events.of_kind("false positive")) + loose == clear["CLR_FP"]
        assert len(events.of_kind("identity switch")) == clear["IDSW"]
        assert len(events.of_kind("fragmentation")) == clear["Frag"]
        counts.append(rescore(analysis.scene, analysis.matching))
        flawless.append(rescore(perfect(analysis, "everything")))
    theirs = summarise(combine(scores)).metrics
    ours = total(counts).metrics()
    assert ours == pytest.approx({name: theirs[name] for name in ours}, abs=1e-12)
    assert 0.3 < ours["HOTA"] < 0.9
    assert total(flawless).metrics() == pytest.approx({"HOTA": 1.0, "IDF1": 1.0, "MOTA": 1.0}, abs=1e-12)
