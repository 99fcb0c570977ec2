"""ByteTrack: match high-scoring detections first, then low-scoring ones to what is left.

Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV
2022, arXiv 2110.06864, algorithm 1. Defaults are those of the authors' evaluation tool (match
threshold 0.9; the paper and the demo have 0.8).

Oddities of that code, kept because its figures depend on them: overlap by the inclusive-pixel rule;
a detection that scores exactly the threshold is neither high nor low. Not taken over: thresholds
and buffers by sequence name.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from mot_bench.trackers.assignment import alone, match_under_limit
from mot_bench.trackers.base import OnlineTracker, usable
from mot_bench.trackers.boxes import cxcyah_to_xyxy, iou_matrix, xyxy_to_cxcyah
from mot_bench.trackers.interface import Frame, TrackerConfig, Tracks
from mot_bench.trackers.kalman import CXCYAH, Engine, make_bank
from mot_bench.trackers.lifecycle import Lifecycle


class ByteTrackConfig(TrackerConfig):
    """Parameters of ByteTrack, with the defaults of the authors' evaluation tool."""

    track_threshold: float = Field(
        0.6, ge=0, le=1, description="Scores above are matched first (demo: 0.5)."
    )
    low_threshold: float = Field(
        0.1, ge=0, le=1, description="Scores above, and below the first, are matched second."
    )
    birth_margin: float = Field(
        0.1, ge=0, le=1, description="A track begins at track_threshold plus this, or more."
    )
    match_threshold: float = Field(
        0.9,
        ge=0,
        description="Largest cost 1 - IoU * score of a first match (demo and paper: 0.8; MOT20: 0.7).",
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
        description="Frames at 30 per second for which a lost track is kept; scaled by the frame rate.",
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
        True, description="Boxes cover their last pixel too (x2 - x1 + 1), as in the code."
    )
    kalman_engine: Engine = Field(
        "bank", description="bank: all filters as one array; filterpy: one object a track."
    )


class ByteTrack(OnlineTracker):
    """ByteTrack (arXiv 2110.06864)."""

    Config = ByteTrackConfig

    def __init__(self, config: ByteTrackConfig) -> None:
        """A tracker with these parameters."""
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
        rows = usable(frame.detections)
        high = rows[scores[rows] > config.track_threshold]
        low = rows[(scores[rows] > config.low_threshold) & (scores[rows] < config.track_threshold)]

        tracks.predict(still_axes=slice(3, 4))
        both = np.concatenate((high, low))
        overlap = iou_matrix(tracks.boxes_xyxy(), boxes[both], inclusive=config.inclusive_iou)
        cost = 1.0 - (overlap * scores[both] if config.fuse_score else overlap)
        cost[:, len(high) :] = 1.0 - overlap[:, len(high) :]

        pool = tracks.confirmed()
        matched, columns = match_under_limit(cost[pool, : len(high)], config.match_threshold)
        tracks.see(pool[matched], high[columns])
        rest, left = pool[alone(len(pool), matched)], alone(len(high), columns)

        rest = rest[~tracks.table["lost"][rest]]
        matched, columns = match_under_limit(cost[rest, len(high) :], config.low_match_threshold)
        tracks.see(rest[matched], low[columns])

        young = tracks.unconfirmed()
        matched, columns = match_under_limit(
            cost[young[:, None], left], config.unconfirmed_match_threshold
        )
        tracks.see(young[matched], high[left[columns]])
        left = left[alone(len(left), columns)]

        born = high[left]
        born = born[scores[born] >= config.track_threshold + config.birth_margin]
        tracks.finish_frame(boxes, scores, born, self.frame_count)
        return tracks.output(
            min_box_area=config.min_box_area,
            max_aspect_ratio=config.max_aspect_ratio,
            unconfirmed=False,
        )
