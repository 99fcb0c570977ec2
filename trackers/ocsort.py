"""OC-SORT: SORT that trusts observations more than its own predictions.

Source: Cao et al., "Observation-Centric SORT", CVPR 2023, arXiv 2203.14360: re-update (ORU, section
3.2.1), momentum (OCM, 3.2.2), recovery (OCR, 3.2.3). Defaults are those of the authors' code.

Oddities of that code, kept because its figures depend on them: the box of a track's birth is no
observation (neither for momentum nor for recovery nor for re-update), and re-update ends with the
new observation taken in twice, once as the last point of the virtual trajectory and once for
itself.

Known difference: detections without area are passed over (the original divides by zero).
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.assignment import alone, match_then_threshold
from mot_bench.trackers.base import OnlineTracker, usable
from mot_bench.trackers.boxes import cxcysr_to_xyxy, iou_matrix, xyxy_to_cxcywh
from mot_bench.trackers.interface import FloatArray, Frame, IntArray, TrackerConfig, Tracks
from mot_bench.trackers.kalman import Engine
from mot_bench.trackers.sort import TRACK, SortTracks, above

_TRACK = np.dtype([*TRACK.descr, ("gap", "i8"), ("observed", "?"), ("frozen", "?")])


class OcSortConfig(TrackerConfig):
    """Parameters of OC-SORT, with the defaults of the authors' code."""

    score_threshold: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Detections must score more than this (det_thresh; 0.4 on MOT20).",
    )
    max_age: int = Field(
        30, ge=0, description="Frames without a match after which a track is dropped."
    )
    min_hits: int = Field(
        3,
        ge=0,
        description="Matches in a row before a track is output, except in the first min_hits frames.",
    )
    iou_threshold: float = Field(
        0.3, ge=0, le=1, description="Least IoU of a match, in every stage."
    )
    delta_t: int = Field(
        3, ge=1, description="Frames over which a track's direction is measured (OCM)."
    )
    inertia: float = Field(
        0.2, ge=0, description="Weight of direction consistency against IoU; 0 turns OCM off."
    )
    use_oru: bool = Field(
        True, description="Re-update along a virtual trajectory when a lost track is found (ORU)."
    )
    use_ocr: bool = Field(True, description="Second matching on last observations (OCR).")
    use_byte: bool = Field(
        False, description="Match low-scoring detections in a stage of their own, as ByteTrack."
    )
    low_threshold: float = Field(
        0.1, ge=0, le=1, description="Least score of the BYTE stage's detections (exclusive)."
    )
    kalman_engine: Engine = Field(
        "bank", description="bank: all filters as one array; filterpy: one object a track."
    )


