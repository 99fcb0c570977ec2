"""What our trackers share: frames in order, gaps between them, and detections that no motion model can take."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from mot_bench.trackers.boxes import has_size
from mot_bench.trackers.interface import (
    Detections,
    FloatArray,
    Frame,
    IntArray,
    InvalidInput,
    Need,
    SequenceInfo,
    TrackerConfig,
    Tracks,
)


class OnlineTracker(ABC):
    """Base of our trackers; others may use it, none must.

    A frame index that jumps ahead stands for frames without detections: the tracker lives through
    each of them.
    """

    Config: ClassVar[type[TrackerConfig]]

    def __init__(self) -> None:
        """Ready for a first sequence; ``reset`` starts a named one."""
        self.reset(SequenceInfo("unnamed"))

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:  # noqa: ARG003 - most trackers want nothing more
        """What this tracker wants beside boxes and scores, under this config."""
        return frozenset()

    def reset(self, sequence: SequenceInfo) -> None:
        """Forget everything; the next update is the first frame of ``sequence``."""
        self.sequence = sequence
        self.frame_count = 0
        self._last_index: int | None = None
        self._start()

    def update(self, frame: Frame) -> Tracks:
        """Advance by one frame.

        Raises:
            InvalidInput: the frame's index does not rise, or embeddings that this tracker needs are
                missing.
        """
        if self._last_index is not None:
            if frame.index <= self._last_index:
                raise InvalidInput(
                    f"frame index: expected more than {self._last_index}, found {frame.index}"
                )
            for missing in range(self._last_index + 1, frame.index):
                if not self._has_tracks():
                    self.frame_count += frame.index - missing
                    break
                self._advance(Frame(missing, Detections.empty(), camera_motion=np.eye(2, 3)))
        self._last_index = frame.index
        return self._advance(frame)

    def _advance(self, frame: Frame) -> Tracks:
        self.frame_count += 1
        return self._step(frame)

    @abstractmethod
    def _start(self) -> None:
        """Make the empty state of a new sequence."""

    @abstractmethod
    def _has_tracks(self) -> bool:
        """Whether a frame without detections could change anything."""

    @abstractmethod
    def _step(self, frame: Frame) -> Tracks:
        """Advance by one frame; ``self.frame_count`` counts from 1."""


def usable(detections: Detections) -> IntArray:
    """Rows of the detections with positive width and height.

    Aspect ratios are undefined for the others.
    """
    return has_size(detections.boxes_xyxy).nonzero()[0]


def embeddings_of(frame: Frame, tracker: str) -> FloatArray:
    """The (N, D) float64 embeddings of a frame's detections; (0, 0) for a frame without detections.

    Raises:
        InvalidInput: there are detections and no embeddings.
    """
    detections = frame.detections
    if detections.embeddings is not None:
        return detections.embeddings.astype(np.float64, copy=False)
    if len(detections):
        raise InvalidInput(
            f"{tracker}: expected embeddings with the detections of frame {frame.index}, found none"
        )
    return np.empty((0, 0))
