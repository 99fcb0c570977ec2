"""The contract of the tracker interface, held by every registered tracker: parameters, and tracks that are valid.

A tracker of an installed package (entry point ``mot_bench.trackers``) is held to it too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from contract_samples import (
    Boxes,
    Case,
    check,
    crowd,
    every_case,
    every_tracker,
    frame_for,
    make,
    needs_of,
    nothing,
    three_objects,
    track,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from mot_bench.trackers import registry
from mot_bench.trackers.interface import Detections, Need, Tracker, TrackerConfig


@every_case
def test_is_a_tracker(case: Case) -> None:
    tracker = make(case)
    assert isinstance(tracker, Tracker)
    assert issubclass(type(tracker).Config, TrackerConfig)
    assert all(isinstance(need, Need) for need in needs_of(case))


@every_tracker
def test_every_parameter_is_documented(name: str) -> None:
    fields = registry.load(name).Config.model_fields
    assert [
        parameter for parameter, info in fields.items() if not (info.description or "").strip()
    ] == []


@every_tracker
def test_every_parameter_has_a_default(name: str) -> None:
    fields = registry.load(name).Config.model_fields
    assert [parameter for parameter, info in fields.items() if info.is_required()] == []


@every_case
def test_three_objects_keep_ids_one_to_three(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    results = track(tracker, needs, [three_objects(index) for index in range(1, 31)])
    id_of_object: dict[int, set[int]] = {0: set(), 1: set(), 2: set()}
    for index, tracks in enumerate(results[5:], start=6):
        assert sorted(tracks.detection_indices.tolist()) == [0, 1, 2], f"frame {index}"
        for row, identity in zip(
            tracks.detection_indices.tolist(), tracks.ids.tolist(), strict=True
        ):
            id_of_object[row].add(identity)
        truth = three_objects(index).boxes_xyxy[tracks.detection_indices]
        np.testing.assert_allclose(tracks.boxes_xyxy, truth, atol=5)
    assert all(len(ids) == 1 for ids in id_of_object.values()), id_of_object
    assert set.union(*id_of_object.values()) == {1, 2, 3}


@every_case
def test_a_crowd_gives_valid_tracks(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    found = 0
    for index, boxes in enumerate(crowd(1), start=1):
        frame = frame_for(needs, index, boxes)
        tracks = tracker.update(frame)
        check(tracks, frame.detections)
        found += len(tracks)
    assert found > 50


@every_case
def test_no_detections_at_all(case: Case) -> None:
    for tracks in track(make(case), needs_of(case), [nothing()] * 40):
        assert len(tracks) == 0
        check(tracks, Detections.empty())


@every_case
def test_no_detections_without_embeddings(case: Case) -> None:
    """A frame without detections may come without the (0, D) array of embeddings too."""
    tracker, needs = make(case), needs_of(case)
    track(tracker, needs, [three_objects(index) for index in range(1, 6)])
    empty = replace(frame_for(needs, 6, nothing()), detections=Detections.empty())
    check(tracker.update(empty), Detections.empty())
    again = frame_for(needs, 7, three_objects(7))
    check(tracker.update(again), again.detections)


@every_case
def test_empty_frames_at_the_start(case: Case) -> None:
    results = track(
        make(case),
        needs_of(case),
        [nothing()] * 5 + [three_objects(index) for index in range(6, 20)],
    )
    assert all(len(tracks) == 0 for tracks in results[:5])
    assert len(results[-1]) == 3


@every_case
def test_one_detection(case: Case) -> None:
    boxes = Boxes(np.array([[10.0, 20.0, 50.0, 110.0]]), np.array([0.95]), (0,))
    results = track(make(case), needs_of(case), [boxes] * 10)
    assert results[-1].ids.shape == (1,)
    np.testing.assert_allclose(results[-1].boxes_xyxy, boxes.boxes_xyxy, atol=1)


@every_case
def test_boxes_without_area(case: Case) -> None:
    """Points and lines are legal boxes: they may be passed over, and they upset nothing."""
    tracker, needs = make(case), needs_of(case)
    for index in range(1, 15):
        good = three_objects(index)
        flat = np.array(
            [[100.0, 100, 100, 100], [200, 100, 200, 160], [200, 300, 260, 300], [0, 0, 0, 0]]
        )
        boxes = Boxes(
            np.vstack((flat[:2], good.boxes_xyxy, flat[2:])),
            np.full(7, 0.9),
            (-1, -1, *good.identities, -1, -1),
        )
        frame = frame_for(needs, index, boxes)
        tracks = tracker.update(frame)
        check(tracks, frame.detections)
    assert set(tracks.detection_indices.tolist()) >= {2, 3, 4}


coordinates = st.floats(-50, 700, allow_nan=False, width=32)
sizes = st.one_of(st.just(0.0), st.floats(0, 300, allow_nan=False, width=32), st.just(1e-9))
rows = st.tuples(
    coordinates, coordinates, sizes, sizes, st.floats(-1, 40, allow_nan=False, width=32)
)


@every_case
@settings(max_examples=25, deadline=None)
@given(frames=st.lists(st.lists(rows, max_size=6), min_size=1, max_size=8))
def test_any_legal_detections_give_valid_tracks(
    case: Case, frames: list[list[tuple[float, ...]]]
) -> None:
    tracker, needs = make(case), needs_of(case)
    for index, table in enumerate(frames, start=1):
        values = np.array(table, np.float64).reshape(len(table), 5)
        boxes = np.hstack((values[:, :2], values[:, :2] + values[:, 2:4]))
        frame = frame_for(needs, index, Boxes(boxes, values[:, 4].copy(), tuple(range(len(table)))))
        check(tracker.update(frame), frame.detections)


@every_case
def test_the_filterpy_engine_gives_the_same_tracks(case: Case) -> None:
    if "kalman_engine" not in registry.load(case.name).Config.model_fields:
        pytest.skip(f"{case} has one engine only")
    needs, frames = needs_of(case), crowd(9)
    ours = track(make(case), needs, frames)
    others = track(make(case, kalman_engine="filterpy"), needs, frames)
    for one, other in zip(ours, others, strict=True):
        np.testing.assert_array_equal(one.ids, other.ids)
        np.testing.assert_allclose(one.boxes_xyxy, other.boxes_xyxy, atol=1e-6)
