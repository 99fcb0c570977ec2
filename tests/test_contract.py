"""The contract of the tracker interface, held by every registered tracker.

A tracker of an installed package (entry point ``mot_bench.trackers``) is held to it too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from trackers import registry
from trackers.interface import (
    Detections,
    FloatArray,
    Frame,
    InvalidInput,
    Need,
    SequenceInfo,
    Tracker,
    TrackerConfig,
    Tracks,
)

NAMES = registry.names()
WIDTH, HEIGHT, EMBEDDING_SIZE = 640, 480, 16
SEQUENCE = SequenceInfo("contract", frame_rate=30.0, width=WIDTH, height=HEIGHT, length=100)


@dataclass(frozen=True)
class Case:
    """A tracker with parameters that differ from its defaults."""

    name: str
    parameters: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.name.rpartition("/")[2], *(f"{key}={value}" for key, value in self.parameters.items())])


# Every tracker as it is, the example of CONTRIBUTING, and switches that take another way through the code.
CASES = [Case(name) for name in NAMES] + [
    Case(f"{Path(__file__).parent.parent / 'examples' / 'my_tracker.py'}:Overlap"),
    Case("sort", {"score_threshold": 0.3, "max_age": 30}),
    Case("ocsort", {"use_byte": True}),
    Case("ocsort", {"use_oru": False, "use_ocr": False, "inertia": 0.0}),
    Case("bytetrack", {"fuse_score": False, "inclusive_iou": False}),
    Case("botsort", {"use_reid": True}),
    Case("botsort", {"use_camera_motion": False}),
    Case("deepsort", {"nms_max_overlap": 0.7, "gallery_size": 3}),
    Case("fairmot", {"use_reid": False}),
    Case("fairmot", {"use_iou": False, "use_kalman": False}),
    Case("fairmot", {"use_kalman": False}),
]


@dataclass(frozen=True)
class Boxes:
    """Boxes of one frame with the true identity of each row (-1: a false positive)."""

    boxes_xyxy: FloatArray
    scores: FloatArray
    identities: tuple[int, ...]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    chosen: Case = request.param
    return chosen


def make(case: Case, **parameters: object) -> Tracker:
    tracker = registry.make(case.name, case.parameters | parameters)
    tracker.reset(SEQUENCE)
    return tracker


def needs_of(case: Case) -> frozenset[Need]:
    tracker_class = registry.load(case.name)
    return tracker_class.needs(tracker_class.Config.model_validate(case.parameters))


def feature(identity: int) -> FloatArray:
    """The embedding of an identity: the same in every frame, nearly orthogonal to the others."""
    vector = np.random.default_rng([7, identity + 2]).normal(size=EMBEDDING_SIZE)
    unit: FloatArray = vector / np.linalg.norm(vector)
    return unit


def frame_for(needs: frozenset[Need], index: int, boxes: Boxes) -> Frame:
    """A frame that holds what the tracker needs; its arrays cannot be written to."""
    embeddings = None
    if Need.EMBEDDINGS in needs:
        rows = [feature(identity) for identity in boxes.identities]
        embeddings = np.array(rows).reshape(len(rows), EMBEDDING_SIZE)
    image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8) if Need.IMAGE in needs else None
    motion = np.eye(2, 3) if Need.CAMERA_MOTION in needs else None
    for array in (boxes.boxes_xyxy, boxes.scores, embeddings, image, motion):
        if array is not None:
            array.setflags(write=False)
    return Frame(index, Detections(boxes.boxes_xyxy, boxes.scores, embeddings), image, motion)


def nothing() -> Boxes:
    return Boxes(np.empty((0, 4)), np.empty(0), ())


def three_objects(index: int) -> Boxes:
    """Three objects far from one another, each walking its own way, detected in every frame."""
    corner = np.array([[50.0, 50.0], [300.0, 200.0], [500.0, 60.0]]) + index * np.array([[3, 1], [-2, 2], [0, 4]])
    return Boxes(np.hstack((corner, corner + (40.0, 90.0))), np.full(3, 0.9), (0, 1, 2))


def crowd(seed: int, length: int = 40, objects: int = 8) -> list[Boxes]:
    """A walking crowd with misses, false positives, low scores and two frames without any detection."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform((60, 60), (WIDTH - 60, HEIGHT - 60), (objects, 2))
    velocity, size = rng.normal(0, 3, (objects, 2)), rng.uniform((25, 60), (40, 100), (objects, 2))
    frames = []
    for index in range(1, length + 1):
        centre += velocity + rng.normal(0, 0.5, centre.shape)
        seen = np.flatnonzero(rng.random(objects) < (0.0 if index in (12, 13) else 0.85))
        false = 0 if index in (12, 13) else int(rng.integers(0, 3))
        centres = np.vstack((centre[seen], rng.uniform((0, 0), (WIDTH, HEIGHT), (false, 2))))
        sizes = np.vstack((size[seen], rng.uniform((20, 40), (50, 100), (false, 2))))
        scores = np.concatenate((rng.uniform(0.45, 0.99, len(seen)), rng.uniform(0.1, 0.7, false)))
        boxes = np.hstack((centres - sizes / 2, centres + sizes / 2))
        frames.append(Boxes(boxes, scores, (*map(int, seen), *[-1] * false)))
    return frames


