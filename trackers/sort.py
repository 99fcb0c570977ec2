"""SORT: Kalman filters, one Hungarian assignment on IoU, and nothing else.

Source: Bewley et al., "Simple Online and Realtime Tracking", ICIP 2016, arXiv 1602.00763.

Known difference from the reference implementation: detections without area are ignored, where the
original divides by zero.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.assignment import alone, match_then_threshold
from mot_bench.trackers.base import OnlineTracker, usable
from mot_bench.trackers.boxes import cxcysr_to_xyxy, iou_matrix, xyxy_to_cxcysr
from mot_bench.trackers.interface import (
    BoolArray,
    Detections,
    FloatArray,
    Frame,
    IntArray,
    TrackerConfig,
    Tracks,
)
from mot_bench.trackers.kalman import Engine, make_bank
from mot_bench.trackers.motion_models import CXCYSR, KalmanBank

TRACK = np.dtype(
    [("id", "i8"), ("score", "f8"), ("streak", "i8"), ("unseen", "i8"), ("detection", "i8")]
)


class SortConfig(TrackerConfig):
    """Parameters of SORT, with the defaults of the paper's code."""

    score_threshold: float | None = Field(
        None,
        description="Detections must score more than this; None (published): all. ByteTrack: 0.6.",
    )
    max_age: int = Field(
        1,
        ge=0,
        description="Frames without a match after which a track is dropped (paper: T_lost = 1).",
    )
    min_hits: int = Field(
        3,
        ge=0,
        description="Matches in a row before a track is output, except in the first frames.",
    )
    iou_threshold: float = Field(
        0.3, ge=0, le=1, description="Least IoU of a match (paper: IoU_min)."
    )
    kalman_engine: Engine = Field(
        "bank", description="bank: all filters as one array; filterpy: one object for each track."
    )


class SortTracks:
    """The tracks of the SORT family: a table and a filter bank with the same rows."""

    def __init__(self, engine: Engine, table: np.dtype[np.void] = TRACK) -> None:
        """Start without tracks."""
        self.table = np.empty(0, table)
        self.bank: KalmanBank = make_bank(CXCYSR, engine)
        self._next_id = 1

    def __len__(self) -> int:
        """Return the number of tracks."""
        return len(self.table)

    def predict(self) -> FloatArray:
        """Advance all filters by one frame and return the (N, 4) predicted boxes.

        Tracks whose predicted box is not finite are dropped.
        """
        position, velocity = self.bank.position, self.bank.velocity
        velocity[position[:, 2] + velocity[:, 2] <= 0, 2] = 0.0  # areas stay positive
        self.bank.predict()
        self.table["streak"][self.table["unseen"] > 0] = 0
        self.table["unseen"] += 1
        boxes = cxcysr_to_xyxy(self.bank.position)
        finite = np.all(np.isfinite(boxes), axis=1)
        if not finite.all():
            self.keep(finite.nonzero()[0])
            boxes = boxes[finite]
        return boxes

    def see(
        self, rows: IntArray, boxes_xyxy: FloatArray, scores: FloatArray, detections: IntArray
    ) -> None:
        """Correct these tracks by the detections that they matched."""
        if not len(rows):
            return
        self.bank.update(rows, xyxy_to_cxcysr(boxes_xyxy))
        self.table["unseen"][rows] = 0
        self.table["streak"][rows] += 1
        self.table["score"][rows] = scores
        self.table["detection"][rows] = detections

    def add(self, boxes_xyxy: FloatArray, scores: FloatArray, detections: IntArray) -> None:
        """Begin a track at each of these detections."""
        if not len(scores):
            return
        born = np.zeros(len(scores), self.table.dtype)
        born["id"] = np.arange(self._next_id, self._next_id + len(scores))
        born["score"], born["detection"] = scores, detections
        self._next_id += len(scores)
        self.table = np.concatenate((self.table, born))
        self.bank.add(xyxy_to_cxcysr(boxes_xyxy))

    def keep(self, rows: IntArray) -> None:
        """Keep only these tracks."""
        self.table = self.table[rows]
        self.bank.keep(rows)

    def drop_older_than(self, max_age: int) -> IntArray | None:
        """Drop tracks that are unseen for more than ``max_age`` frames.

        Returns:
            The rows that were kept, or None if no track was dropped.
        """
        fresh = self.table["unseen"] <= max_age
        if fresh.all():
            return None
        rows = fresh.nonzero()[0]
        self.keep(rows)
        return rows

    def output_rows(self, min_hits: int, frame_count: int) -> IntArray:
        """Return the rows of the tracks that are output.

        These are seen in this frame and, after the first ``min_hits`` frames of the sequence, in
        ``min_hits`` frames in a row.
        """
        seen: BoolArray = self.table["unseen"] == 0
        if frame_count > min_hits:
            seen &= self.table["streak"] >= min_hits
        return seen.nonzero()[0]


class Sort(OnlineTracker):
    """SORT (arXiv 1602.00763): predict, match by IoU, correct."""

    Config = SortConfig

    def __init__(self, config: SortConfig) -> None:
        """Create a tracker with these parameters."""
        self.config = config
        super().__init__()

    def _start(self) -> None:
        self._tracks = SortTracks(self.config.kalman_engine)

    def _has_tracks(self) -> bool:
        return len(self._tracks) > 0

    def _step(self, frame: Frame) -> Tracks:
        config, tracks = self.config, self._tracks
        rows = above(frame.detections, config.score_threshold)
        boxes, scores = frame.detections.boxes_xyxy[rows], frame.detections.scores[rows]

        # Section 3.3: assign detections to the predicted boxes.
        overlap = iou_matrix(boxes, tracks.predict())
        found, matched = match_then_threshold(overlap, overlap, config.iou_threshold, sparse=True)
        tracks.see(matched, boxes[found], scores[found], rows[found])
        # Section 3.4: begin and end tracks.
        new = alone(len(rows), found)
        tracks.add(boxes[new], scores[new], rows[new])

        output_rows = tracks.output_rows(config.min_hits, self.frame_count)
        table = tracks.table[output_rows]
        output = Tracks(
            cxcysr_to_xyxy(tracks.bank.position[output_rows]),
            table["score"],
            table["id"],
            table["detection"],
        )
        tracks.drop_older_than(config.max_age)
        return output


def above(detections: Detections, threshold: float | None) -> IntArray:
    """Return the rows of the usable detections that score more than ``threshold``.

    The comparison is strict, as in the original implementations.
    """
    rows = usable(detections)
    return rows if threshold is None else rows[detections.scores[rows] > threshold]
