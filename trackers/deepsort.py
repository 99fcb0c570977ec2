"""DeepSORT: SORT with a gallery of appearances and a matching cascade.

Source: Wojke et al., "Simple Online and Realtime Tracking with a Deep Association Metric", ICIP
2017, arXiv 1703.07402: track handling and state (section 2.1), assignment (2.2), matching cascade
(2.3). Defaults are those of the paper's evaluation (appearance alone decides, motion only gates:
lambda = 0).

Oddity of the code, kept because its figures depend on it: a track is output up to one frame after
it was last seen, so that predicted boxes appear (``max_output_age_frames``).

Known differences from the reference implementation: detections without area are passed over; ids
are given in the order of the detections, where the original sorts detections by score even with
suppression off (tracks get other numbers, and stay the same tracks); distances of appearance are
computed in float64, where the original computes in float32. Two tracks whose distances differ by
less than float32 shows can be matched the other way round.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.appearance import DISTANCE_DECIMALS
from mot_bench.trackers.assignment import alone, match_under_limit
from mot_bench.trackers.base import OnlineTracker, embeddings_of, usable
from mot_bench.trackers.boxes import cxcyah_to_xyxy, iou_matrix, xyxy_to_cxcyah
from mot_bench.trackers.interface import FloatArray, Frame, IntArray, Need, TrackerConfig, Tracks
from mot_bench.trackers.kalman import CXCYAH, Engine, make_bank

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
        description="Detections covered by a better one by more than this share go; 1 is off.",
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
        1, ge=0, description="Tracks unseen for at most this long are output."
    )
    kalman_engine: Engine = Field(
        "bank", description="bank: all filters as one array; filterpy: one object a track."
    )


class Galleries:
    """The last embeddings of each track, in one array that places are taken from and given back to.

    A new track's place is filled with its first embedding throughout: copies do not change the
    nearest neighbour, so that no place needs to know how full it is.
    """

    def __init__(self, size: int) -> None:
        """No places yet; ``size`` embeddings in each."""
        self._size = size
        self._embeddings = np.empty((size, 0, 0))
        self._written = np.empty(0, np.int64)
        self._free: list[int] = []

    def take(self, embeddings: FloatArray) -> IntArray:
        """Places for new tracks, each with its first embedding."""
        missing = len(embeddings) - len(self._free)
        if missing > 0:
            self._grow(max(missing, len(self._written), 16), embeddings.shape[1])
        places = np.array([self._free.pop() for _ in range(len(embeddings))], np.int64)
        self._embeddings[:, places] = embeddings
        self._written[places] = 1
        return places

    def give_back(self, places: IntArray) -> None:
        """Free the places of tracks that are gone."""
        self._free.extend(places.tolist())

    def add(self, places: IntArray, embeddings: FloatArray) -> None:
        """Add one embedding to each of these, in place of the oldest where a gallery is full."""
        self._embeddings[self._written[places] % self._size, places] = embeddings
        self._written[places] += 1

    def cosine_distance(self, places: IntArray, embeddings: FloatArray) -> FloatArray:
        """(len(places), M) distances 1 - cosine to the nearest embedding of each gallery."""
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
        """A tracker with these parameters."""
        self.config = config
        super().__init__()

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:  # noqa: ARG003 - always the same
        """Embeddings."""
        return frozenset({Need.EMBEDDINGS})

    def _start(self) -> None:
        self._table = np.empty(0, _TRACK)
        self._bank = make_bank(CXCYAH, self.config.kalman_engine)
        self._galleries = Galleries(self.config.gallery_size)
        self._next_id = 1

    def _has_tracks(self) -> bool:
        return len(self._table) > 0

    def _step(self, frame: Frame) -> Tracks:
        embeddings = embeddings_of(frame, "deepsort")
        rows = self._select(frame)
        boxes, scores = frame.detections.boxes_xyxy[rows], frame.detections.scores[rows]
        embeddings = embeddings[rows]
        self._bank.predict()
        self._table["unseen"] += 1

        owners, found = self._cascade(boxes, embeddings)
        left = alone(len(rows), found)
        more_owners, more_found = self._match_overlap(owners, boxes[left])
        owners, found = (
            np.concatenate((owners, more_owners)),
            np.concatenate((found, left[more_found])),
        )

        self._see(owners, boxes[found], scores[found], rows[found], embeddings[found])
        missed = alone(len(self._table), owners)
        self._table["detection"][missed] = -1
        new = alone(len(rows), found)
        self._drop(missed)
        self._add(boxes[new], scores[new], rows[new], embeddings[new])
        return self._output()

    def _select(self, frame: Frame) -> IntArray:
        detections = frame.detections
        rows = usable(detections)
        rows = rows[detections.scores[rows] >= self.config.min_confidence]
        if self.config.nms_max_overlap < 1.0:
            rows = rows[
                uncovered(
                    detections.boxes_xyxy[rows],
                    detections.scores[rows],
                    self.config.nms_max_overlap,
                )
            ]
        return rows

    def _cascade(self, boxes: FloatArray, embeddings: FloatArray) -> tuple[IntArray, IntArray]:
        """Match confirmed tracks by appearance within the gate, those seen most recently first (section 2.3).

        The cascade has ``max_age`` levels: a track that was last seen ``max_age + 1`` frames ago is
        matched no more, although it is dropped only at the end of this frame.
        """
        confirmed = self._table["confirmed"].nonzero()[0]
        cost = self._galleries.cosine_distance(self._table["place"][confirmed], embeddings)
        cost[
            self._bank.squared_mahalanobis(confirmed, xyxy_to_cxcyah(boxes)) > self.config.gate
        ] = np.inf
        unseen = self._table["unseen"][confirmed]
        left = np.arange(len(boxes))
        owners, found = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for age in np.unique(unseen[unseen <= self.config.max_age]):
            level = (unseen == age).nonzero()[0]
            matched, columns = match_under_limit(
                cost[level[:, None], left], self.config.max_cosine_distance
            )
            owners.append(confirmed[level[matched]])
            found.append(left[columns])
            left = left[alone(len(left), columns)]
        return np.concatenate(owners), np.concatenate(found)

    def _match_overlap(self, taken: IntArray, boxes: FloatArray) -> tuple[IntArray, IntArray]:
        """Tentative tracks, and confirmed ones seen in the last frame, by IoU."""
        open_ = ~self._table["confirmed"] | (self._table["unseen"] == 1)
        open_[taken] = False
        candidates = open_.nonzero()[0]
        cost = 1.0 - iou_matrix(cxcyah_to_xyxy(self._bank.position[candidates]), boxes)
        cost[self._table["unseen"][candidates] > 1] = np.inf
        matched, columns = match_under_limit(cost, self.config.max_iou_distance)
        return candidates[matched], columns

    def _see(
        self,
        owners: IntArray,
        boxes: FloatArray,
        scores: FloatArray,
        detections: IntArray,
        embeddings: FloatArray,
    ) -> None:
        if not len(owners):
            return
        table = self._table
        self._bank.update(owners, xyxy_to_cxcyah(boxes))
        self._galleries.add(table["place"][owners], embeddings)
        table["hits"][owners] += 1
        table["unseen"][owners] = 0
        table["score"][owners], table["detection"][owners] = scores, detections
        table["confirmed"] |= table["hits"] >= self.config.n_init

    def _drop(self, missed: IntArray) -> None:
        """Tentative tracks die at their first miss, confirmed ones after max_age."""
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


def uncovered(boxes_xyxy: FloatArray, scores: FloatArray, max_overlap: float) -> IntArray:
    """Rows, rising, of boxes that no better-scored kept box covers by more than ``max_overlap`` of their own area."""
    kept: list[int] = []
    area = (boxes_xyxy[:, 2] - boxes_xyxy[:, 0] + 1) * (boxes_xyxy[:, 3] - boxes_xyxy[:, 1] + 1)
    for row in np.argsort(-scores, kind="stable"):
        box, better = boxes_xyxy[row], boxes_xyxy[kept]
        size = np.minimum(box[2:], better[:, 2:]) - np.maximum(box[:2], better[:, :2]) + 1
        if not (np.maximum(size, 0).prod(1) > max_overlap * area[row]).any():
            kept.append(int(row))
    return np.array(sorted(kept), np.int64)
