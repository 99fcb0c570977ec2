"""A custom tracker: a box is the same object as the box of the last frame that it overlaps most.

It has no motion model.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.assignment import alone, match_then_threshold
from mot_bench.trackers.base import OnlineTracker
from mot_bench.trackers.boxes import iou_matrix
from mot_bench.trackers.interface import Frame, TrackerConfig, Tracks


class OverlapConfig(TrackerConfig):
    """The parameters; ``mot-bench list`` shows the description of each field."""

    iou_threshold: float = Field(
        0.3, ge=0, le=1, description="Least IoU with the box of the last frame."
    )


class Overlap(OnlineTracker):
    """A tracker that assigns the boxes of each frame to those of the last frame by IoU."""

    Config = OverlapConfig

    def __init__(self, config: OverlapConfig) -> None:
        """Create a tracker with these parameters."""
        self.config = config
        super().__init__()

    def _start(self) -> None:
        self._boxes, self._ids, self._next_id = np.empty((0, 4)), np.empty(0, np.int64), 1

    def _has_tracks(self) -> bool:
        return len(self._ids) > 0

    def _step(self, frame: Frame) -> Tracks:
        boxes, scores = frame.detections.boxes_xyxy.copy(), frame.detections.scores.copy()
        overlap = iou_matrix(boxes, self._boxes)
        seen, owners = match_then_threshold(overlap, overlap, self.config.iou_threshold)
        new = alone(len(boxes), seen)
        ids = np.empty(len(boxes), np.int64)
        ids[seen] = self._ids[owners]
        ids[new] = np.arange(self._next_id, self._next_id + len(new))
        self._next_id += len(new)
        self._boxes, self._ids = boxes, ids
        return Tracks(boxes.copy(), scores, ids.copy(), np.arange(len(boxes)))
