"""The tracker interface and its data types.

A tracker turns the detections of one frame into tracks, online, one frame at a time. Nothing here
knows of files, networks or the harness: frames go in, tracks come out.

Units: boxes are ``x1, y1, x2, y2`` in pixels (float64, not clipped to the picture), scores are
fractions, frame indices are 1-based as in MOTChallenge files, ids are integers from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


LARGEST_COORDINATE = 1e9
"""Of a box, in pixels: areas and covariances of larger ones lose their digits, and those of 1e200 overflow."""


class InvalidInput(ValueError):
    """Detections or frames that no tracker can take: NaN or infinite boxes, wrong shapes, frames out of order."""


class Need(StrEnum):
    """What a tracker wants beside boxes and scores.

    The harness provides it or skips the run, saying why.
    """

    IMAGE = "image"
    EMBEDDINGS = "embeddings"
    CAMERA_MOTION = "camera_motion"


class TrackerConfig(BaseModel):
    """Base of every tracker's parameters: strict, frozen, each field documented with its published source."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class SequenceInfo:
    """What a tracker may know of a sequence before its first frame.

    ``frame_rate`` is in frames per second; ``width`` and ``height`` in pixels, None where nobody
    knows them; ``length`` in frames.
    """

    name: str
    frame_rate: float = 30.0
    width: int | None = None
    height: int | None = None
    length: int | None = None


def _numbers(name: str, values: object) -> npt.NDArray[np.floating] | None:
    """Return values as an array of floating-point numbers.

    Arrays of embeddings keep their precision.

    Raises:
        InvalidInput: they are no numbers, or of unequal rows.
    """
    if values is None and name in ("embeddings", "displacements"):
        return None
    try:
        array = np.asarray(values)
        array = np.asarray(array.tolist()) if array.dtype.kind == "O" else array
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidInput(
            f"{name}: expected an array of numbers, found rows of unequal lengths"
        ) from error
    if array.dtype.kind not in "biuf":
        raise InvalidInput(
            f"{name}: expected an array of numbers, found {type(values).__name__} of {array.dtype}"
        )
    if name == "embeddings" and array.dtype.kind == "f":
        return array
    return np.asarray(array, np.float64)


@dataclass(frozen=True)
class Detections:
    """The detections of one frame.

    Numbers of other types, lists and pandas objects are converted to the arrays below.

    Attributes:
        boxes_xyxy: (N, 4) float64, pixels, within ``LARGEST_COORDINATE``.
        scores: (N,) float64, fractions.
        embeddings: (N, D) float, L2-normalised ReID features, or None.
        displacements: (N, 2) float64, pixels from this frame's centre to the previous frame's, or
            None.

    Raises:
        InvalidInput: something is no array of numbers, a shape does not fit, a value is NaN or
            infinite, or a box has a negative size or lies too far out.
    """

    boxes_xyxy: FloatArray
    scores: FloatArray
    embeddings: npt.NDArray[np.floating] | None = None
    displacements: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check shapes and values: a NaN would silently ruin an assignment."""
        for name in ("boxes_xyxy", "scores", "embeddings", "displacements"):
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        boxes, scores = self.boxes_xyxy, self.scores
        if boxes.shape == (0,):
            object.__setattr__(self, "boxes_xyxy", boxes := boxes.reshape(0, 4))
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise InvalidInput(f"boxes_xyxy: expected shape (N, 4), found {boxes.shape}")
        count = len(boxes)
        if scores.shape != (count,):
            raise InvalidInput(f"scores: expected shape ({count},), found {scores.shape}")
        if not np.isfinite(boxes).all():
            raise InvalidInput(
                f"boxes_xyxy: expected finite numbers, found {boxes[~np.isfinite(boxes).all(1)][0]}"
            )
        if (np.abs(boxes) > LARGEST_COORDINATE).any():
            bad = boxes[(np.abs(boxes) > LARGEST_COORDINATE).any(1)][0]
            raise InvalidInput(
                f"boxes_xyxy: expected boxes within {LARGEST_COORDINATE:g} pixels, found {bad}"
            )
        if not np.isfinite(scores).all():
            raise InvalidInput("scores: expected finite numbers, found NaN or infinity")
        if (boxes[:, 2:] < boxes[:, :2]).any():
            bad = boxes[(boxes[:, 2:] < boxes[:, :2]).any(1)][0]
            raise InvalidInput(f"boxes_xyxy: expected x2 >= x1 and y2 >= y1, found {bad}")
        for name in ("embeddings", "displacements"):
            extra = getattr(self, name)
            if extra is None:
                continue
            if (
                extra.ndim != 2
                or len(extra) != count
                or (name == "displacements" and extra.shape[1] != 2)
            ):
                raise InvalidInput(f"{name}: expected {count} rows, found shape {extra.shape}")
            if not np.isfinite(extra).all():
                raise InvalidInput(f"{name}: expected finite numbers, found NaN or infinity")

    def __len__(self) -> int:
        """How many detections the frame has."""
        return len(self.boxes_xyxy)

    @classmethod
    def empty(cls, embedding_size: int | None = None) -> Self:
        """No detections; with an (0, ``embedding_size``) array of embeddings if a size is given."""
        embeddings = None if embedding_size is None else np.empty((0, embedding_size))
        return cls(np.empty((0, 4)), np.empty(0), embeddings)


@dataclass(frozen=True)
class Frame:
    """One frame as a tracker sees it.

    Attributes:
        index: 1-based frame index, rising by at least one from call to call.
        detections: the frame's detections.
        image: (H, W, 3) uint8 RGB, or None.
        camera_motion: (2, 3) float64 affine from the previous frame's pixels to this frame's, or
            None.
    """

    index: int
    detections: Detections
    image: npt.NDArray[np.uint8] | None = None
    camera_motion: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check the index and the shape of the affine."""
        if self.index < 1:
            raise InvalidInput(f"frame index: expected 1 or more, found {self.index}")
        motion = self.camera_motion
        if motion is not None and (motion.shape != (2, 3) or not np.isfinite(motion).all()):
            raise InvalidInput(
                f"camera_motion: expected a finite (2, 3) affine, found shape {motion.shape}"
            )


def _no_ids() -> IntArray:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Tracks:
    """The tracks of one frame.

    Attributes:
        boxes_xyxy: (N, 4) float64, pixels.
        scores: (N,) float64, the score of the detection last seen.
        ids: (N,) int64, at least 1, unique within the frame.
        detection_indices: (N,) int64, row of the detection that the track was seen as; -1 where the
            box is predicted.
    """

    boxes_xyxy: FloatArray = field(default_factory=lambda: np.empty((0, 4)))
    scores: FloatArray = field(default_factory=lambda: np.empty(0))
    ids: IntArray = field(default_factory=_no_ids)
    detection_indices: IntArray = field(default_factory=_no_ids)

    def __len__(self) -> int:
        """How many tracks the frame has."""
        return len(self.ids)


@runtime_checkable
class Tracker(Protocol):
    """What every tracker offers. A class with these members is a tracker; no base class is needed.

    A tracker is made with its config (``MyTracker(MyTracker.Config())``), reset once for each
    sequence and then updated once for every frame, frames without detections included. Instances
    share nothing.
    """

    Config: ClassVar[type[TrackerConfig]]

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:
        """What this tracker wants beside boxes and scores, under this config."""
        ...

    def reset(self, sequence: SequenceInfo) -> None:
        """Forget everything; the next update is the first frame of ``sequence``."""
        ...

    def update(self, frame: Frame) -> Tracks:
        """Advance by one frame and give the tracks seen in it. Inputs are not changed."""
        ...
