"""OC-SORT: a SORT that trusts observations more than its own predictions.

Source: Cao et al., "Observation-Centric SORT", CVPR 2023, arXiv 2203.14360: re-update (ORU, section
3.2.1), momentum (OCM, 3.2.2), recovery (OCR, 3.2.3). The defaults are those of the authors' code.

Two oddities of that code are kept because its published results depend on them. The box with which
a track begins is not an observation, neither for momentum nor for recovery nor for re-update. And
re-update uses the new observation twice: as the last point of the virtual trajectory, and again as
an ordinary measurement.

Known difference: detections without area are ignored, where the original divides by zero.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.assignment import alone, match_then_threshold
from mot_bench.trackers.base import OnlineTracker, usable
from mot_bench.trackers.boxes import cxcysr_to_xyxy, iou_matrix, xyxy_to_cxcywh
from mot_bench.trackers.interface import (
    Detections,
    FloatArray,
    Frame,
    IntArray,
    TrackerConfig,
    Tracks,
)
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
        description="Matches in a row before a track is output, except in the first frames.",
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
    use_ocr: bool = Field(True, description="Match again with the last observations (OCR).")
    use_byte: bool = Field(
        False, description="Match low-scoring detections in their own stage, as in ByteTrack."
    )
    low_threshold: float = Field(
        0.1, ge=0, le=1, description="Detections of the BYTE stage must score more than this."
    )
    kalman_engine: Engine = Field(
        "bank", description="bank: all filters as one array; filterpy: one object for each track."
    )


class OcSort(OnlineTracker):
    """OC-SORT (arXiv 2203.14360)."""

    Config = OcSortConfig

    def __init__(self, config: OcSortConfig) -> None:
        """Create a tracker with these parameters."""
        self.config = config
        super().__init__()

    def _start(self) -> None:
        self._tracks = SortTracks(self.config.kalman_engine, _TRACK)
        # These arrays have the rows of the table: the last observation, the direction (unit x, y),
        # and the recent observations, stored at frame modulo delta_t, with their frames. Filter
        # states at the first miss are stored by track id.
        self._last = np.empty((0, 4))
        self._direction = np.empty((0, 2))
        self._recent = np.empty((0, self.config.delta_t, 4))
        self._recent_frame = np.empty((0, self.config.delta_t), np.int64)
        self._frozen: dict[int, FloatArray] = {}

    def _has_tracks(self) -> bool:
        return len(self._tracks) > 0

    def _step(self, frame: Frame) -> Tracks:
        config, detections = self.config, frame.detections
        high = above(detections, config.score_threshold)
        boxes, scores = detections.boxes_xyxy[high], detections.scores[high]
        predicted = self._predict()
        past = self._past_observations()

        # First association: IoU plus the consistency of the direction (OCM, section 3.2.2).
        overlap = iou_matrix(boxes, predicted)
        bonus = self._direction_consistency(boxes, scores, past) if config.inertia > 0 else 0.0
        found, matched = match_then_threshold(overlap + bonus, overlap, config.iou_threshold)
        seen = [(matched, high[found])]
        unmatched, missed = high[alone(len(high), found)], alone(len(predicted), matched)
        # ByteTrack's association of the low-scoring detections.
        if config.use_byte:
            low = self._low(detections)
            found, matched = self._match_overlap(detections.boxes_xyxy[low], predicted[missed])
            seen.append((missed[matched], low[found]))
            missed = missed[alone(len(missed), matched)]
        # Recovery by the last observations (OCR, section 3.2.3).
        if config.use_ocr:
            found, matched = self._match_overlap(
                detections.boxes_xyxy[unmatched], self._last[missed]
            )
            seen.append((missed[matched], unmatched[found]))
            unmatched = unmatched[alone(len(unmatched), found)]
            missed = missed[alone(len(missed), matched)]

        seen_tracks, seen_detections = np.concatenate(seen, axis=1)
        self._see(seen_tracks, seen_detections, frame, past)
        self._miss(missed)
        self._add(detections.boxes_xyxy[unmatched], detections.scores[unmatched], unmatched)
        return self._output()

    def _predict(self) -> FloatArray:
        before = self._tracks.table["id"]
        predicted = self._tracks.predict()
        if len(before) != len(self._tracks):
            self._keep_beside(np.isin(before, self._tracks.table["id"]).nonzero()[0])
        return predicted

    def _past_observations(self) -> FloatArray:
        """Return the (N, 4) observations from which the direction of each track is measured.

        This is the observation ``delta_t`` frames ago, else the next later one, else the last.
        """
        past = self._last.copy()
        missing = np.ones(len(past), np.bool_)
        for steps in range(self.config.delta_t, 0, -1):
            frame = self.frame_count - steps
            slot = frame % self.config.delta_t
            observed = missing & (self._recent_frame[:, slot] == frame)
            past[observed] = self._recent[observed, slot]
            missing &= ~observed
        return past

    def _direction_consistency(
        self, boxes: FloatArray, scores: FloatArray, past: FloatArray
    ) -> FloatArray:
        """Return the (M, N) consistency of directions (OCM), within +-0.5 times inertia and score.

        It falls with the angle between the direction of a track and the direction to the box.
        """
        to_x, to_y = _direction(past[:, None], boxes[None])
        cosine = self._direction[:, :1] * to_x
        cosine += self._direction[:, 1:] * to_y
        np.clip(cosine, -1, 1, out=cosine)
        angle = np.arccos(cosine, out=cosine)
        consistency = (np.pi / 2 - np.abs(angle)) / np.pi
        consistency[~self._tracks.table["observed"]] = 0.0
        weighted: FloatArray = (consistency * self.config.inertia).T * scores[:, None]
        return weighted

    def _low(self, detections: Detections) -> IntArray:
        """Return the rows of the low-scoring detections."""
        rows = usable(detections)
        scores = detections.scores[rows]
        low = (scores > self.config.low_threshold) & (scores < self.config.score_threshold)
        return rows[low]

    def _match_overlap(
        self, boxes: FloatArray, track_boxes: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """Match by IoU alone; return the rows of the matched boxes and track boxes."""
        overlap = iou_matrix(boxes, track_boxes)
        return match_then_threshold(overlap, overlap, self.config.iou_threshold, sparse=True)

    def _see(self, rows: IntArray, detections: IntArray, frame: Frame, past: FloatArray) -> None:
        """Update the directions, filters and observations of these tracks by their detections."""
        if not len(rows):
            return
        table, boxes = self._tracks.table, frame.detections.boxes_xyxy[detections]
        was_observed = table["observed"][rows]
        direction = np.stack(_direction(past[rows], boxes), axis=-1)
        self._direction[rows[was_observed]] = direction[was_observed]
        was_frozen = table["frozen"][rows].nonzero()[0]
        if len(was_frozen):
            self._re_update(rows[was_frozen], boxes[was_frozen])
        self._tracks.see(rows, boxes, frame.detections.scores[detections], detections)
        table["observed"][rows], table["gap"][rows] = True, 0
        slot = self.frame_count % self.config.delta_t
        self._last[rows], self._recent[rows, slot] = boxes, boxes
        self._recent_frame[rows, slot] = self.frame_count

    def _re_update(self, rows: IntArray, boxes: FloatArray) -> None:
        """Return to the state at the first miss and update it along a line to the boxes (ORU)."""
        table, bank = self._tracks.table, self._tracks.bank
        ids = table["id"][rows].tolist()
        bank.restore(rows, np.stack([self._frozen.pop(track) for track in ids]))
        table["frozen"][rows] = False
        steps = table["gap"][rows] + 1
        start, end = xyxy_to_cxcywh(self._last[rows]), xyxy_to_cxcywh(boxes)
        stride = (end - start) / steps[:, None]
        for step in range(1, int(steps.max()) + 1):
            walking = (steps >= step).nonzero()[0]
            virtual = start[walking] + step * stride[walking]
            width, height = virtual[:, 2].copy(), virtual[:, 3].copy()
            virtual[:, 2], virtual[:, 3] = width * height, width / height
            bank.update(rows[walking], virtual)
            bank.predict(rows[(steps > step).nonzero()[0]])

    def _miss(self, missed: IntArray) -> None:
        """Count the missed frames, and store the state at the first miss for the re-update."""
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
        rows = tracks.output_rows(self.config.min_hits, self.frame_count)
        table = tracks.table[rows]
        boxes = self._last[rows]
        unobserved = (~table["observed"]).nonzero()[0]
        if len(unobserved):
            boxes[unobserved] = cxcysr_to_xyxy(tracks.bank.position[rows[unobserved]])
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


def _direction(from_xyxy: FloatArray, to_xyxy: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the unit vectors (x, y) between the centres of boxes, broadcast."""
    x = (to_xyxy[..., 0] + to_xyxy[..., 2] - from_xyxy[..., 0] - from_xyxy[..., 2]) / 2
    y = (to_xyxy[..., 1] + to_xyxy[..., 3] - from_xyxy[..., 1] - from_xyxy[..., 3]) / 2
    length = np.sqrt(x * x + y * y) + 1e-6
    return x / length, y / length
