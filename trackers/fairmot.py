"""FairMOT's online association: appearance gated by motion first, box overlap second.

Source: Zhang et al., "FairMOT: On the Fairness of Detection and Re-Identification in Multiple
Object Tracking", IJCV 2021, arXiv 2004.01888, section 4.4; the cues are those of its ablation of
association. The defaults are those of the authors' code for MOT16 and MOT17.

Unlike the original, each cue can be switched off:

- Without ``use_kalman`` a track stays where it was last seen, and motion neither gates nor adds to
  the cost.
- Without ``use_iou`` the cost and the limit of the first stage also confirm new tracks.
- Without ``use_reid`` only overlap remains. ``iou_recovers_lost`` then lets overlap find lost
  tracks too, which the original leaves to ReID. ``use_distance`` replaces appearance by the
  Mahalanobis distance, so that motion finds objects whose boxes no longer overlap: the fair control
  of an ablation without ReID.

``motion_noise`` adapts the filter to frame rates other than the 30 per second that it was made for.

Three oddities of the code are kept because its published results depend on them: overlap follows
the inclusive-pixel rule; new tracks are not predicted before their second frame; and the output is
the estimate of the filter, not the detection.
"""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from mot_bench.trackers.appearance import SmoothedFeatures
from mot_bench.trackers.assignment import alone, match_under_limit
from mot_bench.trackers.base import OnlineTracker, embeddings_of, usable
from mot_bench.trackers.boxes import cxcyah_to_xyxy, iou_matrix, xyxy_to_cxcyah
from mot_bench.trackers.interface import FloatArray, Frame, IntArray, Need, TrackerConfig, Tracks
from mot_bench.trackers.kalman import Engine, LastBoxBank, make_bank
from mot_bench.trackers.lifecycle import Lifecycle
from mot_bench.trackers.motion_models import CXCYAH


