"""What the tests of the tracker interface's contract share: trackers, objects that walk, and what must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from mot_bench.trackers import registry
from mot_bench.trackers.interface import (
    Detections,
    FloatArray,
    Frame,
    Need,
    SequenceInfo,
    Tracker,
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
        return "-".join(
            [
                self.name.rpartition("/")[2],
                *(f"{key}={value}" for key, value in self.parameters.items()),
            ]
        )


# Every tracker as it is, the example of CONTRIBUTING, and switches that take another way through
# the code.
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


every_tracker = pytest.mark.parametrize("name", NAMES)
every_case = pytest.mark.parametrize("case", CASES, ids=str)


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
    corner = np.array([[50.0, 50.0], [300.0, 200.0], [500.0, 60.0]]) + index * np.array(
        [[3, 1], [-2, 2], [0, 4]]
    )
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
    return [
        tracker.update(frame_for(needs, index, boxes))
        for index, boxes in enumerate(frames, start=1)
    ]


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
