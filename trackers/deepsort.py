"""DeepSORT: SORT with a gallery of appearances and a matching cascade.

Source: Wojke et al., "Simple Online and Realtime Tracking with a Deep Association Metric", ICIP
2017, arXiv 1703.07402: track handling and state (section 2.1), assignment (2.2), matching cascade
(2.3). The defaults are those of the paper's evaluation, in which only appearance decides and motion
only gates (lambda = 0).

One oddity of the code is kept because its published results depend on it: a track is output up to
one frame after it was last seen, so that predicted boxes appear (``max_output_age_frames``).

Known differences from the reference implementation:

- Detections without area are ignored.
- Ids follow the order of the detections, where the original sorts detections by score even with
  suppression off. The tracks are the same under other ids.
- Appearance distances are computed in float64, where the original uses float32. Two tracks whose
  distances differ by less than the precision of float32 can be swapped.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.appearance import DISTANCE_DECIMALS
from mot_bench.trackers.assignment import alone, match_under_limit
from mot_bench.trackers.base import OnlineTracker, embeddings_of, usable
from mot_bench.trackers.boxes import cxcyah_to_xyxy, iou_matrix, xyxy_to_cxcyah
from mot_bench.trackers.interface import (
    Detections,
    FloatArray,
    Frame,
    IntArray,
    Need,
    TrackerConfig,
    Tracks,
)
from mot_bench.trackers.kalman import Engine, make_bank
from mot_bench.trackers.motion_models import CXCYAH

_TRACK = np.dtype(
    [
        ("id", "i8"),
        ("score", "f8"),
        ("hits", "i8"),
        ("unseen", "i8"),
        ("detection", "i8"),
        ("confirmed", "?"),
        ("place", "i8"),
    ]
)


class DeepSortConfig(TrackerConfig):
    """Parameters of DeepSORT, with the defaults of the paper's evaluation."""

    min_confidence: float = Field(
        0.3, ge=0, le=1, description="Detections must score this or more (the demo: 0.8)."
    )
    nms_max_overlap: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Detections that a better one covers by more than this are dropped; 1 is off.",
    )
    max_cosine_distance: float = Field(
        0.2, ge=0, le=2, description="Largest cosine distance of an appearance match."
    )
    gallery_size: int = Field(100, ge=1, description="Embeddings kept for each track (nn_budget).")
    gate: float = Field(
        9.4877,
        gt=0,
        description="Largest squared Mahalanobis distance of a match (chi-square .95, 4 degrees).",
    )
    max_iou_distance: float = Field(
        0.7, ge=0, le=1, description="Largest cost 1 - IoU of a match by overlap."
    )
    n_init: int = Field(3, ge=1, description="Matches in a row that confirm a track.")
    max_age: int = Field(
        30, ge=1, description="Frames without a match after which a track is dropped."
    )
    max_output_age_frames: int = Field(
        1, ge=0, description="Tracks that are unseen for at most this long are output."
    )
    kalman_engine: Engine = Field(
        "bank", description="bank: all filters as one array; filterpy: one object for each track."
    )


class Galleries:
    """The last embeddings of each track, in one array whose places tracks take and give back.

    The place of a new track is filled with copies of its first embedding. Copies do not change the
    nearest neighbour, so a place need not know how full it is.
    """

    def __init__(self, size: int) -> None:
        """Start without places; each place will hold ``size`` embeddings."""
        self._size = size
        self._embeddings = np.empty((size, 0, 0))
        self._written = np.empty(0, np.int64)
        self._free: list[int] = []

    def take(self, embeddings: FloatArray) -> IntArray:
        """Return places for new tracks, filled with the first embedding of each track."""
        missing = len(embeddings) - len(self._free)
        if missing > 0:
            self._grow(max(missing, len(self._written), 16), embeddings.shape[1])
        places = np.array([self._free.pop() for _ in range(len(embeddings))], np.int64)
        self._embeddings[:, places] = embeddings
        self._written[places] = 1
        return places

    def give_back(self, places: IntArray) -> None:
        """Free the places of tracks that were dropped."""
        self._free.extend(places.tolist())

    def add(self, places: IntArray, embeddings: FloatArray) -> None:
        """Add one embedding to each of these galleries; full galleries lose their oldest one."""
        self._embeddings[self._written[places] % self._size, places] = embeddings
        self._written[places] += 1

    def cosine_distance(self, places: IntArray, embeddings: FloatArray) -> FloatArray:
        """Return (len(places), M) distances 1 - cosine to the nearest embedding of each gallery."""
        if not len(places) or not len(embeddings):
            return np.zeros((len(places), len(embeddings)))
        filled = min(int(self._written[places].max()), self._size)
        similarity = self._embeddings[:filled] @ embeddings.T
        distance: FloatArray = 1.0 - similarity.max(axis=0)[places]
        return np.round(distance, DISTANCE_DECIMALS, out=distance)

    def _grow(self, count: int, width: int) -> None:
        before = len(self._written)
        grown = np.zeros((self._size, before + count, width))
        if before:
            grown[:, :before] = self._embeddings
        self._embeddings = grown
        self._written = np.concatenate((self._written, np.zeros(count, np.int64)))
        self._free.extend(range(before + count - 1, before - 1, -1))


