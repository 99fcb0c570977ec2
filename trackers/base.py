"""The base class of the built-in trackers: frame order, skipped frames and unusable detections."""

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
    """The base class of the built-in trackers. Other trackers may use it, but need not.

    A frame index that jumps ahead stands for frames without detections, and the tracker is
    advanced through each of them.
    """

    Config: ClassVar[type[TrackerConfig]]

    def __init__(self) -> None:
        """Prepare for a first sequence; ``reset`` starts a named one."""
        self.reset(SequenceInfo("unnamed"))

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:  # noqa: ARG003 - most trackers need nothing more
        """Return the inputs that this config needs in addition to boxes and scores."""
        return frozenset()

    def reset(self, sequence: SequenceInfo) -> None:
        """Forget all tracks; the next update is the first frame of ``sequence``."""
        self.sequence = sequence
        self.frame_count = 0
        self._last_index: int | None = None
        self._start()

    def update(self, frame: Frame) -> Tracks:
        """Advance by one frame.

        Raises:
            InvalidInput: the frame index does not rise, or embeddings that this tracker needs are
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
        """Create the empty state of a new sequence."""

    @abstractmethod
    def _has_tracks(self) -> bool:
        """Return whether a frame without detections could change the state."""

    @abstractmethod
    def _step(self, frame: Frame) -> Tracks:
        """Advance by one frame and return its tracks; ``self.frame_count`` counts from 1."""


def usable(detections: Detections) -> IntArray:
    """Return the rows of the detections with positive width and height.

    The other detections have no aspect ratio.
    """
    return has_size(detections.boxes_xyxy).nonzero()[0]


def embeddings_of(frame: Frame, tracker: str) -> FloatArray:
    """Return the (N, D) float64 embeddings of a frame, or (0, 0) if it has no detections.

    Raises:
        InvalidInput: the frame has detections without embeddings.
    """
    detections = frame.detections
    if detections.embeddings is not None:
        return detections.embeddings.astype(np.float64, copy=False)
    if len(detections):
        raise InvalidInput(
            f"{tracker}: expected embeddings with the detections of frame {frame.index}, found none"
        )
    return np.empty((0, 0))
