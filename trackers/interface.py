"""The tracker interface and its data types.

A tracker turns the detections of one frame into tracks, online, one frame at a time. Nothing here
knows about files, networks or the harness: frames go in, tracks come out.

Units: boxes are ``x1, y1, x2, y2`` in pixels (float64, not clipped to the image), scores are
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
"""The largest coordinate of a box, in pixels.

Beyond it areas and covariances lose precision, and at 1e200 they overflow.
"""


class InvalidInput(ValueError):
    """Invalid detections or frames: NaN boxes, wrong shapes, frames out of order."""


class Need(StrEnum):
    """An input that a tracker needs in addition to boxes and scores.

    The harness provides the input, or skips the run and reports why.
    """

    IMAGE = "image"
    EMBEDDINGS = "embeddings"
    CAMERA_MOTION = "camera_motion"


class TrackerConfig(BaseModel):
    """Base class of every tracker's parameters.

    It is strict and frozen, and each field is documented with its published source.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class SequenceInfo:
    """The facts about a sequence that a tracker may know before its first frame.

    ``frame_rate`` is in frames per second, ``width`` and ``height`` are in pixels, and ``length``
    is in frames. Unknown values are None.
    """

    name: str
    frame_rate: float = 30.0
    width: int | None = None
    height: int | None = None
    length: int | None = None


def _floats(name: str, values: object) -> npt.NDArray[np.floating]:
    """Return values as an array of floating-point numbers; embeddings keep their precision.

    Raises:
        InvalidInput: the values are not numbers, or their rows have unequal lengths.
    """
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


def _check_boxes(boxes: FloatArray) -> None:
    """Raise InvalidInput unless the boxes are finite, in range and of non-negative size."""
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise InvalidInput(f"boxes_xyxy: expected shape (N, 4), found {boxes.shape}")
    rules = (
        (~np.isfinite(boxes).all(1), "finite numbers"),
        (
            (np.abs(boxes) > LARGEST_COORDINATE).any(1),
            f"boxes within {LARGEST_COORDINATE:g} pixels",
        ),
        ((boxes[:, 2:] < boxes[:, :2]).any(1), "x2 >= x1 and y2 >= y1"),
    )
    for broken, expected in rules:
        if broken.any():
            raise InvalidInput(f"boxes_xyxy: expected {expected}, found {boxes[broken][0]}")


def _check_scores(scores: FloatArray, count: int) -> None:
    """Raise InvalidInput unless there is one finite score for each of ``count`` boxes."""
    if scores.shape != (count,):
        raise InvalidInput(f"scores: expected shape ({count},), found {scores.shape}")
    if not np.isfinite(scores).all():
        raise InvalidInput("scores: expected finite numbers, found NaN or infinity")


def _check_rows(name: str, rows: npt.NDArray[np.floating], count: int, width: int | None) -> None:
    """Raise InvalidInput unless each of ``count`` boxes has one finite row of ``width`` numbers."""
    if rows.ndim != 2 or len(rows) != count or (width is not None and rows.shape[1] != width):
        raise InvalidInput(f"{name}: expected {count} rows, found shape {rows.shape}")
    if not np.isfinite(rows).all():
        raise InvalidInput(f"{name}: expected finite numbers, found NaN or infinity")


@dataclass(frozen=True)
class Detections:
    """The detections of one frame.

    Numbers of other types, lists and pandas objects are converted to the arrays below.

    Attributes:
        boxes_xyxy: (N, 4) float64, pixels, within ``LARGEST_COORDINATE``.
        scores: (N,) float64, fractions.
        embeddings: (N, D) float, L2-normalised ReID features, or None.
        displacements: (N, 2) float64, pixels from an object's centre in this frame to its centre in
            the previous frame, or None.

    Raises:
        InvalidInput: an attribute is not an array of numbers, a shape does not fit, a value is NaN
            or infinite, or a box has a negative size or exceeds ``LARGEST_COORDINATE``.
    """

    boxes_xyxy: FloatArray
    scores: FloatArray
    embeddings: npt.NDArray[np.floating] | None = None
    displacements: FloatArray | None = None

    def __post_init__(self) -> None:
        """Convert the attributes and check them: a NaN would silently ruin an assignment."""
        for name in ("boxes_xyxy", "scores", "embeddings", "displacements"):
            if (values := getattr(self, name)) is not None:
                object.__setattr__(self, name, _floats(name, values))
        if self.boxes_xyxy.shape == (0,):
            object.__setattr__(self, "boxes_xyxy", self.boxes_xyxy.reshape(0, 4))
        _check_boxes(self.boxes_xyxy)
        _check_scores(self.scores, len(self))
        if self.embeddings is not None:
            _check_rows("embeddings", self.embeddings, len(self), None)
        if self.displacements is not None:
            _check_rows("displacements", self.displacements, len(self), 2)

    def __len__(self) -> int:
        """Return the number of detections in the frame."""
        return len(self.boxes_xyxy)

    @classmethod
    def empty(cls, embedding_size: int | None = None) -> Self:
        """Return no detections, with (0, ``embedding_size``) embeddings if a size is given."""
        embeddings = None if embedding_size is None else np.empty((0, embedding_size))
        return cls(np.empty((0, 4)), np.empty(0), embeddings)


@dataclass(frozen=True)
class Frame:
    """The input of a tracker for one frame.

    Attributes:
        index: 1-based frame index, which rises by at least one from call to call.
        detections: the detections of the frame.
        image: (H, W, 3) uint8 RGB, or None.
        camera_motion: (2, 3) float64 affine transform from the previous frame's pixels to this
            frame's pixels, or None.
    """

    index: int
    detections: Detections
    image: npt.NDArray[np.uint8] | None = None
    camera_motion: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check the index and the affine transform."""
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
        scores: (N,) float64, the score of the detection that was matched last.
        ids: (N,) int64, at least 1, unique within the frame.
        detection_indices: (N,) int64, the row of the matched detection; -1 where the box is
            predicted.
    """

    boxes_xyxy: FloatArray = field(default_factory=lambda: np.empty((0, 4)))
    scores: FloatArray = field(default_factory=lambda: np.empty(0))
    ids: IntArray = field(default_factory=_no_ids)
    detection_indices: IntArray = field(default_factory=_no_ids)

    def __len__(self) -> int:
        """Return the number of tracks in the frame."""
        return len(self.ids)


@runtime_checkable
class Tracker(Protocol):
    """The interface of every tracker. A class with these members needs no base class.

    A tracker is constructed with its config (``MyTracker(MyTracker.Config())``), reset once for
    each sequence and then updated once for every frame, including frames without detections.
    Instances share no state.
    """

    Config: ClassVar[type[TrackerConfig]]

    @classmethod
    def needs(cls, config: TrackerConfig) -> frozenset[Need]:
        """Return the inputs that this config needs in addition to boxes and scores."""
        ...

    def reset(self, sequence: SequenceInfo) -> None:
        """Forget all tracks; the next update is the first frame of ``sequence``."""
        ...

    def update(self, frame: Frame) -> Tracks:
        """Advance by one frame and return its tracks. The inputs are not changed."""
        ...
