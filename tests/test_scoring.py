"""Scores equal TrackEval's own Evaluator reading files, in every field."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mot_bench.datasets.mot_text import TrackRows, read_ground_truth, read_tracks
from mot_bench.errors import MotBenchError
from mot_bench.scoring.metrics import LEADERBOARD_ORDER, METRICS, format_value
from mot_bench.scoring.preparation import overlap
from mot_bench.scoring.score import SequenceScore, combine, prepare, score_sequence, scorer_record, summarise

LENGTH = 12
Scores = dict[str, dict[str, Any]]


def scene(seed: int, *, classes: tuple[int, ...], tracks: bool = True) -> tuple[str, str]:
    """Ground truth and tracks as text: people and distractors on walks, misses, swaps, clutter, zero-marked rows."""
    rng = np.random.default_rng(seed)
    truth, found = [], []
    start, step = rng.uniform(0, 300, (8, 2)), rng.normal(0, 4, (8, 2))
    for frame in range(1, LENGTH + 1):
        for person in range(8):
            if rng.random() < 0.1:
                continue
            left, top = (start[person] + frame * step[person]).round(2)
            kind = classes[person % len(classes)]
            marked = int(person != 3)
            truth.append(f"{frame},{person + 5},{left},{top},40.5,90.25,{marked},{kind},{rng.random():.3f}")
            if rng.random() < 0.85:
                jitter = rng.normal(0, 3, 4).round(2)
                track = person + 11 + (20 if frame > 6 and person % 3 == 0 else 0)
                box = f"{left + jitter[0]:.2f},{top + jitter[1]:.2f},{40 + jitter[2]:.2f},{90 + jitter[3]:.2f}"
                found.append(f"{frame},{track},{box},0.9,-1,-1,-1")
        if rng.random() < 0.5 and frame != 4:
            found.append(f"{frame},99,{rng.uniform(0, 300):.2f},{rng.uniform(0, 300):.2f},30,80,0.4,-1,-1,-1")
    found = [row for row in found if not row.startswith("7,")]  # a frame without tracks
    return "\n".join(truth) + "\n", ("\n".join(found) + "\n") if tracks else ""


def by_trackeval(
    truths: dict[str, Path], results: dict[str, Path], folder: Path, benchmark: str, length: int
) -> Scores:
    """TrackEval's Evaluator on these files; scores by sequence, COMBINED_SEQ included."""
    import trackeval

    for name in truths:
        (folder / "gt" / name / "gt").mkdir(parents=True)
        (folder / "gt" / name / "gt" / "gt.txt").write_bytes(truths[name].read_bytes())
        (folder / "trackers" / "mine").mkdir(parents=True, exist_ok=True)
        (folder / "trackers" / "mine" / f"{name}.txt").write_bytes(results[name].read_bytes())
    dataset = {
        "GT_FOLDER": str(folder / "gt"),
        "TRACKERS_FOLDER": str(folder / "trackers"),
        "OUTPUT_FOLDER": str(folder / "out"),
        "TRACKER_SUB_FOLDER": "",
        "SEQ_INFO": dict.fromkeys(truths, length),
        "SKIP_SPLIT_FOL": True,
        "BENCHMARK": benchmark,
        "PRINT_CONFIG": False,
        "CLASSES_TO_EVAL": ["pedestrian"],
    }
    names = "PRINT_RESULTS PRINT_CONFIG TIME_PROGRESS OUTPUT_SUMMARY OUTPUT_DETAILED PLOT_CURVES OUTPUT_EMPTY_CLASSES"
    quiet = {"PRINT_CONFIG": False, "THRESHOLD": 0.5}
    metrics = [trackeval.metrics.HOTA(), trackeval.metrics.CLEAR(quiet), trackeval.metrics.Identity(quiet)]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluator = trackeval.Evaluator(dict.fromkeys(names.split(), False) | {"USE_PARALLEL": False})
        result, _ = evaluator.evaluate([trackeval.datasets.MotChallenge2DBox(dataset)], metrics)
    scores = result["MotChallenge2DBox"]["mine"]
    return {name: score["pedestrian"] for name, score in scores.items()}


