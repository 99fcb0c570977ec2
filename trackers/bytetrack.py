"""ByteTrack: match high-scoring detections first, then low-scoring ones to the remaining tracks.

Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV
2022, arXiv 2110.06864, algorithm 1. The defaults are those of the authors' evaluation tool, whose
match threshold is 0.9 where the paper and the demo have 0.8.

Two oddities of that code are kept because its published results depend on them: overlap follows the
inclusive-pixel rule, and a detection that scores exactly the threshold is neither high nor low. Its
thresholds and buffers that depend on the name of the sequence are not adopted.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.assignment import alone, match_under_limit
from mot_bench.trackers.base import OnlineTracker, usable
from mot_bench.trackers.boxes import cxcyah_to_xyxy, iou_matrix, xyxy_to_cxcyah
from mot_bench.trackers.interface import Detections, Frame, IntArray, TrackerConfig, Tracks
from mot_bench.trackers.kalman import Engine, make_bank
from mot_bench.trackers.lifecycle import Lifecycle
from mot_bench.trackers.motion_models import CXCYAH


class ByteTrackConfig(TrackerConfig):
    """Parameters of ByteTrack, with the defaults of the authors' evaluation tool."""

    track_threshold: float = Field(
        0.6, ge=0, le=1, description="Detections above this score are matched first (demo: 0.5)."
    )
    low_threshold: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Detections above this score and below track_threshold are matched second.",
    )
    birth_margin: float = Field(
        0.1, ge=0, le=1, description="A track begins at track_threshold plus this margin, or more."
    )
    match_threshold: float = Field(
        0.9,
        ge=0,
        description="Largest cost 1 - IoU * score of a first match (paper, demo: 0.8; MOT20: 0.7).",
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
    buffer_frames: int = Field(
        30,
        ge=0,
        description="Frames that a lost track is kept, at 30 per second; scaled by frame rate.",
    )
    min_box_area: float = Field(
        100, ge=0, description="Tracks of this area or less, in square pixels, are not output."
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


class ByteTrack(OnlineTracker):
    """ByteTrack (arXiv 2110.06864)."""

    Config = ByteTrackConfig

    def __init__(self, config: ByteTrackConfig) -> None:
        """Create a tracker with these parameters."""
        self.config = config
        super().__init__()

    def _start(self) -> None:
        self._tracks = Lifecycle(
            make_bank(CXCYAH, self.config.kalman_engine),
            xyxy_to_cxcyah,
            cxcyah_to_xyxy,
            int(self.sequence.frame_rate / 30.0 * self.config.buffer_frames),
        )

    def _has_tracks(self) -> bool:
        return len(self._tracks) > 0

    def _step(self, frame: Frame) -> Tracks:
        config, tracks = self.config, self._tracks
        boxes, scores = frame.detections.boxes_xyxy, frame.detections.scores
        high, low = self._split_by_score(frame.detections)

        # Algorithm 1, lines 3 to 15: predict the tracks and compare them with all detections.
        tracks.predict(still_axes=slice(3, 4))
        both = np.concatenate((high, low))
        overlap = iou_matrix(tracks.boxes_xyxy(), boxes[both], inclusive=config.inclusive_iou)
        high_cost = 1.0 - overlap[:, : len(high)] * (scores[high] if config.fuse_score else 1.0)
        low_cost = 1.0 - overlap[:, len(high) :]

        # First association: all confirmed tracks with the high-scoring detections.
        confirmed_rows = tracks.confirmed()
        matched, found = match_under_limit(high_cost[confirmed_rows], config.match_threshold)
        tracks.see(confirmed_rows[matched], high[found])
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
        tracks.see(unconfirmed_rows[matched], high[left_high[found]])

        # Births: the high-scoring detections that no track matched.
        unmatched = high[left_high[alone(len(left_high), found)]]
        born = unmatched[scores[unmatched] >= config.track_threshold + config.birth_margin]
        tracks.finish_frame(boxes, scores, born, self.frame_count)
        return tracks.output(
            min_box_area=config.min_box_area,
            max_aspect_ratio=config.max_aspect_ratio,
            unconfirmed=False,
        )

    def _split_by_score(self, detections: Detections) -> tuple[IntArray, IntArray]:
        """Return the rows of the high-scoring and of the low-scoring detections."""
        rows, config = usable(detections), self.config
        scores = detections.scores[rows]
        high = scores > config.track_threshold
        low = (scores > config.low_threshold) & (scores < config.track_threshold)
        return rows[high], rows[low]