def track(tracker: Tracker, needs: frozenset[Need], frames: list[Boxes]) -> list[Tracks]:
    return [tracker.update(frame_for(needs, index, boxes)) for index, boxes in enumerate(frames, start=1)]


def check(tracks: Tracks, detections: Detections) -> None:
    """What holds for the tracks of any frame."""
    count = len(tracks.ids)
    assert tracks.boxes_xyxy.shape == (count, 4)
    assert tracks.scores.shape == tracks.detection_indices.shape == tracks.ids.shape == (count,)
    assert tracks.boxes_xyxy.dtype == tracks.scores.dtype == np.float64
    assert tracks.ids.dtype == tracks.detection_indices.dtype == np.int64
    assert np.isfinite(tracks.boxes_xyxy).all()
    assert np.isfinite(tracks.scores).all()
    assert (tracks.boxes_xyxy[:, 2:] >= tracks.boxes_xyxy[:, :2]).all()
    assert (tracks.ids >= 1).all()
    assert len(np.unique(tracks.ids)) == count
    indices = tracks.detection_indices
    assert ((indices >= -1) & (indices < len(detections))).all()
    seen = indices[indices >= 0]
    assert len(np.unique(seen)) == len(seen)
    np.testing.assert_array_equal(tracks.scores[indices >= 0], detections.scores[seen])


def assert_same(ones: list[Tracks], others: list[Tracks]) -> None:
    assert len(ones) == len(others)
    for one, other in zip(ones, others, strict=True):
        np.testing.assert_array_equal(one.ids, other.ids)
        np.testing.assert_array_equal(one.boxes_xyxy, other.boxes_xyxy)
        np.testing.assert_array_equal(one.scores, other.scores)
        np.testing.assert_array_equal(one.detection_indices, other.detection_indices)


def test_is_a_tracker(case: Case) -> None:
    tracker = make(case)
    assert isinstance(tracker, Tracker)
    assert issubclass(type(tracker).Config, TrackerConfig)
    assert all(isinstance(need, Need) for need in needs_of(case))


def test_every_parameter_is_documented(name: str) -> None:
    fields = registry.load(name).Config.model_fields
    assert [parameter for parameter, info in fields.items() if not (info.description or "").strip()] == []


def test_every_parameter_has_a_default(name: str) -> None:
    fields = registry.load(name).Config.model_fields
    assert [parameter for parameter, info in fields.items() if info.is_required()] == []


def test_unknown_parameters_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="no_such_parameter"):
        registry.make(name, {"no_such_parameter": 1})


def test_parameters_of_a_wrong_type_are_refused(name: str) -> None:
    for parameter in registry.load(name).Config.model_fields:
        with pytest.raises(ValidationError):
            registry.make(name, {parameter: object()})


