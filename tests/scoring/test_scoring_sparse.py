"""HOTA and Identity without matrices of all identities: equal to TrackEval's own classes in every field."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import GroundTruth
from mot_bench.datasets.mot_text import TrackRows
from mot_bench.errors import MotBenchError
from mot_bench.scoring import best_matching
from mot_bench.scoring.dense_sum import dense_sum
from mot_bench.scoring.preparation import metric_input, prepare
from mot_bench.scoring.score import metric_classes
from mot_bench.scoring.third_party import score_results

metrics = pytest.importorskip("trackeval.metrics")
Data = dict[str, Any]
MEGABYTE = 2**20


def scene(frames: list[tuple[Any, Any, Any]], people: int, tracks: int) -> Data:
    """Frames of ids of people, ids of tracks and their overlaps, as TrackEval's classes take them."""
    truth, found, overlaps = (
        [np.asarray(part) for part in parts] for parts in zip(*frames, strict=True)
    )
    return {
        "num_timesteps": len(frames),
        "num_gt_ids": people,
        "num_tracker_ids": tracks,
        "num_gt_dets": sum(map(len, truth)),
        "num_tracker_dets": sum(map(len, found)),
        "gt_ids": [ids.astype(np.int64) for ids in truth],
        "tracker_ids": [ids.astype(np.int64) for ids in found],
        "similarity_scores": [
            overlap.reshape(len(a), len(b)).astype(np.float64)
            for a, b, overlap in zip(truth, found, overlaps, strict=True)
        ],
    }


def random_scene(seed: int) -> Data:
    rng = np.random.default_rng(seed)
    people, tracks = (int(count) for count in rng.integers(1, 90, 2))
    share, step = rng.choice([0.1, 0.4, 1.0]), rng.choice([0.0, 0.05, 0.5])
    frames = []
    for _ in range(int(rng.integers(1, 40))):
        a, b = (
            rng.permutation(count)[: rng.integers(0, min(count, 12) + 1)]
            for count in (people, tracks)
        )
        overlap = rng.random((len(a), len(b))) * (rng.random((len(a), len(b))) < share)
        frames.append((a, b, np.round(overlap / step) * step if step else overlap))
    return scene(frames, people, tracks)


def assert_equal_in_every_field(data: Data) -> None:
    quiet = {"PRINT_CONFIG": False, "THRESHOLD": 0.5}
    for name, theirs in (("HOTA", metrics.HOTA()), ("Identity", metrics.Identity(quiet))):
        expected, found = theirs.eval_sequence(data), metric_classes()[name].eval_sequence(data)
        assert expected.keys() == found.keys()
        for field, value in expected.items():
            assert np.array_equal(value, found[field]), (name, field)


@pytest.mark.parametrize("seed", range(60))
def test_equal_on_random_scenes_with_and_without_ties(seed: int) -> None:
    assert_equal_in_every_field(random_scene(seed))


NOBODY: list[int] = []


@pytest.mark.parametrize(
    ("frames", "people", "tracks"),
    [
        ([([0], [0], [[0.0]])], 1, 1),
        ([([0], [0], [[1.0]])], 1, 1),
        ([([0], [0], [[1e-17]])], 1, 1),
        ([([0], NOBODY, NOBODY)], 1, 0),
        ([(NOBODY, [0], NOBODY)], 0, 1),
        ([(NOBODY, NOBODY, NOBODY)], 0, 0),
        ([([0], NOBODY, NOBODY), (NOBODY, [0], NOBODY)], 1, 1),
        ([([0, 1], [0, 1], [[0.5, 0.5], [0.5, 0.5]])] * 5, 2, 2),
        (
            [([0, 1], [0, 1], [[0.9, 0.0], [0.0, 0.9]]), ([0, 1], [1, 0], [[0.9, 0.0], [0.0, 0.9]])]
            * 3,
            2,
            2,
        ),
        ([([0], [frame], [[0.6]]) for frame in range(300)], 1, 300),
        ([([frame], [0], [[0.6]]) for frame in range(300)], 300, 1),
        ([(range(40), range(40), np.full((40, 40), 0.5 - 1e-16))], 40, 40),
        ([(range(30), range(30)[::-1], np.ones((30, 30)))] * 4, 30, 30),
    ],
)
def test_equal_on_scenes_of_the_edge(
    frames: list[tuple[Any, Any, Any]], people: int, tracks: int
) -> None:
    assert_equal_in_every_field(scene(frames, people, tracks))