class DeepSort(OnlineTracker):
    """DeepSORT (arXiv 1703.07402)."""

    Config = DeepSortConfig

    def __init__(self, config: DeepSortConfig) -> None:
        """Create a tracker with these parameters."""
        self.config = config
        super().__init__()

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:  # noqa: ARG003 - always the same
        """Return that the tracker needs embeddings."""
        return frozenset({Need.EMBEDDINGS})

    def _start(self) -> None:
        self._table = np.empty(0, _TRACK)
        self._bank = make_bank(CXCYAH, self.config.kalman_engine)
        self._galleries = Galleries(self.config.gallery_size)
        self._next_id = 1

    def _has_tracks(self) -> bool:
        return len(self._table) > 0

    def _step(self, frame: Frame) -> Tracks:
        rows = self._select(frame.detections)
        boxes, scores = frame.detections.boxes_xyxy[rows], frame.detections.scores[rows]
        embeddings = embeddings_of(frame, "deepsort")[rows]
        self._bank.predict()
        self._table["unseen"] += 1

        # Section 2.3: the matching cascade, then box overlap for the detections that it leaves.
        cascade_tracks, cascade_found = self._cascade(boxes, embeddings)
        left = alone(len(rows), cascade_found)
        overlap_tracks, overlap_found = self._match_overlap(cascade_tracks, boxes[left])
        matched = np.concatenate((cascade_tracks, overlap_tracks))
        found = np.concatenate((cascade_found, left[overlap_found]))

        # Section 2.1: track handling.
        self._see(matched, boxes[found], scores[found], rows[found], embeddings[found])
        missed = alone(len(self._table), matched)
        self._table["detection"][missed] = -1
        self._drop(missed)
        new = alone(len(rows), found)
        self._add(boxes[new], scores[new], rows[new], embeddings[new])
        return self._output()

    def _select(self, detections: Detections) -> IntArray:
        """Return the rows of the detections that are confident enough and not suppressed."""
        rows = usable(detections)
        rows = rows[detections.scores[rows] >= self.config.min_confidence]
        if self.config.nms_max_overlap == 1.0:
            return rows
        boxes, scores = detections.boxes_xyxy[rows], detections.scores[rows]
        return rows[_unsuppressed(boxes, scores, self.config.nms_max_overlap)]

    def _cascade(self, boxes: FloatArray, embeddings: FloatArray) -> tuple[IntArray, IntArray]:
        """Match confirmed tracks by appearance within the gate, most recently seen tracks first.

        The cascade has ``max_age`` levels. A track that was last seen ``max_age + 1`` frames ago is
        no longer matched, although it is dropped only at the end of this frame.

        Returns:
            Rows of the matched tracks, and of the detections that they match.
        """
        confirmed = self._table["confirmed"].nonzero()[0]
        cost = self._galleries.cosine_distance(self._table["place"][confirmed], embeddings)
        cost[
            self._bank.squared_mahalanobis(confirmed, xyxy_to_cxcyah(boxes)) > self.config.gate
        ] = np.inf
        unseen = self._table["unseen"][confirmed]
        left = np.arange(len(boxes))
        matched_tracks, found = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for age in np.unique(unseen[unseen <= self.config.max_age]):
            level = (unseen == age).nonzero()[0]
            matched, columns = match_under_limit(
                cost[level[:, None], left], self.config.max_cosine_distance
            )
            matched_tracks.append(confirmed[level[matched]])
            found.append(left[columns])
            left = left[alone(len(left), columns)]
        return np.concatenate(matched_tracks), np.concatenate(found)

    def _match_overlap(self, taken: IntArray, boxes: FloatArray) -> tuple[IntArray, IntArray]:
        """Match tentative tracks, and confirmed tracks seen in the last frame, by IoU.

        Returns:
            Rows of the matched tracks, and of ``boxes``.
        """
        is_candidate = ~self._table["confirmed"] | (self._table["unseen"] == 1)
        is_candidate[taken] = False
        candidates = is_candidate.nonzero()[0]
        cost = 1.0 - iou_matrix(cxcyah_to_xyxy(self._bank.position[candidates]), boxes)
        cost[self._table["unseen"][candidates] > 1] = np.inf
        matched, columns = match_under_limit(cost, self.config.max_iou_distance)
        return candidates[matched], columns

    def _see(
        self,
        matched: IntArray,
        boxes: FloatArray,
        scores: FloatArray,
        detections: IntArray,
        embeddings: FloatArray,
    ) -> None:
        """Correct these tracks by their detections; tracks with enough hits become confirmed."""
        if not len(matched):
            return
        table = self._table
        self._bank.update(matched, xyxy_to_cxcyah(boxes))
        self._galleries.add(table["place"][matched], embeddings)
        table["hits"][matched] += 1
        table["unseen"][matched] = 0
        table["score"][matched], table["detection"][matched] = scores, detections
        table["confirmed"] |= table["hits"] >= self.config.n_init

    def _drop(self, missed: IntArray) -> None:
        """Drop missed tracks that are tentative, or unseen for more than ``max_age`` frames."""
        table = self._table
        dead = missed[~table["confirmed"][missed] | (table["unseen"][missed] > self.config.max_age)]
        if len(dead):
            self._galleries.give_back(table["place"][dead])
            rows = alone(len(table), dead)
            self._table = table[rows]
            self._bank.keep(rows)

    def _add(
        self, boxes: FloatArray, scores: FloatArray, detections: IntArray, embeddings: FloatArray
    ) -> None:
        if not len(scores):
            return
        born = np.zeros(len(scores), _TRACK)
        born["id"] = np.arange(self._next_id, self._next_id + len(scores))
        born["score"], born["detection"], born["hits"] = scores, detections, 1
        born["confirmed"] = self.config.n_init <= 1
        born["place"] = self._galleries.take(embeddings)
        self._next_id += len(scores)
        self._table = np.concatenate((self._table, born))
        self._bank.add(xyxy_to_cxcyah(boxes))

    def _output(self) -> Tracks:
        rows = (
            self._table["confirmed"] & (self._table["unseen"] <= self.config.max_output_age_frames)
        ).nonzero()[0]
        table = self._table[rows]
        return Tracks(
            cxcyah_to_xyxy(self._bank.position[rows]),
            table["score"],
            table["id"],
            table["detection"],
        )


def _unsuppressed(boxes_xyxy: FloatArray, scores: FloatArray, max_overlap: float) -> IntArray:
    """Return the sorted rows of the boxes that non-maximum suppression keeps.

    A box is suppressed if a kept box with a higher score covers more than ``max_overlap`` of it.
    """
    kept: list[int] = []
    area = (boxes_xyxy[:, 2] - boxes_xyxy[:, 0] + 1) * (boxes_xyxy[:, 3] - boxes_xyxy[:, 1] + 1)
    for row in np.argsort(-scores, kind="stable"):
        box, better = boxes_xyxy[row], boxes_xyxy[kept]
        size = np.minimum(box[2:], better[:, 2:]) - np.maximum(box[:2], better[:, :2]) + 1
        if not (np.maximum(size, 0).prod(1) > max_overlap * area[row]).any():
            kept.append(int(row))
    return np.array(sorted(kept), np.int64)