def test_three_objects_keep_ids_one_to_three(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    results = track(tracker, needs, [three_objects(index) for index in range(1, 31)])
    id_of_object: dict[int, set[int]] = {0: set(), 1: set(), 2: set()}
    for index, tracks in enumerate(results[5:], start=6):
        assert sorted(tracks.detection_indices.tolist()) == [0, 1, 2], f"frame {index}"
        for row, identity in zip(tracks.detection_indices.tolist(), tracks.ids.tolist(), strict=True):
            id_of_object[row].add(identity)
        truth = three_objects(index).boxes_xyxy[tracks.detection_indices]
        np.testing.assert_allclose(tracks.boxes_xyxy, truth, atol=5)
    assert all(len(ids) == 1 for ids in id_of_object.values()), id_of_object
    assert set.union(*id_of_object.values()) == {1, 2, 3}


def test_a_crowd_gives_valid_tracks(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    found = 0
    for index, boxes in enumerate(crowd(1), start=1):
        frame = frame_for(needs, index, boxes)
        tracks = tracker.update(frame)
        check(tracks, frame.detections)
        found += len(tracks)
    assert found > 50


def test_no_detections_at_all(case: Case) -> None:
    for tracks in track(make(case), needs_of(case), [nothing()] * 40):
        assert len(tracks) == 0
        check(tracks, Detections.empty())


def test_no_detections_without_embeddings(case: Case) -> None:
    """A frame without detections may come without the (0, D) array of embeddings too."""
    tracker, needs = make(case), needs_of(case)
    track(tracker, needs, [three_objects(index) for index in range(1, 6)])
    empty = replace(frame_for(needs, 6, nothing()), detections=Detections.empty())
    check(tracker.update(empty), Detections.empty())
    again = frame_for(needs, 7, three_objects(7))
    check(tracker.update(again), again.detections)


def test_empty_frames_at_the_start(case: Case) -> None:
    results = track(make(case), needs_of(case), [nothing()] * 5 + [three_objects(index) for index in range(6, 20)])
    assert all(len(tracks) == 0 for tracks in results[:5])
    assert len(results[-1]) == 3


def test_one_detection(case: Case) -> None:
    boxes = Boxes(np.array([[10.0, 20.0, 50.0, 110.0]]), np.array([0.95]), (0,))
    results = track(make(case), needs_of(case), [boxes] * 10)
    assert results[-1].ids.shape == (1,)
    np.testing.assert_allclose(results[-1].boxes_xyxy, boxes.boxes_xyxy, atol=1)


def test_boxes_without_area(case: Case) -> None:
    """Points and lines are legal boxes: they may be passed over, and they upset nothing."""
    tracker, needs = make(case), needs_of(case)
    for index in range(1, 15):
        good = three_objects(index)
        flat = np.array([[100.0, 100, 100, 100], [200, 100, 200, 160], [200, 300, 260, 300], [0, 0, 0, 0]])
        boxes = Boxes(
            np.vstack((flat[:2], good.boxes_xyxy, flat[2:])), np.full(7, 0.9), (-1, -1, *good.identities, -1, -1)
        )
        frame = frame_for(needs, index, boxes)
        tracks = tracker.update(frame)
        check(tracks, frame.detections)
    assert set(tracks.detection_indices.tolist()) >= {2, 3, 4}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", range(4))
def test_boxes_that_are_not_finite_are_refused(value: float, column: int) -> None:
    boxes = np.array([[0.0, 0, 10, 10], [5, 5, 20, 20]])
    boxes[1, column] = value
    with pytest.raises(InvalidInput, match="finite"):
        Detections(boxes, np.array([0.9, 0.8]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_scores_and_embeddings_that_are_not_finite_are_refused(value: float) -> None:
    boxes = np.array([[0.0, 0, 10, 10]])
    with pytest.raises(InvalidInput, match="scores"):
        Detections(boxes, np.array([value]))
    with pytest.raises(InvalidInput, match="embeddings"):
        Detections(boxes, np.array([0.5]), np.array([[1.0, value]]))
    with pytest.raises(InvalidInput, match="displacements"):
        Detections(boxes, np.array([0.5]), None, np.array([[1.0, value]]))


@pytest.mark.parametrize("box", [[10.0, 0, 9, 10], [0, 10, 10, 9.5]])
def test_boxes_of_negative_size_are_refused(box: list[float]) -> None:
    with pytest.raises(InvalidInput, match="x2 >= x1"):
        Detections(np.array([box]), np.array([0.9]))


def test_wrong_shapes_are_refused() -> None:
    boxes = np.array([[0.0, 0, 10, 10]])
    wrong: list[tuple[Any, ...]] = [
        (boxes[0], np.array([0.9])),
        (boxes[:, :3], np.array([0.9])),
        (boxes, np.array([0.9, 0.8])),
        (boxes, np.array([[0.9]])),
        (boxes, np.array([0.9]), np.ones((2, 8))),
        (boxes, np.array([0.9]), np.ones(8)),
        (boxes, np.array([0.9]), None, np.ones((1, 3))),
    ]
    for arguments in wrong:
        with pytest.raises(InvalidInput):
            Detections(*arguments)
    for motion in (np.eye(3), np.full((2, 3), np.nan)):
        with pytest.raises(InvalidInput):
            Frame(1, Detections.empty(), camera_motion=motion)


@pytest.mark.parametrize("index", [0, -1])
def test_frames_count_from_one(index: int) -> None:
    with pytest.raises(InvalidInput, match="frame index"):
        Frame(index, Detections.empty())


@pytest.mark.parametrize("index", [5, 4, 1])
def test_a_frame_index_that_does_not_rise_is_refused(case: Case, index: int) -> None:
    tracker, needs = make(case), needs_of(case)
    track(tracker, needs, [three_objects(frame) for frame in range(1, 6)])
    with pytest.raises(InvalidInput, match="frame index"):
        tracker.update(frame_for(needs, index, three_objects(index)))


def test_needed_embeddings_that_are_missing_are_refused(case: Case) -> None:
    needs = needs_of(case)
    if Need.EMBEDDINGS not in needs:
        pytest.skip(f"{case} needs no embeddings")
    frame = frame_for(needs - {Need.EMBEDDINGS}, 1, three_objects(1))
    with pytest.raises(InvalidInput, match="embeddings"):
        make(case).update(frame)


def test_a_gap_stands_for_frames_without_detections(case: Case) -> None:
    needs, frames = needs_of(case), crowd(2)
    skipped = {8, 9, 10, 12, 13, 25}
    explicit = track(make(case), needs, [nothing() if i in skipped else b for i, b in enumerate(frames, start=1)])
    tracker = make(case)
    jumping = [
        tracker.update(frame_for(needs, index, boxes))
        for index, boxes in enumerate(frames, start=1)
        if index not in skipped
    ]
    assert_same(jumping, [tracks for index, tracks in enumerate(explicit, start=1) if index not in skipped])


def test_the_first_frame_may_have_any_index(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    results = [tracker.update(frame_for(needs, 500 + index, three_objects(index))) for index in range(1, 20)]
    assert_same(results, track(make(case), needs, [three_objects(index) for index in range(1, 20)]))


def test_a_very_long_gap_ends_every_track(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    before = track(tracker, needs, [three_objects(index) for index in range(1, 11)])
    after = [tracker.update(frame_for(needs, 10_000_000 + index, three_objects(1))) for index in range(10)]
    assert len(after[-1]) == 3
    assert not set(after[-1].ids.tolist()) & set(before[-1].ids.tolist())


def test_two_instances_share_nothing(case: Case) -> None:
    needs, one, other = needs_of(case), crowd(3), crowd(4)
    alone = track(make(case), needs, one), track(make(case), needs, other)
    first, second = make(case), make(case)
    together: tuple[list[Tracks], list[Tracks]] = ([], [])
    for index, (ours, theirs) in enumerate(zip(one, other, strict=True), start=1):
        together[0].append(first.update(frame_for(needs, index, ours)))
        together[1].append(second.update(frame_for(needs, index, theirs)))
    assert_same(together[0], alone[0])
    assert_same(together[1], alone[1])


def test_reset_makes_a_second_pass_identical(case: Case) -> None:
    needs, frames = needs_of(case), crowd(5)
    tracker = make(case)
    first = track(tracker, needs, frames)
    tracker.reset(replace(SEQUENCE, name="another", frame_rate=10.0))
    track(tracker, needs, crowd(6))
    tracker.reset(SEQUENCE)
    assert_same(track(tracker, needs, frames), first)


def test_inputs_are_not_changed_and_not_kept(case: Case) -> None:
    """Arrays that cannot be written to are taken; what the caller does with its arrays later changes nothing."""
    needs, frames = needs_of(case), crowd(7)
    expected = track(make(case), needs, frames)
    tracker = make(case)
    results = []
    for index, boxes in enumerate(frames, start=1):
        frame = frame_for(needs, index, Boxes(boxes.boxes_xyxy.copy(), boxes.scores.copy(), boxes.identities))
        detections = frame.detections
        arrays: list[Any] = [detections.boxes_xyxy, detections.scores]
        arrays += [array for array in (detections.embeddings, frame.image, frame.camera_motion) if array is not None]
        copies = [array.copy() for array in arrays]
        tracks = tracker.update(frame)
        results.append(Tracks(*(part.copy() for part in parts(tracks))))
        for array, copy in zip(arrays, copies, strict=True):
            np.testing.assert_array_equal(array, copy)
            array.setflags(write=True)
            array[...] = 1
    assert_same(results, expected)


def test_what_was_given_out_is_not_changed_later(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    given_out, copies = [], []
    for index, boxes in enumerate(crowd(8), start=1):
        tracks = tracker.update(frame_for(needs, index, boxes))
        given_out.append(tracks)
        copies.append(Tracks(*(part.copy() for part in parts(tracks))))
    assert_same(given_out, copies)


def parts(tracks: Tracks) -> tuple[Any, ...]:
    return tracks.boxes_xyxy, tracks.scores, tracks.ids, tracks.detection_indices


def test_ids_are_not_used_again(case: Case) -> None:
    """Two objects that come one after the other, with a minute between them, are two identities."""
    tracker, needs = make(case), needs_of(case)
    first = Boxes(np.array([[10.0, 20.0, 50.0, 110.0]]), np.array([0.95]), (0,))
    second = Boxes(np.array([[400.0, 220.0, 450.0, 330.0]]), np.array([0.95]), (1,))
    frames = [first] * 10 + [nothing()] * 200 + [second] * 10
    results = track(tracker, needs, frames)
    assert not set(results[9].ids.tolist()) & set(results[-1].ids.tolist())


coordinates = st.floats(-50, 700, allow_nan=False, width=32)
sizes = st.one_of(st.just(0.0), st.floats(0, 300, allow_nan=False, width=32), st.just(1e-9))
rows = st.tuples(coordinates, coordinates, sizes, sizes, st.floats(-1, 40, allow_nan=False, width=32))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=st.lists(st.lists(rows, max_size=6), min_size=1, max_size=8))
def test_any_legal_detections_give_valid_tracks(case: Case, frames: list[list[tuple[float, ...]]]) -> None:
    tracker, needs = make(case), needs_of(case)
    for index, table in enumerate(frames, start=1):
        values = np.array(table, np.float64).reshape(len(table), 5)
        boxes = np.hstack((values[:, :2], values[:, :2] + values[:, 2:4]))
        frame = frame_for(needs, index, Boxes(boxes, values[:, 4].copy(), tuple(range(len(table)))))
        check(tracker.update(frame), frame.detections)


def test_the_filterpy_engine_gives_the_same_tracks(case: Case) -> None:
    if "kalman_engine" not in registry.load(case.name).Config.model_fields:
        pytest.skip(f"{case} has one engine only")
    needs, frames = needs_of(case), crowd(9)
    ours = track(make(case), needs, frames)
    others = track(make(case, kalman_engine="filterpy"), needs, frames)
    for one, other in zip(ours, others, strict=True):
        np.testing.assert_array_equal(one.ids, other.ids)
        np.testing.assert_allclose(one.boxes_xyxy, other.boxes_xyxy, atol=1e-6)
