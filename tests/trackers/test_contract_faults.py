"""The contract of the tracker interface, held by every tracker: what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contract_samples import (
    Case,
    every_case,
    every_tracker,
    frame_for,
    make,
    needs_of,
    three_objects,
    track,
)
from pydantic import ValidationError

from mot_bench.trackers import registry
from mot_bench.trackers.interface import Detections, Frame, InvalidInput, Need


@every_tracker
def test_unknown_parameters_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="no_such_parameter"):
        registry.make(name, {"no_such_parameter": 1})


@every_tracker
def test_parameters_of_a_wrong_type_are_refused(name: str) -> None:
    for parameter in registry.load(name).Config.model_fields:
        with pytest.raises(ValidationError):
            registry.make(name, {parameter: object()})


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
@every_case
def test_a_frame_index_that_does_not_rise_is_refused(case: Case, index: int) -> None:
    tracker, needs = make(case), needs_of(case)
    track(tracker, needs, [three_objects(frame) for frame in range(1, 6)])
    with pytest.raises(InvalidInput, match="frame index"):
        tracker.update(frame_for(needs, index, three_objects(index)))


@every_case
def test_needed_embeddings_that_are_missing_are_refused(case: Case) -> None:
    needs = needs_of(case)
    if Need.EMBEDDINGS not in needs:
        pytest.skip(f"{case} needs no embeddings")
    frame = frame_for(needs - {Need.EMBEDDINGS}, 1, three_objects(1))
    with pytest.raises(InvalidInput, match="embeddings"):
        make(case).update(frame)
