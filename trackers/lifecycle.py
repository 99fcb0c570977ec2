"""Life and death of tracks as in JDE and its heirs: FairMOT, ByteTrack, BoT-SORT.

A track is born unconfirmed (confirmed at once in a sequence's first frame), is tracked while it is
seen, lost when it is not, found again within the buffer, and dropped after it. A tracked and a lost
track on one spot are duplicates: the longer-lived stays.

Sources: JDE, arXiv 1909.12605; FairMOT, arXiv 2004.01888, section 4.4; ByteTrack, arXiv 2110.06864,
algorithm 1; and these projects' code.

Oddity of that code, kept because its figures depend on it: a lost track whose buffer ran out is
still matched in one more frame; if that happens it lives on, but dies at its next miss.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mot_bench.trackers.boxes import iou_matrix
from mot_bench.trackers.interface import BoolArray, FloatArray, IntArray, Tracks
from mot_bench.trackers.kalman import KalmanBank

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
    """Tracks of the JDE family: a table and a filter bank, row for row.

    Boxes are the filters' estimates.

    Attributes:
        table: one record a track (id, score, first_frame, last_frame, detection, lost, confirmed,
            expired).
        bank: the filters.
    """

    def __init__(
        self, bank: KalmanBank, to_state: Convert, to_xyxy: Convert, buffer_frames: int
    ) -> None:
        """No tracks yet.

        Args:
            bank: an empty bank.
            to_state: boxes xyxy to the bank's format.
            to_xyxy: and back.
            buffer_frames: how long a lost track may be found again.
        """
        self.table = np.empty(0, _TRACK)
        self.bank = bank
        self._to_state, self._to_xyxy = to_state, to_xyxy
        self._buffer_frames = buffer_frames
        self._next_id = 1
        self._seen: list[tuple[IntArray, IntArray]] = []
        self._boxes = np.empty((0, 4))

    def __len__(self) -> int:
        """How many tracks there are, lost ones included."""
        return len(self.table)

    def boxes_xyxy(self) -> FloatArray:
        """(N, 4) boxes as the filters have them now."""
        return self._to_xyxy(self.bank.position)

    def confirmed(self) -> IntArray:
        """Rows of the confirmed tracks, lost ones included: the pool of the first matching."""
        return self.table["confirmed"].nonzero()[0]

    def unconfirmed(self) -> IntArray:
        """Rows of tracks born in the last frame."""
        return (~self.table["confirmed"]).nonzero()[0]

    def predict(self, still_axes: slice) -> None:
        """Advance the confirmed tracks (unconfirmed ones wait).

        Lost ones lose their velocity along ``still_axes``.
        """
        self.bank.velocity[self.table["lost"].nonzero()[0], still_axes] = 0.0
        rows = self.confirmed()
        self.bank.predict(slice(None) if len(rows) == len(self) else rows)

    def see(self, rows: IntArray, detections: IntArray) -> None:
        """Note that these tracks are these detections (rows of the frame's detections)."""
        if len(rows):
            self._seen.append((rows, detections))

    def finish_frame(
        self, boxes_xyxy: FloatArray, scores: FloatArray, born: IntArray, frame_count: int
    ) -> IntArray:
        """Correct what was seen, lose what was not, begin tracks, drop expired ones and duplicates.

        Args:
            boxes_xyxy: (M, 4) all detections of the frame.
            scores: (M,).
            born: rows of the detections at which tracks begin.
            frame_count: 1-based count of frames.

        Returns:
            Rows of the table before this call that are still alive, then -1 for each track born:
            what lies beside the table (features) is rearranged with it.
        """
        table = self.table
        was_lost = table["lost"].copy()
        unseen = np.ones(len(table), np.bool_)
        if self._seen:
            rows = np.concatenate([pair[0] for pair in self._seen])
            detections = np.concatenate([pair[1] for pair in self._seen])
            unseen[rows] = False
            self._correct(rows, detections, boxes_xyxy, scores, frame_count)
            self._seen = []
        alive = table["confirmed"] | ~unseen
        table["confirmed"] |= ~unseen
        table["lost"] |= unseen
        alive &= ~(table["lost"] & table["expired"])
        table["expired"] |= (
            was_lost & table["lost"] & (frame_count - table["last_frame"] > self._buffer_frames)
        )

        kept = alive.nonzero()[0]
        if len(kept) < len(table):
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
        """Tracks seen in this frame, but for tiny ones and, if a ratio is given, those wider than it.

        Args:
            min_box_area: square pixels; smaller or equal boxes are left out.
            max_aspect_ratio: width / height; wider boxes are left out.
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

    def _correct(
        self,
        rows: IntArray,
        detections: IntArray,
        boxes: FloatArray,
        scores: FloatArray,
        frame_count: int,
    ) -> None:
        table = self.table
        self.bank.update(rows, self._to_state(boxes[detections]))
        table["lost"][rows] = False
        table["last_frame"][rows] = frame_count
        table["score"][rows] = scores[detections]
        table["detection"][rows] = detections

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
        """Tracked and lost tracks on one spot: True for the younger of each such pair (the tracked one in a tie)."""
        table = self.table
        doomed = np.zeros(len(table), np.bool_)
        lost = table["lost"].nonzero()[0]
        if not len(lost) or len(lost) == len(table):
            return doomed
        tracked = (~table["lost"]).nonzero()[0]
        boxes, lost_boxes = self._boxes[tracked], self._boxes[lost]
        if not may_be_duplicates(boxes, lost_boxes):
            return doomed
        overlap = iou_matrix(boxes, lost_boxes, inclusive=True)
        first, second = (1.0 - overlap < _DUPLICATE_DISTANCE).nonzero()
        age = table["last_frame"] - table["first_frame"]
        older = age[tracked[first]] > age[lost[second]]
        doomed[lost[second[older]]] = True
        doomed[tracked[first[~older]]] = True
        return doomed

    def _keep(self, rows: IntArray) -> None:
        self.table = self.table[rows]
        self.bank.keep(rows)


def may_be_duplicates(boxes_a_xyxy: FloatArray, boxes_b_xyxy: FloatArray) -> bool:
    """Whether any two boxes are so near that they may overlap by 0.85: a quick look that spares most overlaps.

    Boxes that overlap so much differ in left and in top by less than 0.18 of either's size.
    """
    near = np.abs(boxes_a_xyxy[:, None, :2] - boxes_b_xyxy[:, :2])
    near = near <= 0.2 * (boxes_b_xyxy[:, 2:] - boxes_b_xyxy[:, :2] + 1)
    return bool((near[..., 0] & near[..., 1]).any())
