"""Pictures with their people, from one source, before sources are mixed.

And the faults that all sources share.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import FrameSource

FloatArray = npt.NDArray[np.float64]
Size = tuple[int, int]

_KEPT_OPEN = 4


class Reader(Protocol):
    """Decodes the pictures of a source, from several threads and, pickled, processes."""

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """The picture of this index, from 0, (H, W, 3) uint8 RGB."""
        ...


@dataclass(frozen=True)
class Labels:
    """What is known of one picture.

    Attributes:
        boxes_xyxy: (N, 4) float32 pixels, not clipped.
        people: (N,) places in ``Source.people``; ``UNKNOWN`` where nobody knows.
    """

    boxes_xyxy: npt.NDArray[np.float32]
    people: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """One source, read and checked.

    Attributes:
        title: what it is called.
        reader: decodes its pictures.
        labels: of each picture.
        people: a key for each person. Equal keys of two sources are one person (two splits of one
            sequence).
        digest: hex SHA-256 of everything that can change a sample.
    """

    title: str
    reader: Reader
    labels: tuple[Labels, ...]
    people: tuple[Hashable, ...]
    digest: str

    @property
    def boxes(self) -> int:
        """How many there are in all."""
        return sum(len(labels.boxes_xyxy) for labels in self.labels)


class SequencePictures:
    """Pictures of several sequences, of which only the last few used are kept open: a generated scene is large."""

    def __init__(
        self, loads: tuple[Callable[[], FrameSource], ...], places: tuple[tuple[int, int], ...]
    ) -> None:
        """Pictures to be read.

        Args:
            loads: open each sequence.
            places: for each picture its sequence (from 0) and its frame there (from 1).
        """
        self._loads, self._places = loads, places
        self._open: OrderedDict[int, tuple[FrameSource, threading.Lock]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """The picture of this index, from 0.

        Of one sequence one is read at a time: a video cannot do otherwise.
        """
        sequence, frame = self._places[index]
        with self._lock:
            if sequence not in self._open:
                self._open[sequence] = self._loads[sequence](), threading.Lock()
            self._open.move_to_end(sequence)
            while len(self._open) > _KEPT_OPEN:
                self._open.popitem(last=False)
            source, reading = self._open[sequence]
        with reading:
            return source.read(frame)

    def __reduce__(self) -> tuple[Any, ...]:
        return SequencePictures, (self._loads, self._places)


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
            return (
                index,
                f"a box in the picture of {size[0]}x{size[1]}",
                f"one out of it: {_shown(box)}",
            )
    return None


def _shown(box: list[float]) -> str:
    return ", ".join(
        f"{name} {value:g}" for name, value in zip(("x1", "y1", "x2", "y2"), box, strict=True)
    )