def assert_equal(ours: SequenceScore, theirs: dict[str, Any]) -> None:
    compared = 0
    for family in theirs:
        for field, value in theirs[family].items():
            assert np.array_equal(np.asarray(value), np.asarray(ours.families[family][field])), (family, field)
            compared += 1
    assert compared >= 43


ALL_CLASSES = (1, 2, 7, 8, 12, 1, 6, 3)


@pytest.mark.parametrize(
    ("benchmark", "classes", "empty"),
    [
        ("MOT17", ALL_CLASSES, False),
        ("MOT16", (1, 7), False),
        ("MOT20", ALL_CLASSES, False),
        ("MOT20", (1, 6), False),
        ("MOT15", (-1,), False),
        ("MOT17", ALL_CLASSES, True),
        ("MOT17", (2,), False),
    ],
)
def test_every_field_equals_trackevals_own_evaluator(
    tmp_path: Path, benchmark: str, classes: tuple[int, ...], empty: bool
) -> None:
    truths, results = {}, {}
    for seed, name in enumerate(("a-01", "b-02", "c-03")):
        truth, found = scene(seed, classes=classes, tracks=not (empty and seed == 1))
        truths[name], results[name] = tmp_path / f"{name}-gt.txt", tmp_path / f"{name}.txt"
        truths[name].write_text(truth)
        results[name].write_text(found)
    theirs = by_trackeval(truths, results, tmp_path, benchmark, LENGTH)
    ours = {}
    for name in truths:
        prepared = prepare(read_ground_truth(truths[name], benchmark=benchmark), LENGTH, benchmark)
        ours[name] = score_sequence(prepared, read_tracks(results[name], LENGTH))
        assert_equal(ours[name], theirs[name])
    assert_equal(combine(ours), theirs["COMBINED_SEQ"])


def test_the_profiles_differ_on_the_same_rows(tmp_path: Path) -> None:
    truth, found = scene(4, classes=ALL_CLASSES)
    (tmp_path / "gt.txt").write_text(truth)
    (tmp_path / "found.txt").write_text(found)
    counts = {}
    for benchmark in ("MOT15", "MOT17", "MOT20"):
        rows = read_ground_truth(tmp_path / "gt.txt", benchmark="MOT17")
        score = score_sequence(prepare(rows, LENGTH, benchmark), read_tracks(tmp_path / "found.txt", LENGTH))
        counts[benchmark] = (score.families["Count"]["Dets"], score.families["Count"]["GT_Dets"])
    assert len(set(counts.values())) == 3


def test_real_sequence_equals_trackeval(tmp_path: Path, data_root: Path) -> None:
    source = data_root / "MOT17" / "train" / "MOT17-09-DPM" / "gt" / "gt.txt"
    rows = read_ground_truth(source, benchmark="MOT17")
    people = np.flatnonzero((rows.frames <= 120) & rows.considered)
    rng = np.random.default_rng(1)
    boxes = rows.boxes_ltwh + rng.normal(0, 4, rows.boxes_ltwh.shape)
    lines = [
        f"{rows.frames[i]},{rows.ids[i]},{','.join(f'{value:.2f}' for value in boxes[i])},1,-1,-1,-1"
        for i in people
        if rng.random() < 0.8
    ]
    truth = [line for line in source.read_text().splitlines() if int(line.split(",")[0]) <= 120]
    (tmp_path / "gt.txt").write_text("\n".join(truth))
    (tmp_path / "found.txt").write_text("\n".join(lines))
    theirs = by_trackeval({"x": tmp_path / "gt.txt"}, {"x": tmp_path / "found.txt"}, tmp_path, "MOT17", 120)
    prepared = prepare(read_ground_truth(tmp_path / "gt.txt", benchmark="MOT17"), 120, "MOT17")
    assert_equal(score_sequence(prepared, read_tracks(tmp_path / "found.txt", 120)), theirs["x"])


