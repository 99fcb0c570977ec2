"""BoT-SORT: ByteTrack with a better state vector, camera motion compensation and ReID.

Source: Aharon et al., "BoT-SORT: Robust Associations Multi-Pedestrian Tracking", arXiv 2206.14651:
state (section 3.1), camera motion (3.2), fusion of IoU and ReID (3.3). The defaults are those of
the authors' code.

Three oddities of that code are kept because its published results depend on them: tracks that are
not yet confirmed are output (``output_unconfirmed``), although the paper speaks of confirmed ones;
overlap follows the inclusive-pixel rule; and a detection that scores exactly the threshold is
neither high nor low. Its thresholds and buffers that depend on the name of the sequence are not
adopted.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.appearance import SmoothedFeatures
from mot_bench.trackers.assignment import alone, match_under_limit
from mot_bench.trackers.base import OnlineTracker, embeddings_of, usable
from mot_bench.trackers.boxes import cxcywh_to_xyxy, iou_matrix, xyxy_to_cxcywh
from mot_bench.trackers.interface import (
    Detections,
    FloatArray,
    Frame,
    IntArray,
    InvalidInput,
    Need,
    TrackerConfig,
    Tracks,
)
from mot_bench.trackers.kalman import Engine, make_bank
from mot_bench.trackers.lifecycle import Lifecycle
from mot_bench.trackers.motion_models import CXCYWH


class BotSortConfig(TrackerConfig):
    """Parameters of BoT-SORT, with the defaults of the authors' code."""

    track_high_threshold: float = Field(
        0.6, ge=0, le=1, description="Detections above this score are matched first."
    )
    track_low_threshold: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Detections above this score and below the high one are matched second.",
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
        0.5, ge=0, le=1, description="Appearance counts only where 1 - IoU is at most this."
    )
    appearance_threshold: float = Field(
        0.25,
        ge=0,
        description="Appearance counts only where half the cosine distance is at most this.",
    )
    feature_momentum: float = Field(
        0.9, ge=0, le=1, description="Weight of the past in the feature of a track."
    )
    buffer_frames: int = Field(
        30,
        ge=0,
        description="Frames that a lost track is kept, at 30 per second; scaled by frame rate.",
    )
    output_unconfirmed: bool = Field(
        True, description="Output tracks in the frame of their birth, as the authors' code does."
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
        True, description="Boxes cover their last pixel too (x2 - x1 + 1), as published."
    )
    kalman_engine: Engine = Field(
        "bank", description="bank: all filters as one array; filterpy: one object for each track."
    )


class BotSort(OnlineTracker):
    """BoT-SORT and BoT-SORT-ReID (arXiv 2206.14651)."""

    Config = BotSortConfig

    def __init__(self, config: BotSortConfig) -> None:
        """Create a tracker with these parameters."""
        self.config = config
        super().__init__()

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:
        """Return camera motion and embeddings, as far as the config uses them."""
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
        high, low = self._split_by_score(frame.detections)

        # Sections 3.1 and 3.2: predict the tracks and move them with the camera.
        tracks.predict(still_axes=slice(2, 4))
        self._follow_camera(frame)
        overlap = iou_matrix(
            tracks.boxes_xyxy(), boxes[np.concatenate((high, low))], inclusive=config.inclusive_iou
        )
        high_cost = self._cost(
            overlap[:, : len(high)], scores[high], embeddings[high] if config.use_reid else None
        )
        low_cost = 1.0 - overlap[:, len(high) :]

        # First association: all confirmed tracks with the high-scoring detections.
        confirmed_rows = tracks.confirmed()
        matched, found = match_under_limit(high_cost[confirmed_rows], config.match_threshold)
        self._see(confirmed_rows[matched], high[found], embeddings)
        missed_rows = confirmed_rows[alone(len(confirmed_rows), matched)]
        left_high = alone(len(high), found)

        # Second association: the missed tracks that are not lost with the low-scoring detections.
        tracked_rows = missed_rows[~tracks.table["lost"][missed_rows]]
        matched, found = match_under_limit(low_cost[tracked_rows], config.low_match_threshold)
        tracks.see(tracked_rows[matched], low[found])

        # Confirmation: the tracks of the last frame's births with what the first step left.
        unconfirmed_rows = tracks.unconfirmed()
        matched, found = match_under_limit(
            high_cost[unconfirmed_rows[:, None], left_high], config.unconfirmed_match_threshold
        )
        self._see(unconfirmed_rows[matched], high[left_high[found]], embeddings)

        # Births: the high-scoring detections that no track matched.
        unmatched = high[left_high[alone(len(left_high), found)]]
        born = unmatched[scores[unmatched] >= config.new_track_threshold]
        before = tracks.finish_frame(boxes, scores, born, self.frame_count)
        if config.use_reid:
            self._features.rearrange(before, embeddings[tracks.table["detection"][before < 0]])
        return tracks.output(
            min_box_area=config.min_box_area,
            max_aspect_ratio=config.max_aspect_ratio,
            unconfirmed=config.output_unconfirmed,
        )

    def _split_by_score(self, detections: Detections) -> tuple[IntArray, IntArray]:
        """Return the rows of the high-scoring and of the low-scoring detections."""
        rows, config = usable(detections), self.config
        scores = detections.scores[rows]
        high = scores > config.track_high_threshold
        low = (scores > config.track_low_threshold) & (scores < config.track_high_threshold)
        return rows[high], rows[low]

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
        """Return the smaller of the IoU distance and the gated appearance distance (3.3)."""
        config = self.config
        cost = 1.0 - (overlap * scores if config.fuse_score else overlap)
        if embeddings is None:
            return cost
        appearance = self._features.cosine_distance(np.arange(len(overlap)), embeddings) / 2.0
        appearance[appearance > config.appearance_threshold] = 1.0
        appearance[1.0 - overlap > config.proximity_threshold] = 1.0
        return np.minimum(cost, appearance)

    def _see(self, track_rows: IntArray, detections: IntArray, embeddings: FloatArray) -> None:
        self._tracks.see(track_rows, detections)
        if self.config.use_reid:
            self._features.blend(track_rows, embeddings[detections])
