"""BoT-SORT: ByteTrack with a better state vector, camera motion compensation and ReID fused by a minimum.

Source: Aharon et al., "BoT-SORT: Robust Associations Multi-Pedestrian Tracking", arXiv 2206.14651:
state (section 3.1), camera motion (3.2), fusion of IoU and ReID (3.3). Defaults are those of the
authors' code.

Oddities of that code, kept because its figures depend on them: tracks that are not yet confirmed
are output (``output_unconfirmed``; the paper speaks of confirmed ones); overlap by the
inclusive-pixel rule; a detection that scores exactly the threshold is neither high nor low. Not
taken over: thresholds and buffers by sequence name.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.appearance import SmoothedFeatures
from mot_bench.trackers.assignment import alone, match_under_limit
from mot_bench.trackers.base import OnlineTracker, embeddings_of, usable
from mot_bench.trackers.boxes import cxcywh_to_xyxy, iou_matrix, xyxy_to_cxcywh
from mot_bench.trackers.interface import (
    FloatArray,
    Frame,
    IntArray,
    InvalidInput,
    Need,
    TrackerConfig,
    Tracks,
)
from mot_bench.trackers.kalman import CXCYWH, Engine, make_bank
from mot_bench.trackers.lifecycle import Lifecycle


class BotSortConfig(TrackerConfig):
    """Parameters of BoT-SORT, with the defaults of the authors' code."""

    track_high_threshold: float = Field(
        0.6, ge=0, le=1, description="Scores above are matched first."
    )
    track_low_threshold: float = Field(
        0.1, ge=0, le=1, description="Scores above are matched second."
    )
    new_track_threshold: float = Field(
        0.7, ge=0, le=1, description="A track begins at this score or more."
    )
    match_threshold: float = Field(
        0.8, ge=0, description="Largest cost of a first match (MOT20: 0.7)."
    )
    low_match_threshold: float = Field(
        0.5, ge=0, description="Largest cost 1 - IoU of a second match."
    )
    unconfirmed_match_threshold: float = Field(
        0.7,
        ge=0,
        description="Largest cost of the match that confirms a track born in the last frame.",
    )
    fuse_score: bool = Field(
        True, description="Multiply IoU by the score in the cost (off with --mot20)."
    )
    use_camera_motion: bool = Field(
        True, description="Move the predicted tracks by the camera's motion."
    )
    use_reid: bool = Field(
        False, description="Fuse appearance into the first match (BoT-SORT-ReID)."
    )
    proximity_threshold: float = Field(
        0.5, ge=0, le=1, description="Appearance counts only where 1 - IoU is no more than this."
    )
    appearance_threshold: float = Field(
        0.25,
        ge=0,
        description="Appearance counts only where half the cosine distance is no more than this.",
    )
    feature_momentum: float = Field(
        0.9, ge=0, le=1, description="Weight of the past in a track's feature."
    )
    buffer_frames: int = Field(
        30,
        ge=0,
        description="Frames at 30 per second for which a lost track is kept; scaled by the frame rate.",
    )
    output_unconfirmed: bool = Field(
        True, description="Output tracks in the frame of their birth, as the code does."
    )
    min_box_area: float = Field(
        10, ge=0, description="Tracks of this area or less, in square pixels, are not output."
    )
    max_aspect_ratio: float | None = Field(
        1.6,
        gt=0,
        description="Tracks wider than this (width / height) are not output; None for all.",
    )
    inclusive_iou: bool = Field(
        True, description="Boxes cover their last pixel too (x2 - x1 + 1), as in the code."
    )
    kalman_engine: Engine = Field(
        "bank", description="bank: all filters as one array; filterpy: one object a track."
    )


