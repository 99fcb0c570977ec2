"""Scores are TrackEval's own: every field equals what its Evaluator gives on the same files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.mot_text import TrackRows, parse_tracks, read_ground_truth, read_tracks
from mot_bench.datasets.types import GroundTruth
from mot_bench.errors import MotBenchError
from mot_bench.scoring.metrics import LEADERBOARD_ORDER, METRICS
from mot_bench.scoring.preparation import overlap
from mot_bench.scoring.score import (
    SequenceScore,
    combine,
    metric_classes,
    prepare,
    score_sequence,
    scorer_record,
    summarise,
)

trackeval = pytest.importorskip("trackeval")
LENGTHS = {"A-01": 30, "A-02": 20, "A-03": 6}


def evaluator_scores(folder: Path, lengths: dict[str, int], benchmark: str) -> dict[str, Any]:
    """TrackEval's Evaluator reading files: ``folder/gt`` and ``folder/results/tracker/data``."""
    switches = ("USE_PARALLEL", "PRINT_RESULTS", "PRINT_CONFIG", "TIME_PROGRESS", "OUTPUT_SUMMARY", "OUTPUT_DETAILED")
    config: dict[str, Any] = dict.fromkeys((*switches, "OUTPUT_EMPTY_CLASSES", "PLOT_CURVES"), False)
    evaluator = trackeval.Evaluator({**config, "BREAK_ON_ERROR": True, "LOG_ON_ERROR": None})
    source = trackeval.datasets.MotChallenge2DBox(
        {
            "GT_FOLDER": str(folder / "gt"),
            "TRACKERS_FOLDER": str(folder / "results"),
            "TRACKERS_TO_EVAL": ["tracker"],
            "BENCHMARK": benchmark,
            "SEQ_INFO": dict(lengths),
            "SKIP_SPLIT_FOL": True,
            "PRINT_CONFIG": False,
        }
    )
    quiet = {"PRINT_CONFIG": False, "THRESHOLD": 0.5}
    metrics = trackeval.metrics
    found, _ = evaluator.evaluate([source], [metrics.HOTA(), metrics.CLEAR(quiet), metrics.Identity(quiet)])
    by_sequence: dict[str, dict[str, Any]] = found["MotChallenge2DBox"]["tracker"]
    return {name: classes["pedestrian"] for name, classes in by_sequence.items()}


def our_scores(folder: Path, lengths: dict[str, int], benchmark: str) -> dict[str, SequenceScore]:
    scores = {}
    for name, length in lengths.items():
        truth = prepare(
            read_ground_truth(folder / "gt" / name / "gt" / "gt.txt", benchmark=benchmark), length, benchmark
        )
        scores[name] = score_sequence(
            truth, read_tracks(folder / "results" / "tracker" / "data" / f"{name}.txt", length)
        )
    return {**scores, "COMBINED_SEQ": combine(scores)}


def assert_equal_in_every_field(theirs: dict[str, Any], ours: dict[str, SequenceScore]) -> None:
    assert theirs.keys() == ours.keys()
    for name, families in theirs.items():
        assert families.keys() == ours[name].families.keys() == {"HOTA", "CLEAR", "Identity", "Count"}
        for family, fields in families.items():
            assert fields.keys() == ours[name].families[family].keys()
            for field, value in fields.items():
                assert np.array_equal(value, ours[name].families[family][field]), (name, family, field)


