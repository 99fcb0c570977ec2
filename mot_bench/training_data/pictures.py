"""Pictures with their people, from one source, before sources are mixed; and the faults that all sources share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.types import FrameSource

FloatArray = npt.NDArray[np.float64]
Size = tuple[int, int]


class Reader(Protocol):
    """Decodes pictures, from several threads and, pickled, processes."""

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """A picture, (H, W, 3) uint8 RGB."""
        ...


@dataclass(frozen=True)
class LabelledPicture:
    """A picture that is not decoded yet.

    Attributes:
        reader: decodes it.
        index: of the picture, as its reader counts.
        boxes_xyxy: (N, 4) float32 pixels, not clipped.
        people: (N,) places in ``Source.people``; ``UNKNOWN`` where nobody knows.
    """

    reader: Reader
    index: int
    boxes_xyxy: npt.NDArray[np.float32]
    people: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """One source, read and checked.

    Attributes:
        title: what it is called.
        pictures: in order.
        people: a key for each person. Equal keys of two sources are one person (two splits of one sequence).
        digest: hex SHA-256 of everything that can change a sample.
    """

    title: str
    pictures: tuple[LabelledPicture, ...]
    people: tuple[Hashable, ...]
    digest: str

    @property
    def boxes(self) -> int:
        """How many there are in all."""
        return sum(len(picture.boxes_xyxy) for picture in self.pictures)


class FrameReader:
    """Pictures of a sequence, opened when the first is asked for; one is read at a time."""

    def __init__(self, load: Callable[[], FrameSource]) -> None:
        self._load = load
        self._source: FrameSource | None = None
        self._lock = threading.Lock()

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """The frame of this 1-based index."""
        with self._lock:
            if self._source is None:
                self._source = self._load()
            return self._source.read(index)

    def __reduce__(self) -> tuple[type[FrameReader], tuple[Callable[[], FrameSource]]]:
        return FrameReader, (self._load,)


def box_fault(boxes_xyxy: FloatArray, size: Size | None) -> tuple[int, str, str] | None:
    """The first fault of the boxes of a picture: which box, what was expected and what was found.

    Args:
        boxes_xyxy: (N, 4) pixels.
        size: width and height of the picture; None where nobody knows.
    """
    for index, box in enumerate(boxes_xyxy.tolist()):
        left, top, right, bottom = box
        if not np.isfinite(box).all():
            return index, "a box of finite numbers", _shown(box)
        if not (right > left and bottom > top):
            return index, "a box of positive width and height", _shown(box)
        if size is not None and (right <= 0 or bottom <= 0 or left >= size[0] or top >= size[1]):
            return index, f"a box in the picture of {size[0]}x{size[1]}", f"one out of it: {_shown(box)}"
    return None


def _shown(box: list[float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in zip(("x1", "y1", "x2", "y2"), box, strict=True))