def test_equal_on_mot17_with_noisy_tracks_that_break(data_root: Path) -> None:
    rng = np.random.default_rng(0)
    for sequence in open_dataset("mot17-half-val", data_root).sequences[:3]:
        truth = sequence.ground_truth
        assert truth is not None
        kept = (truth.classes == 1) & (rng.random(len(truth.frames)) < 0.85)
        boxes = np.abs(truth.boxes_ltwh[kept] + rng.normal(0, 3, (int(kept.sum()), 4)))
        ids = truth.ids[kept] + 1000 * (truth.frames[kept] // 60)
        ones = np.ones(len(ids))
        tracks = TrackRows(truth.frames[kept], ids, boxes, ones, np.full(len(ids), -1))
        assert_equal_in_every_field(metric_input(prepare(truth, sequence.length, "MOT17"), tracks))


@pytest.mark.parametrize("shape", [(1, 5), (1, 129), (83, 201), (500, 317), (1, 8193)])
def test_sums_are_rounded_as_numpy_rounds_them(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(shape[1])
    dense = np.zeros(shape)
    cells = np.sort(rng.choice(dense.size, max(1, dense.size // 5), replace=False))
    dense.reshape(-1)[cells] = rng.random(len(cells))
    values = dense.reshape(-1)[cells]
    assert dense_sum(cells, np.column_stack([values, values**2]), dense.size).tolist() == [
        np.sum(dense),
        np.sum(dense**2),
    ]


@pytest.mark.parametrize("largest", [best_matching._LARGEST_DENSE, 0], ids=["matrix", "graph"])
def test_the_best_matching_has_the_largest_weight(
    monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    monkeypatch.setattr(best_matching, "_LARGEST_DENSE", largest)
    rng = np.random.default_rng(1)
    for _ in range(60):
        shape = rng.integers(1, 30, 2)
        weights = rng.integers(0, 5, shape) * (rng.random(shape) < 0.3)
        people, tracks = np.nonzero(weights)
        taken = best_matching.matching_pairs(people, tracks, weights[people, tracks])
        assert len(set(people[taken])) == len(set(tracks[taken])) == taken.sum()
        assert (
            weights[people, tracks][taken].sum()
            == weights[linear_sum_assignment(weights, maximize=True)].sum()
        )


def test_a_hundred_thousand_identities_take_no_matrix_of_them_all() -> None:
    count, at_once = 100_000, 100
    blocks = np.arange(count).reshape(-1, at_once)
    data = scene([(ids, ids, 0.8 * np.eye(at_once)) for ids in blocks], count, count)
    tracemalloc.start()
    try:
        found = {name: metric.eval_sequence(data) for name, metric in metric_classes().items()}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 400 * MEGABYTE
    assert found["Identity"]["IDF1"] == found["CLEAR"]["MOTA"] == 1
    assert found["HOTA"]["HOTA_TP"].tolist() == [count] * 16 + [0] * 3


def test_more_boxes_in_a_frame_than_can_be_compared_are_one_line() -> None:
    count = 5001
    ones = np.ones(count, np.int64)
    boxes = np.tile([1.0, 1.0, 5.0, 5.0], (count, 1))
    truth = GroundTruth(ones, np.arange(count), boxes, ones == 1, ones, np.ones(count))
    tracks = TrackRows(ones, np.arange(count), boxes, np.ones(count), -ones)
    with pytest.raises(
        MotBenchError, match=r"found 5,001 x 5,001 in frame 1 \(is the frame in column 1 the same"
    ):
        metric_input(prepare(truth, 1, "MOT15"), tracks)


def test_a_result_file_with_too_many_boxes_in_a_frame_is_named(tmp_path: Path) -> None:
    for folder in ("truth", "results"):
        lines = "".join(f"1,{row},{row},10,20,40,1,-1,-1,-1\n" for row in range(1, 5002))
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "s.txt").write_text(lines)
    with pytest.raises(
        MotBenchError, match=r"results/s\.txt: tracks: .*found 5,001 x 5,001 in frame 1"
    ):
        score_results(tmp_path / "results" / "s.txt", str(tmp_path / "truth" / "s.txt"))