def write_sequence(
    folder: Path, name: str, length: int, seed: int, *, mot15: bool = False, empty: bool = False
) -> None:
    """Ground truth with every class and zero-marked rows, and noisy tracks on all of it with switches."""
    rng = np.random.default_rng(seed)
    truth, tracks = [], []
    for identity in range(1, 26):
        box = np.array([*rng.uniform(0, 300, 2), *rng.uniform(20, 60, 2)])
        kind, considered = (1 if identity % 2 else 1 + identity // 2), int(identity % 7 != 0)
        for frame in range(1, length + 1):
            box[:2] += rng.normal(0, 2, 2)
            x, y, w, h = np.round(box, 2)
            if frame % 9 != 4 and not (mot15 and frame == 5):
                tail = "-1,-1,-1" if mot15 else f"{kind},{rng.uniform():.2f}"
                truth.append(f"{frame},{identity},{x},{y},{w},{h},{considered},{tail}")
            if rng.uniform() < 0.85 and frame % 11 != 7:
                x, y, w, h = np.round(box + rng.normal(0, 2.5, 4), 2)
                track = identity + 100 * int(frame > length // 2 and identity % 3 == 0)
                tracks.append(f"{frame},{track},{x},{y},{w},{h},0.9,-1,-1,-1")
    rng.shuffle(tracks)
    for path, lines in (
        (folder / "gt" / name / "gt" / "gt.txt", truth),
        (folder / "results" / "tracker" / "data" / f"{name}.txt", [] if empty else tracks),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("benchmark", ["MOT15", "MOT16", "MOT17", "MOT20"])
def test_equal_to_evaluator_in_every_field(tmp_path: Path, benchmark: str) -> None:
    for seed, (name, length) in enumerate(LENGTHS.items()):
        write_sequence(tmp_path, name, length, seed, mot15=benchmark == "MOT15", empty=name == "A-03")
    theirs, ours = (score(tmp_path, LENGTHS, benchmark) for score in (evaluator_scores, our_scores))
    assert_equal_in_every_field(theirs, ours)


def test_profiles_differ(tmp_path: Path) -> None:
    for seed, (name, length) in enumerate(LENGTHS.items()):
        write_sequence(tmp_path, name, length, seed)
    boxes = {
        benchmark: our_scores(tmp_path, LENGTHS, benchmark)["COMBINED_SEQ"].families["Count"]
        for benchmark in ("MOT15", "MOT17", "MOT20")
    }
    assert boxes["MOT20"]["Dets"] < boxes["MOT17"]["Dets"] < boxes["MOT15"]["Dets"]
    assert boxes["MOT17"]["GT_Dets"] < boxes["MOT15"]["GT_Dets"]


def test_equal_to_evaluator_on_mot17(tmp_path: Path, data_root: Path) -> None:
    dataset = open_dataset("mot17-half-val", data_root, None)
    chosen = [sequence for sequence in dataset.sequences if sequence.name.startswith(("MOT17-09", "MOT17-05"))]
    rng = np.random.default_rng(0)
    for sequence in chosen:
        truth = sequence.ground_truth
        assert truth is not None
        columns = [truth.frames, truth.ids, *truth.boxes_ltwh.T, truth.considered, truth.classes]
        rows = [[float(value) for value in row] for row in zip(*columns, strict=True)]
        noisy = [
            [*row[:2], *(np.array(row[2:6]) + rng.normal(0, 4, 4)).round(1).clip(1).tolist(), 1, -1] for row in rows
        ]
        for path, table in (
            (tmp_path / "gt" / sequence.name / "gt" / "gt.txt", rows),
            (tmp_path / "results" / "tracker" / "data" / f"{sequence.name}.txt", noisy[::2]),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(",".join(f"{value:.10g}" for value in row) + ",1\n" for row in table))
    lengths = {sequence.name: sequence.length for sequence in chosen}
    assert_equal_in_every_field(*(score(tmp_path, lengths, "MOT17") for score in (evaluator_scores, our_scores)))


boxes = st.lists(
    st.tuples(*[st.floats(-50, 50)] * 2, *[st.one_of(st.just(0.0), st.floats(1e-12, 60))] * 2), max_size=5
).map(lambda rows: np.array(rows, np.float64).reshape(-1, 4))


@given(boxes, boxes)
@settings(max_examples=200, deadline=None)
def test_overlap_is_trackevals_to_the_last_bit(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> None:
    theirs = trackeval.datasets.MotChallenge2DBox._calculate_box_ious(a, b, box_format="xywh")
    corners = [np.vstack([x[:, :2].T, (x[:, :2] + x[:, 2:]).T]) for x in (a, b)]
    areas = [(c[2] - c[0]) * (c[3] - c[1]) for c in corners]
    assert np.array_equal(overlap(corners[0], areas[0], corners[1], areas[1]), theirs)


def test_json_round_trip_is_exact(tmp_path: Path) -> None:
    for seed, (name, length) in enumerate(LENGTHS.items()):
        write_sequence(tmp_path, name, length, seed, empty=name == "A-03")
    scores = our_scores(tmp_path, LENGTHS, "MOT17")
    combined = scores.pop("COMBINED_SEQ")
    loaded = {name: SequenceScore.from_json(score.to_json()) for name, score in scores.items()}
    assert combine(loaded).to_json() == combined.to_json()
    assert all(loaded[name].to_json() == score.to_json() for name, score in scores.items())


def test_summary_has_known_metrics_and_curves(tmp_path: Path) -> None:
    write_sequence(tmp_path, "A-01", 30, 0)
    score = our_scores(tmp_path, {"A-01": 30}, "MOT17")["A-01"]
    summary = summarise(score)
    assert set(summary.metrics) <= set(METRICS)
    assert set(LEADERBOARD_ORDER[:6]) == {"HOTA", "DetA", "AssA", "MOTA", "IDF1", "IDSW"}
    assert summary.metrics["HOTA"] == pytest.approx(np.mean(score.families["HOTA"]["HOTA"]), abs=0)
    assert {len(curve) for curve in summary.curves.values()} == {19}
    assert isinstance(summary.metrics["IDSW"], int)
    assert scorer_record("MOT20").settings["distractor_classes"] == [2, 7, 8, 12, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,1,0,0,5,5,1,3,-1,-1\n", "class 1 or -1"),
        ("9,1,0,0,5,5,1,-1,-1,-1\n", "frames 1 to 4, found 9"),
    ],
)
def test_tracks_that_cannot_be_scored(text: str, message: str) -> None:
    tracks: TrackRows = parse_tracks("1,1,0,0,5,5\n", "truth")
    from mot_bench.datasets.types import GroundTruth

    one = np.ones(1, np.int64)
    truth = prepare(GroundTruth(tracks.frames, tracks.ids, tracks.boxes_ltwh, one > 0, one, np.ones(1)), 4, "MOT17")
    with pytest.raises(MotBenchError, match=message):
        score_sequence(truth, parse_tracks(text, "tracks"))


def test_scoring_leaves_its_inputs_as_they_are() -> None:
    one, box = np.ones(1, np.int64), np.array([[10.0, 10, 5, 5]])  # a single row: its transpose is no copy
    truth = GroundTruth(one, one, box.copy(), np.ones(1, np.bool_), one, np.ones(1))
    tracks = TrackRows(one, one, box.copy(), np.ones(1), one)
    score_sequence(prepare(truth, 3, "MOT17"), tracks)
    assert truth.boxes_ltwh.tolist() == tracks.boxes_ltwh.tolist() == box.tolist()


def test_the_record_names_whose_code_computed_each_family() -> None:
    record = scorer_record("MOT17").computed_by
    assert record.keys() == metric_classes().keys()
    for family, metric in metric_classes().items():
        kind = type(metric)
        (original,) = (one for one in kind.__mro__ if one.__name__ == family)
        assert original.__module__.startswith("trackeval.")
        said = f"trackeval's {family}"
        assert record[family] == said if kind is original else record[family].startswith(f"mot-bench's {kind.__name__}")
        assert said in record[family]