class FairMotConfig(TrackerConfig):
    """Parameters of FairMOT's association, with the defaults of the authors' code."""

    score_threshold: float = Field(
        0.4, ge=0, le=1, description="Detections must score more than this (MOT15 and MOT20: 0.3)."
    )
    birth_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="A track begins at this score or more; None for score_threshold (published).",
    )
    use_iou: bool = Field(True, description="Match the remaining tracks by box overlap.")
    use_reid: bool = Field(True, description="Match by appearance first.")
    use_kalman: bool = Field(
        True, description="Predict with a Kalman filter; its distance gates and weighs appearance."
    )
    match_threshold: float = Field(
        0.4, ge=0, description="Largest cost of a match by appearance and motion."
    )
    motion_weight: float = Field(
        0.02,
        ge=0,
        le=1,
        description="1 - lambda: cost = (1 - weight) * cosine + weight * squared Mahalanobis.",
    )
    gate: float = Field(
        9.4877,
        gt=0,
        description="Largest squared Mahalanobis distance of a match (chi-square .95, 4 degrees).",
    )
    use_distance: bool = Field(
        False,
        description="Without ReID: match by squared Mahalanobis distance within the gate first.",
    )
    motion_noise: float = Field(
        1.0,
        gt=0,
        description="Factor on the standard deviations of the process noise; published: 1.",
    )
    iou_match_threshold: float = Field(
        0.5, ge=0, le=1, description="Largest cost 1 - IoU of a match by overlap."
    )
    unconfirmed_match_threshold: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Largest cost 1 - IoU of the match that confirms a new track.",
    )
    iou_recovers_lost: bool = Field(
        False, description="Let overlap find lost tracks too; published: only ReID does."
    )
    feature_momentum: float = Field(
        0.9, ge=0, le=1, description="Weight of the past in the feature of a track."
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

    @model_validator(mode="after")
    def _check_cues(self) -> Self:
        if not (self.use_iou or self.use_reid):
            raise ValueError("expected use_iou or use_reid to be on, found both off")
        if self.use_distance and (self.use_reid or not self.use_kalman):
            raise ValueError(
                "expected use_distance without use_reid and with use_kalman, found otherwise"
            )
        return self


class FairMot(OnlineTracker):
    """FairMOT's association (arXiv 2004.01888, section 4.4)."""

    Config = FairMotConfig

    def __init__(self, config: FairMotConfig) -> None:
        """Create a tracker with these parameters."""
        self.config = config
        super().__init__()

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:
        """Return embeddings, unless ReID is switched off."""
        assert isinstance(config, FairMotConfig)
        return frozenset({Need.EMBEDDINGS}) if config.use_reid else frozenset()

    def _start(self) -> None:
        config = self.config
        model = dataclasses.replace(CXCYAH, process=CXCYAH.process * config.motion_noise**2)
        bank = make_bank(model, config.kalman_engine) if config.use_kalman else LastBoxBank(CXCYAH)
        self._tracks = Lifecycle(
            bank,
            xyxy_to_cxcyah,
            cxcyah_to_xyxy,
            int(self.sequence.frame_rate / 30.0 * config.buffer_frames),
        )
        self._features = SmoothedFeatures(config.feature_momentum)

    def _has_tracks(self) -> bool:
        return len(self._tracks) > 0

    def _step(self, frame: Frame) -> Tracks:
        config, tracks = self.config, self._tracks
        boxes, scores = frame.detections.boxes_xyxy, frame.detections.scores
        embeddings = embeddings_of(frame, "fairmot") if config.use_reid else np.empty((0, 0))
        unmatched = usable(frame.detections)
        unmatched = unmatched[scores[unmatched] > config.score_threshold]

        tracks.predict(still_axes=slice(3, 4))
        missed_rows = tracks.confirmed()
        # First stage: all confirmed tracks by appearance and motion.
        if config.use_reid or config.use_distance:
            missed_rows, unmatched = self._match_by_cue(missed_rows, unmatched, boxes, embeddings)
        # Second stage: the tracks that it left, by box overlap.
        if config.use_iou:
            if not config.iou_recovers_lost:
                missed_rows = missed_rows[~tracks.table["lost"][missed_rows]]
            cost = self._iou_cost(missed_rows, boxes[unmatched])
            matched, found = match_under_limit(cost, config.iou_match_threshold)
            self._see(missed_rows[matched], unmatched[found], embeddings)
            unmatched = unmatched[alone(len(unmatched), found)]
        # Confirmation: the tracks of the last frame's births.
        unmatched = self._confirm(unmatched, boxes, embeddings)

        born = unmatched[scores[unmatched] >= self._birth_threshold]
        before = tracks.finish_frame(boxes, scores, born, self.frame_count)
        if config.use_reid:
            self._features.rearrange(before, embeddings[tracks.table["detection"][before < 0]])
        return tracks.output(
            min_box_area=config.min_box_area,
            max_aspect_ratio=config.max_aspect_ratio,
            unconfirmed=False,
        )

    @property
    def _birth_threshold(self) -> float:
        config = self.config
        return config.score_threshold if config.birth_threshold is None else config.birth_threshold

    def _match_by_cue(
        self, track_rows: IntArray, detections: IntArray, boxes: FloatArray, embeddings: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """Match by appearance, or by distance alone; return the unmatched tracks and detections."""
        if self.config.use_reid:
            limit = self.config.match_threshold
            cost = self._appearance_cost(track_rows, boxes[detections], embeddings[detections])
        else:
            limit = self.config.gate
            cost = self._tracks.bank.squared_mahalanobis(
                track_rows, xyxy_to_cxcyah(boxes[detections])
            )
        matched, found = match_under_limit(cost, limit)
        self._see(track_rows[matched], detections[found], embeddings)
        return (
            track_rows[alone(len(track_rows), matched)],
            detections[alone(len(detections), found)],
        )

    def _confirm(self, detections: IntArray, boxes: FloatArray, embeddings: FloatArray) -> IntArray:
        """Match unconfirmed tracks to these detections; return the unmatched detections."""
        unconfirmed_rows = self._tracks.unconfirmed()
        if self.config.use_iou:
            limit = self.config.unconfirmed_match_threshold
            cost = self._iou_cost(unconfirmed_rows, boxes[detections])
        else:
            limit = self.config.match_threshold
            cost = self._appearance_cost(
                unconfirmed_rows, boxes[detections], embeddings[detections]
            )
        matched, found = match_under_limit(cost, limit)
        self._see(unconfirmed_rows[matched], detections[found], embeddings)
        return detections[alone(len(detections), found)]

    def _appearance_cost(
        self, track_rows: IntArray, boxes: FloatArray, embeddings: FloatArray
    ) -> FloatArray:
        """Return the weighted sum of appearance and motion distances; infinite outside the gate."""
        cost = self._features.cosine_distance(track_rows, embeddings)
        if self.config.use_kalman:
            distance = self._tracks.bank.squared_mahalanobis(track_rows, xyxy_to_cxcyah(boxes))
            cost *= 1.0 - self.config.motion_weight
            cost += self.config.motion_weight * distance
            cost[distance > self.config.gate] = np.inf
        return cost

    def _iou_cost(self, track_rows: IntArray, boxes: FloatArray) -> FloatArray:
        return 1.0 - iou_matrix(
            self._tracks.boxes_xyxy()[track_rows], boxes, inclusive=self.config.inclusive_iou
        )

    def _see(self, track_rows: IntArray, detections: IntArray, embeddings: FloatArray) -> None:
        self._tracks.see(track_rows, detections)
        if self.config.use_reid:
            self._features.blend(track_rows, embeddings[detections])
