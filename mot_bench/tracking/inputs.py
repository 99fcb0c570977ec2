"""Give a user's tracker private, read-only copies of frames, and detect changes to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from mot_bench.trackers.interface import Detections, Frame


def private_copy(frame: Frame) -> Frame:
    """Return a frame whose arrays own their memory and are read-only."""
    detections = frame.detections
    return Frame(
        frame.index,
        Detections(
            _own(detections.boxes_xyxy),
            _own(detections.scores),
            _own(detections.embeddings),
            _own(detections.displacements),
        ),
        _own(frame.image),
        _own(frame.camera_motion),
    )


def changed_input(given: Frame, original: Frame) -> str:
    """Return the name of a changed array, or an empty text; pictures are too slow to compare."""
    for name in ("boxes_xyxy", "scores", "embeddings", "displacements"):
        if not _same(getattr(given.detections, name), getattr(original.detections, name)):
            return name
    return "" if _same(given.camera_motion, original.camera_motion) else "camera_motion"


def _own(array: Any) -> Any:
    if array is None:
        return None
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


def _same(one: Any, other: Any) -> bool:
    return one is other or np.array_equal(one, other)
