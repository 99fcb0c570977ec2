"""The life cycle of tracks in JDE and its successors FairMOT, ByteTrack and BoT-SORT.

A track begins unconfirmed, except in the first frame of a sequence, where it is confirmed at once.
It is tracked while detections match it and lost otherwise. A lost track can be found again within
its buffer and is dropped afterwards. If a tracked and a lost track overlap almost entirely, they
are duplicates, and the one that has lived longer stays.

Sources: JDE, arXiv 1909.12605; FairMOT, arXiv 2004.01888, section 4.4; ByteTrack, arXiv 2110.06864,
algorithm 1; and the code of these projects.

One oddity of that code is kept because its published results depend on it: a lost track whose
buffer has run out can be matched in one more frame. If it is, it lives on until its next miss.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mot_bench.trackers.boxes import iou_matrix
from mot_bench.trackers.interface import BoolArray, FloatArray, IntArray, Tracks
from mot_bench.trackers.motion_models import KalmanBank

_TRACK = np.dtype(
    [
        ("id", "i8"),
        ("score", "f8"),
        ("first_frame", "i8"),
        ("last_frame", "i8"),
        ("detection", "i8"),
        ("lost", "?"),
        ("confirmed", "?"),
        ("expired", "?"),
    ]
)
_DUPLICATE_DISTANCE = 0.15
Convert = Callable[[FloatArray], FloatArray]


class Lifecycle:
    """The tracks of the JDE family: a table and a filter bank with the same rows.

    Boxes are the estimates of the filters.

    Attributes:
        table: one record for each track (id, score, first_frame, last_frame, detection, lost,
            confirmed, expired).
        bank: the filters.
    """

    def __init__(
        self, bank: KalmanBank, to_state: Convert, to_xyxy: Convert, buffer_frames: int
    ) -> None:
        """Start without tracks.

        Args:
            bank: an empty bank.
            to_state: converts boxes from xyxy to the format of the bank.
            to_xyxy: converts boxes from the format of the bank to xyxy.
            buffer_frames: how long a lost track can be found again.
        """
        self.table = np.empty(0, _TRACK)
        self.bank = bank
        self._to_state, self._to_xyxy = to_state, to_xyxy
        self._buffer_frames = buffer_frames
        self._next_id = 1
        self._seen: list[tuple[IntArray, IntArray]] = []
        self._boxes = np.empty((0, 4))

    def __len__(self) -> int:
        """Return the number of tracks, including lost ones."""
        return len(self.table)

    def boxes_xyxy(self) -> FloatArray:
        """Return the (N, 4) current estimates of the filters."""
        return self._to_xyxy(self.bank.position)

    def confirmed(self) -> IntArray:
        """Return the rows of the confirmed tracks, including lost ones."""
        return self.table["confirmed"].nonzero()[0]

    def unconfirmed(self) -> IntArray:
        """Return the rows of the tracks that began in the last frame."""
        return (~self.table["confirmed"]).nonzero()[0]

    def predict(self, still_axes: slice) -> None:
        """Advance the confirmed tracks; lost tracks lose their velocity along ``still_axes``."""
        self.bank.velocity[self.table["lost"].nonzero()[0], still_axes] = 0.0
        rows = self.confirmed()
        self.bank.predict(slice(None) if len(rows) == len(self) else rows)

    def see(self, rows: IntArray, detections: IntArray) -> None:
        """Record that these tracks match these rows of the frame's detections."""
        if len(rows):
            self._seen.append((rows, detections))

    def finish_frame(
        self, boxes_xyxy: FloatArray, scores: FloatArray, born: IntArray, frame_count: int
    ) -> IntArray:
        """Correct matched tracks, mark the others lost, begin tracks and drop finished tracks.

        Args:
            boxes_xyxy: (M, 4) all detections of the frame.
            scores: (M,).
            born: rows of the detections at which tracks begin.
            frame_count: 1-based count of frames.

        Returns:
            For each track, its row before this call, or -1 if it is new. Callers use it to reorder
            features that they keep beside the table.
        """
        was_lost = self.table["lost"].copy()
        unseen = self._correct_seen(boxes_xyxy, scores, frame_count)
        kept = self._age(unseen, was_lost, frame_count)
        if len(kept) < len(self.table):
            self._keep(kept)
        if len(born):
            self._begin(boxes_xyxy[born], scores[born], born, frame_count)
        before = np.concatenate((kept, np.full(len(born), -1))) if len(born) else kept
        self._boxes = self.boxes_xyxy()
        duplicates = self._duplicates()
        if duplicates.any():
            rest = (~duplicates).nonzero()[0]
            self._keep(rest)
            before, self._boxes = before[rest], self._boxes[rest]
        return before

    def output(
        self, *, min_box_area: float, max_aspect_ratio: float | None, unconfirmed: bool
    ) -> Tracks:
        """Return the tracks seen in this frame, except those whose boxes are tiny or too wide.

        Args:
            min_box_area: square pixels; boxes of at most this area are left out.
            max_aspect_ratio: width / height; wider boxes are left out, or none if this is None.
            unconfirmed: whether tracks that are not yet confirmed are output too.
        """
        table = self.table
        seen = ~table["lost"]
        if not unconfirmed:
            seen &= table["confirmed"]
        rows = seen.nonzero()[0]
        boxes = self._boxes[rows]
        left, top, right, bottom = boxes.T
        width, height = right - left, bottom - top
        good = width * height > min_box_area
        if max_aspect_ratio is not None:
            good &= width <= max_aspect_ratio * height
        if not good.all():
            rows, boxes = rows[good], boxes[good]
        chosen = table[rows]
        return Tracks(boxes, chosen["score"], chosen["id"], chosen["detection"])

    def _correct_seen(self, boxes: FloatArray, scores: FloatArray, frame_count: int) -> BoolArray:
        """Correct the tracks that ``see`` recorded; return an (N,) mask of the other tracks."""
        table = self.table
        unseen = np.ones(len(table), np.bool_)
        if self._seen:
            rows = np.concatenate([pair[0] for pair in self._seen])
            detections = np.concatenate([pair[1] for pair in self._seen])
            self._seen = []
            unseen[rows] = False
            self.bank.update(rows, self._to_state(boxes[detections]))
            table["lost"][rows] = False
            table["last_frame"][rows] = frame_count
            table["score"][rows] = scores[detections]
            table["detection"][rows] = detections
        return unseen

    def _age(self, unseen: BoolArray, was_lost: BoolArray, frame_count: int) -> IntArray:
        """Confirm seen tracks and mark unseen ones lost; return the rows of the survivors."""
        table = self.table
        alive = table["confirmed"] | ~unseen
        table["confirmed"] |= ~unseen
        table["lost"] |= unseen
        alive &= ~(table["lost"] & table["expired"])
        table["expired"] |= (
            was_lost & table["lost"] & (frame_count - table["last_frame"] > self._buffer_frames)
        )
        return alive.nonzero()[0]

    def _begin(
        self, boxes: FloatArray, scores: FloatArray, detections: IntArray, frame_count: int
    ) -> None:
        born = np.zeros(len(scores), _TRACK)
        born["id"] = np.arange(self._next_id, self._next_id + len(scores))
        born["score"], born["detection"] = scores, detections
        born["first_frame"] = born["last_frame"] = frame_count
        born["confirmed"] = frame_count == 1
        self._next_id += len(scores)
        self.table = np.concatenate((self.table, born))
        self.bank.add(self._to_state(boxes))

    def _duplicates(self) -> BoolArray:
        """Return an (N,) mask of duplicates among tracked and lost tracks that overlap.

        The younger track of each pair is the duplicate; in a tie, the tracked one.
        """
        table = self.table
        duplicates = np.zeros(len(table), np.bool_)
        lost = table["lost"].nonzero()[0]
        if not len(lost) or len(lost) == len(table):
            return duplicates
        tracked = (~table["lost"]).nonzero()[0]
        tracked_boxes, lost_boxes = self._boxes[tracked], self._boxes[lost]
        if not may_be_duplicates(tracked_boxes, lost_boxes):
            return duplicates
        overlap = iou_matrix(tracked_boxes, lost_boxes, inclusive=True)
        in_tracked, in_lost = (1.0 - overlap < _DUPLICATE_DISTANCE).nonzero()
        paired_tracked, paired_lost = tracked[in_tracked], lost[in_lost]
        age = table["last_frame"] - table["first_frame"]
        tracked_is_older = age[paired_tracked] > age[paired_lost]
        duplicates[paired_lost[tracked_is_older]] = True
        duplicates[paired_tracked[~tracked_is_older]] = True
        return duplicates

    def _keep(self, rows: IntArray) -> None:
        self.table = self.table[rows]
        self.bank.keep(rows)


def may_be_duplicates(boxes_a_xyxy: FloatArray, boxes_b_xyxy: FloatArray) -> bool:
    """Return whether any two boxes are so near that they may overlap by 0.85.

    This quick test makes most overlap computations unnecessary. Boxes that overlap by 0.85 differ
    in their left and top coordinates by less than 0.18 of the size of either box.
    """
    near = np.abs(boxes_a_xyxy[:, None, :2] - boxes_b_xyxy[:, :2])
    near = near <= 0.2 * (boxes_b_xyxy[:, 2:] - boxes_b_xyxy[:, :2] + 1)
    return bool((near[..., 0] & near[..., 1]).any())
