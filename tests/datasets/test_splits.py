"""Splits: both conventions of halves, ranges, and what follows a cut."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mot_bench.datasets.dataset import GroundTruth, Sequence
from mot_bench.datasets.splits import (
    HALVES,
    HeldTruth,
    cut_ground_truth,
    cut_sequence,
    frame_range,
    truth_digest,
)
from mot_bench.errors import MotBenchError


def _truth(length: int) -> GroundTruth:
    frames = np.repeat(np.arange(1, length + 1), 2)
    return GroundTruth(
        frames=frames,
        ids=np.tile([1, 2], length),
        boxes_ltwh=np.column_stack([frames, frames, frames, frames]).astype(float),
        considered=np.ones(2 * length, bool),
        classes=np.ones(2 * length, np.int64),
        visibility=np.ones(2 * length),
    )


def _sequence(length: int) -> Sequence:
    truth = _truth(length)
    return Sequence(
        "s",
        length,
        30.0,
        10,
        10,
        None,
        1,
        length,
        truth_digest(truth, length, 30.0),
        HeldTruth(truth),
    )


def test_the_two_conventions_differ_by_one_frame() -> None:
    assert frame_range("half-train", 600) == (1, 301)
    assert frame_range("half-val", 600) == (302, 600)
    assert frame_range("half-train-fairmot", 600) == (1, 300)
    assert frame_range("half-val-fairmot", 600) == (301, 600)


@given(st.integers(3, 2000), st.sampled_from(["", "-fairmot"]))
def test_halves_cover_each_frame_once(length: int, suffix: str) -> None:
    train, val = (frame_range(f"half-{half}{suffix}", length) for half in ("train", "val"))
    assert train[0] == 1
    assert val == (train[1] + 1, length)


def test_ranges() -> None:
    assert frame_range("full", 7) == (1, 7)
    assert frame_range("frames:3-5", 7) == (3, 5)
    assert frame_range("frames:3-", 7) == (3, 7)
    assert frame_range("frames:3-500", 7) == (3, 7)


@pytest.mark.parametrize(
    "split", ["half", "frames:5-3", "frames:0-3", "frames:a-b", "frames:8-9", "", "frames:"]
)
def test_splits_that_are_none(split: str) -> None:
    with pytest.raises(MotBenchError, match=r"^split: expected"):
        frame_range(split, 7)


def test_a_sequence_of_one_frame_has_no_second_half() -> None:
    assert frame_range("half-train", 1) == (1, 1)
    with pytest.raises(MotBenchError, match="at least one frame"):
        frame_range("half-val", 1)


@pytest.mark.parametrize("split", [*HALVES, "frames:4-9"])
def test_ground_truth_is_cut_and_renumbered(split: str) -> None:
    whole = _sequence(20)
    cut = cut_sequence(whole, split)
    first, last = frame_range(split, 20)
    truth = cut.ground_truth
    assert truth is not None
    assert (cut.length, cut.first_frame, cut.file_length) == (last - first + 1, first, 20)
    assert np.unique(truth.frames).tolist() == list(range(1, cut.length + 1))
    np.testing.assert_array_equal(truth.boxes_ltwh[:, 0], truth.frames + first - 1)
    assert cut.digest != whole.digest


def test_a_cut_of_a_cut_counts_from_the_file() -> None:
    cut = cut_sequence(cut_sequence(_sequence(20), "frames:6-15"), "frames:3-4")
    assert (cut.first_frame, cut.length, cut.file_length) == (8, 2, 20)


def test_digest_sees_every_column_and_the_frame_rate() -> None:
    truth = _truth(3)
    digests = {
        truth_digest(truth, 3, 30.0),
        truth_digest(truth, 4, 30.0),
        truth_digest(truth, 3, 25.0),
    }
    for column in ("ids", "boxes_ltwh", "considered", "classes", "visibility"):
        values = getattr(truth, column).copy()
        values.flat[0] = 0 if column == "considered" else 9
        digests.add(truth_digest(dataclasses.replace(truth, **{column: values}), 3, 30.0))
    assert len(digests) == 8
    assert truth_digest(cut_ground_truth(truth, 1, 3), 3, 30.0) == truth_digest(truth, 3, 30.0)