class OcSort(OnlineTracker):
    """OC-SORT (arXiv 2203.14360)."""

    Config = OcSortConfig

    def __init__(self, config: OcSortConfig) -> None:
        """A tracker with these parameters."""
        self.config = config
        super().__init__()

    def _start(self) -> None:
        self._tracks = SortTracks(self.config.kalman_engine, _TRACK)
        # Beside the table, row for row: last observation, direction (unit x, y), recent
        # observations by frame modulo delta_t with the frames they are of, and the filter's state
        # at the first miss.
        self._last = np.empty((0, 4))
        self._direction = np.empty((0, 2))
        self._recent = np.empty((0, self.config.delta_t, 4))
        self._recent_frame = np.empty((0, self.config.delta_t), np.int64)
        self._frozen: dict[int, FloatArray] = {}

    def _has_tracks(self) -> bool:
        return len(self._tracks) > 0

    def _step(self, frame: Frame) -> Tracks:
        config, detections = self.config, frame.detections
        rows = above(detections, config.score_threshold)
        boxes, scores = detections.boxes_xyxy[rows], detections.scores[rows]
        predicted = self._predict()
        past = self._past_observations()

        overlap = iou_matrix(boxes, predicted)
        bonus = self._direction_consistency(boxes, scores, past) if config.inertia > 0 else 0.0
        matched, owners = match_then_threshold(overlap + bonus, overlap, config.iou_threshold)
        left, missed = alone(len(rows), matched), alone(len(predicted), owners)
        seen = [(owners, rows[matched])]
        if config.use_byte and len(missed):
            found, low = self._match_low(frame, predicted[missed])
            seen.append((missed[found], low))
            missed = missed[alone(len(missed), found)]
        if config.use_ocr and len(left) and len(missed):
            again = iou_matrix(boxes[left], self._last[missed])
            found_left, found = match_then_threshold(
                again, again, config.iou_threshold, sparse=True
            )
            seen.append((missed[found], rows[left[found_left]]))
            left, missed = left[alone(len(left), found_left)], missed[alone(len(missed), found)]

        self._see(
            np.concatenate([pair[0] for pair in seen]),
            np.concatenate([pair[1] for pair in seen]),
            frame,
            past,
        )
        self._miss(missed)
        self._add(boxes[left], scores[left], rows[left])
        return self._output()

    def _predict(self) -> FloatArray:
        before = self._tracks.table["id"]
        predicted = self._tracks.predict()
        if len(before) != len(self._tracks):
            self._keep_beside(np.isin(before, self._tracks.table["id"]).nonzero()[0])
        return predicted

    def _past_observations(self) -> FloatArray:
        """(N, 4): of each track the observation delta_t frames ago, else the next later one, else its last."""
        past = self._last.copy()
        todo = np.ones(len(past), np.bool_)
        for steps in range(self.config.delta_t, 0, -1):
            frame = self.frame_count - steps
            slot = frame % self.config.delta_t
            there = todo & (self._recent_frame[:, slot] == frame)
            past[there] = self._recent[there, slot]
            todo &= ~there
        return past

    def _direction_consistency(
        self, boxes: FloatArray, scores: FloatArray, past: FloatArray
    ) -> FloatArray:
        """OCM: (M, N) in +-0.5 times inertia and score.

        Angle between a track's direction and the way to the box.
        """
        to_x, to_y = _way(past[:, None], boxes[None])
        cosine = self._direction[:, :1] * to_x
        cosine += self._direction[:, 1:] * to_y
        np.clip(cosine, -1, 1, out=cosine)
        angle = np.arccos(cosine, out=cosine)
        consistency = (np.pi / 2 - np.abs(angle)) / np.pi
        consistency[~self._tracks.table["observed"]] = 0.0
        weighted: FloatArray = (consistency * self.config.inertia).T * scores[:, None]
        return weighted

    def _match_low(self, frame: Frame, predicted: FloatArray) -> tuple[IntArray, IntArray]:
        scores = frame.detections.scores
        rows = usable(frame.detections)
        rows = rows[
            (scores[rows] > self.config.low_threshold)
            & (scores[rows] < self.config.score_threshold)
        ]
        overlap = iou_matrix(frame.detections.boxes_xyxy[rows], predicted)
        matched, owners = match_then_threshold(
            overlap, overlap, self.config.iou_threshold, sparse=True
        )
        return owners, rows[matched]

    def _see(self, owners: IntArray, detections: IntArray, frame: Frame, past: FloatArray) -> None:
        if not len(owners):
            return
        table, boxes = self._tracks.table, frame.detections.boxes_xyxy[detections]
        known = table["observed"][owners]
        way = np.stack(_way(past[owners], boxes), axis=-1)
        self._direction[owners[known]] = way[known]
        found = table["frozen"][owners].nonzero()[0]
        if len(found):
            self._re_update(owners[found], boxes[found])
        self._tracks.see(owners, boxes, frame.detections.scores[detections], detections)
        table["observed"][owners], table["gap"][owners] = True, 0
        slot = self.frame_count % self.config.delta_t
        self._last[owners], self._recent[owners, slot] = boxes, boxes
        self._recent_frame[owners, slot] = self.frame_count

    def _re_update(self, owners: IntArray, boxes: FloatArray) -> None:
        """ORU: take the state of the first miss and walk it along a straight line to the box found now."""
        table, bank = self._tracks.table, self._tracks.bank
        ids = table["id"][owners].tolist()
        bank.restore(owners, np.stack([self._frozen.pop(track) for track in ids]))
        table["frozen"][owners] = False
        steps = table["gap"][owners] + 1
        start, end = xyxy_to_cxcywh(self._last[owners]), xyxy_to_cxcywh(boxes)
        stride = (end - start) / steps[:, None]
        for step in range(1, int(steps.max()) + 1):
            walking = (steps >= step).nonzero()[0]
            virtual = start[walking] + step * stride[walking]
            width, height = virtual[:, 2].copy(), virtual[:, 3].copy()
            virtual[:, 2], virtual[:, 3] = width * height, width / height
            bank.update(owners[walking], virtual)
            bank.predict(owners[(steps > step).nonzero()[0]])

    def _miss(self, missed: IntArray) -> None:
        """Count the gap; keep the state of a gap's first frame, to which re-update returns."""
        if not len(missed):
            return
        table = self._tracks.table
        fresh = missed[table["observed"][missed] & (table["gap"][missed] == 0)]
        table["gap"][missed] += 1
        if self.config.use_oru and len(fresh):
            table["frozen"][fresh] = True
            self._frozen.update(
                zip(table["id"][fresh].tolist(), self._tracks.bank.snapshot(fresh), strict=True)
            )

    def _add(self, boxes: FloatArray, scores: FloatArray, detections: IntArray) -> None:
        count, delta_t = len(scores), self.config.delta_t
        if not count:
            return
        self._tracks.add(boxes, scores, detections)
        self._last = np.concatenate((self._last, np.full((count, 4), -1.0)))
        self._direction = np.concatenate((self._direction, np.zeros((count, 2))))
        self._recent = np.concatenate((self._recent, np.zeros((count, delta_t, 4))))
        self._recent_frame = np.concatenate((self._recent_frame, np.full((count, delta_t), -1)))

    def _output(self) -> Tracks:
        tracks = self._tracks
        out = tracks.output_rows(self.config.min_hits, self.frame_count)
        table = tracks.table[out]
        boxes = self._last[out]
        unobserved = (~table["observed"]).nonzero()[0]
        if len(unobserved):
            boxes[unobserved] = cxcysr_to_xyxy(tracks.bank.position[out[unobserved]])
        output = Tracks(boxes, table["score"], table["id"], table["detection"])
        ids = tracks.table["id"]
        kept = tracks.drop_older_than(self.config.max_age)
        if kept is not None:
            for track in np.delete(ids, kept).tolist():
                self._frozen.pop(track, None)
            self._keep_beside(kept)
        return output

    def _keep_beside(self, rows: IntArray) -> None:
        self._last, self._direction = self._last[rows], self._direction[rows]
        self._recent, self._recent_frame = self._recent[rows], self._recent_frame[rows]


def _way(from_xyxy: FloatArray, to_xyxy: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vector (x, y) from the centres of boxes to those of others, broadcast."""
    x = (to_xyxy[..., 0] + to_xyxy[..., 2] - from_xyxy[..., 0] - from_xyxy[..., 2]) / 2
    y = (to_xyxy[..., 1] + to_xyxy[..., 3] - from_xyxy[..., 1] - from_xyxy[..., 3]) / 2
    length = np.sqrt(x * x + y * y) + 1e-6
    return x / length, y / length
