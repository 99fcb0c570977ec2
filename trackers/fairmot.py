"""FairMOT's online association: appearance gated by motion first, box overlap second.

Source: Zhang et al., "FairMOT: On the Fairness of Detection and Re-Identification in Multiple
Object Tracking", IJCV 2021, arXiv 2004.01888, section 4.4; the cues are those of its ablation of
association. Defaults are those of the authors' code for MOT16 and MOT17.

Beyond the original, each cue can be switched off: ``use_iou``, ``use_reid``, ``use_kalman``.
Without the Kalman filter a track stays where it was last seen, and neither gates nor costs of
motion are applied. Without IoU a newborn track is confirmed by the first stage's cost and limit.
Without ReID only overlap is left; ``iou_recovers_lost`` then lets lost tracks be found by overlap
too, which the original leaves to ReID. ``use_distance`` puts the Mahalanobis distance alone
in the place of appearance, so that motion finds people whose boxes no longer overlap: the fair
control of an ablation without ReID. ``motion_noise`` adapts the filter to frame rates other than
the 30 a second that it was made for.

Oddities of the code, kept because its figures depend on them: overlap by the inclusive-pixel rule;
newborn tracks are not predicted before their second frame; the output is the filter's estimate, not
the detection.
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
from mot_bench.trackers.kalman import CXCYAH, Engine, LastBoxBank, make_bank
from mot_bench.trackers.lifecycle import Lifecycle


class FairMotConfig(TrackerConfig):
    """Parameters of FairMOT's association, with the defaults of the authors' code."""

    score_threshold: float = Field(
        0.4, ge=0, le=1, description="Detections must score more than this (MOT15 and MOT20: 0.3)."
    )
    birth_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="A track begins at this score or more; None for score_threshold, as published.",
    )
    use_iou: bool = Field(True, description="Match what is left by box overlap.")
    use_reid: bool = Field(True, description="Match by appearance first.")
    use_kalman: bool = Field(
        True, description="Predict by a Kalman filter, gate and weigh appearance by its distance."
    )
    match_threshold: float = Field(
        0.4, ge=0, description="Largest cost of a match by appearance and motion."
    )
    motion_weight: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Cost = (1 - weight) * cosine distance + weight * squared Mahalanobis distance (1 - lambda).",
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
        description="Factor on the deviations of the Kalman filter's process noise; published: 1.",
    )
    iou_match_threshold: float = Field(
        0.5, ge=0, le=1, description="Largest cost 1 - IoU of a match by overlap."
    )
    unconfirmed_match_threshold: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Largest cost 1 - IoU of the match that confirms a track born in the last frame.",
    )
    iou_recovers_lost: bool = Field(
        False, description="Let overlap find lost tracks too; published: ReID only."
    )
    feature_momentum: float = Field(
        0.9, ge=0, le=1, description="Weight of the past in a track's feature."
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

    @model_validator(mode="after")
    def _some_cue(self) -> Self:
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
        """A tracker with these parameters."""
        self.config = config
        super().__init__()

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:
        """Embeddings, unless ReID is switched off."""
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
        rows = usable(frame.detections)
        rows = rows[scores[rows] > config.score_threshold]

        tracks.predict(still_axes=slice(3, 4))
        rest, left = tracks.confirmed(), np.arange(len(rows))
        if config.use_reid or config.use_distance:
            if config.use_reid:
                cost, limit = (
                    self._appearance_cost(rest, boxes[rows], embeddings[rows]),
                    config.match_threshold,
                )
            else:
                cost, limit = (
                    tracks.bank.squared_mahalanobis(rest, xyxy_to_cxcyah(boxes[rows])),
                    config.gate,
                )
            matched, columns = match_under_limit(cost, limit)
            self._see(rest[matched], rows[columns], embeddings)
            rest, left = rest[alone(len(rest), matched)], alone(len(rows), columns)
        if config.use_iou:
            if not config.iou_recovers_lost:
                rest = rest[~tracks.table["lost"][rest]]
            matched, columns = match_under_limit(
                self._iou_cost(rest, boxes[rows[left]]), config.iou_match_threshold
            )
            self._see(rest[matched], rows[left[columns]], embeddings)
            left = left[alone(len(left), columns)]
        left = left[alone(len(left), self._confirm(rows[left], boxes, embeddings))]

        born = rows[left]
        birth_threshold = (
            config.score_threshold if config.birth_threshold is None else config.birth_threshold
        )
        born = born[scores[born] >= birth_threshold]
        before = tracks.finish_frame(boxes, scores, born, self.frame_count)
        if config.use_reid:
            self._features.rearrange(before, embeddings[tracks.table["detection"][before < 0]])
        return tracks.output(
            min_box_area=config.min_box_area,
            max_aspect_ratio=config.max_aspect_ratio,
            unconfirmed=False,
        )

    def _confirm(self, rows: IntArray, boxes: FloatArray, embeddings: FloatArray) -> IntArray:
        """Match newborn tracks to what is left; the places in ``rows`` that were matched."""
        config, young = self.config, self._tracks.unconfirmed()
        if config.use_iou:
            cost, limit = self._iou_cost(young, boxes[rows]), config.unconfirmed_match_threshold
        else:
            cost, limit = (
                self._appearance_cost(young, boxes[rows], embeddings[rows]),
                config.match_threshold,
            )
        matched, columns = match_under_limit(cost, limit)
        self._see(young[matched], rows[columns], embeddings)
        return columns

    def _appearance_cost(
        self, owners: IntArray, boxes: FloatArray, embeddings: FloatArray
    ) -> FloatArray:
        cost = self._features.cosine_distance(owners, embeddings)
        if self.config.use_kalman:
            distance = self._tracks.bank.squared_mahalanobis(owners, xyxy_to_cxcyah(boxes))
            cost *= 1.0 - self.config.motion_weight
            cost += self.config.motion_weight * distance
            cost[distance > self.config.gate] = np.inf
        return cost

    def _iou_cost(self, owners: IntArray, boxes: FloatArray) -> FloatArray:
        return 1.0 - iou_matrix(
            self._tracks.boxes_xyxy()[owners], boxes, inclusive=self.config.inclusive_iou
        )

    def _see(self, owners: IntArray, detections: IntArray, embeddings: FloatArray) -> None:
        self._tracks.see(owners, detections)
        if self.config.use_reid:
            self._features.blend(owners, embeddings[detections])