class BotSort(OnlineTracker):
    """BoT-SORT and BoT-SORT-ReID (arXiv 2206.14651)."""

    Config = BotSortConfig

    def __init__(self, config: BotSortConfig) -> None:
        """A tracker with these parameters."""
        self.config = config
        super().__init__()

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:
        """Camera motion and embeddings, as far as they are switched on."""
        assert isinstance(config, BotSortConfig)
        wanted = {Need.CAMERA_MOTION: config.use_camera_motion, Need.EMBEDDINGS: config.use_reid}
        return frozenset(need for need, on in wanted.items() if on)

    def _start(self) -> None:
        config = self.config
        self._tracks = Lifecycle(
            make_bank(CXCYWH, config.kalman_engine, coupled=config.use_camera_motion),
            xyxy_to_cxcywh,
            cxcywh_to_xyxy,
            int(self.sequence.frame_rate / 30.0 * config.buffer_frames),
        )
        self._features = SmoothedFeatures(config.feature_momentum)

    def _has_tracks(self) -> bool:
        return len(self._tracks) > 0

    def _step(self, frame: Frame) -> Tracks:
        config, tracks = self.config, self._tracks
        boxes, scores = frame.detections.boxes_xyxy, frame.detections.scores
        embeddings = embeddings_of(frame, "botsort") if config.use_reid else np.empty((0, 0))
        rows = usable(frame.detections)
        high = rows[scores[rows] > config.track_high_threshold]
        low = rows[
            (scores[rows] > config.track_low_threshold)
            & (scores[rows] < config.track_high_threshold)
        ]

        tracks.predict(still_axes=slice(2, 4))
        self._follow_camera(frame)
        overlap = iou_matrix(
            tracks.boxes_xyxy(), boxes[np.concatenate((high, low))], inclusive=config.inclusive_iou
        )
        cost = self._cost(
            overlap[:, : len(high)], scores[high], embeddings[high] if config.use_reid else None
        )

        pool = tracks.confirmed()
        matched, columns = match_under_limit(cost[pool], config.match_threshold)
        self._see(pool[matched], high[columns], embeddings)
        rest, left = pool[alone(len(pool), matched)], alone(len(high), columns)

        rest = rest[~tracks.table["lost"][rest]]
        matched, columns = match_under_limit(
            1.0 - overlap[rest, len(high) :], config.low_match_threshold
        )
        tracks.see(rest[matched], low[columns])

        young = tracks.unconfirmed()
        matched, columns = match_under_limit(
            cost[young[:, None], left], config.unconfirmed_match_threshold
        )
        self._see(young[matched], high[left[columns]], embeddings)
        left = left[alone(len(left), columns)]

        born = high[left]
        born = born[scores[born] >= config.new_track_threshold]
        before = tracks.finish_frame(boxes, scores, born, self.frame_count)
        if config.use_reid:
            self._features.rearrange(before, embeddings[tracks.table["detection"][before < 0]])
        return tracks.output(
            min_box_area=config.min_box_area,
            max_aspect_ratio=config.max_aspect_ratio,
            unconfirmed=config.output_unconfirmed,
        )

    def _follow_camera(self, frame: Frame) -> None:
        if not self.config.use_camera_motion:
            return
        if frame.camera_motion is None:
            raise InvalidInput(
                f"botsort: expected the camera motion of frame {frame.index}, found none"
            )
        self._tracks.bank.warp(frame.camera_motion)

    def _cost(
        self, overlap: FloatArray, scores: FloatArray, embeddings: FloatArray | None
    ) -> FloatArray:
        """Section 3.3: the smaller of the IoU distance and the appearance distance, where that counts."""
        config = self.config
        cost = 1.0 - (overlap * scores if config.fuse_score else overlap)
        if embeddings is None:
            return cost
        appearance = self._features.cosine_distance(np.arange(len(overlap)), embeddings) / 2.0
        appearance[appearance > config.appearance_threshold] = 1.0
        appearance[1.0 - overlap > config.proximity_threshold] = 1.0
        return np.minimum(cost, appearance)

    def _see(self, owners: IntArray, detections: IntArray, embeddings: FloatArray) -> None:
        self._tracks.see(owners, detections)
        if self.config.use_reid:
            self._features.blend(owners, embeddings[detections])