boxes = st.lists(
    st.tuples(*[st.floats(-50, 50).map(lambda v: round(v, 2))] * 2, *[st.floats(0, 60).map(lambda v: round(v, 2))] * 2),
    max_size=6,
).map(lambda rows: np.array(rows, float).reshape(-1, 4))


@settings(max_examples=100, deadline=None)
@given(boxes, boxes)
def test_overlap_equals_trackevals_to_the_last_bit(a: np.ndarray, b: np.ndarray) -> None:
    from trackeval.datasets import MotChallenge2DBox

    def corners(ltwh: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        xyxy = np.concatenate((ltwh[:, :2], ltwh[:, :2] + ltwh[:, 2:]), axis=1).T
        return xyxy, (xyxy[2] - xyxy[0]) * (xyxy[3] - xyxy[1])

    theirs = MotChallenge2DBox._calculate_box_ious(a, b, box_format="xywh")
    assert np.array_equal(overlap(*corners(a), *corners(b)), theirs)


@pytest.fixture
def score(tmp_path: Path) -> SequenceScore:
    truth, found = scene(7, classes=(1,))
    (tmp_path / "gt.txt").write_text(truth)
    (tmp_path / "found.txt").write_text(found)
    prepared = prepare(read_ground_truth(tmp_path / "gt.txt", benchmark="MOT17"), LENGTH, "MOT17")
    return score_sequence(prepared, read_tracks(tmp_path / "found.txt", LENGTH))


def test_a_stored_score_comes_back_as_the_very_same_numbers(score: SequenceScore) -> None:
    again = SequenceScore.from_json(score.to_json())
    assert_equal(again, {family: score.families[family] for family in ("HOTA", "CLEAR", "Identity", "Count")})
    assert again.to_json() == score.to_json()
    assert summarise(combine({"a": again})) == summarise(combine({"a": score}))


def test_a_summary_holds_every_column_of_the_leaderboard(score: SequenceScore) -> None:
    combined = summarise(combine({"a": score, "b": score}))
    assert set(LEADERBOARD_ORDER) - set(combined.metrics) <= {"Frames"}
    assert set(combined.metrics) <= set(METRICS)
    assert LEADERBOARD_ORDER[:6] == ("HOTA", "DetA", "AssA", "MOTA", "IDF1", "IDSW")
    assert len(combined.curves["HOTA"]) == 19
    assert combined.metrics["HOTA"] == pytest.approx(float(np.mean(combined.curves["HOTA"])))
    assert format_value("IDSW", combined.metrics["IDSW"]).isdigit()


def test_a_record_of_the_scorer_names_version_and_settings() -> None:
    record = scorer_record("MOT20")
    assert record.name == "trackeval"
    assert record.version.startswith("1.3")
    assert record.settings["distractor_classes"] == [2, 7, 8, 12, 6]


def rows_of(*rows: tuple[int, int]) -> TrackRows:
    frames, ids = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    box = np.tile([10.0, 10, 5, 5], (len(rows), 1))
    return TrackRows(frames, ids, box, np.ones(len(rows)), np.full(len(rows), -1))


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        (rows_of((13, 1)), "expected frames 1 to 12, found 13"),
        (rows_of((0, 1)), "expected frames 1 to 12, found 0"),
        (rows_of((3, 4), (3, 4)), "found id 4 twice in frame 3"),
    ],
)
def test_tracks_that_cannot_be_scored_are_refused(tmp_path: Path, tracks: TrackRows, message: str) -> None:
    (tmp_path / "gt.txt").write_text(scene(1, classes=(1,))[0])
    prepared = prepare(read_ground_truth(tmp_path / "gt.txt", benchmark="MOT17"), LENGTH, "MOT17")
    with pytest.raises(MotBenchError, match=message):
        score_sequence(prepared, tracks)


def test_an_unknown_benchmark_is_named() -> None:
    with pytest.raises(MotBenchError, match=r"expected one of MOT15.*found 'MOT99'"):
        scorer_record("MOT99")
