"""The pictures of one source with their people, before sources are mixed.

The checks that all sources share are here too.
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
    """Decodes the pictures of a source, in several threads or, pickled, in several processes."""

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """Return the picture with this index, from 0, (H, W, 3) uint8 RGB."""
        ...


@dataclass(frozen=True)
class Labels:
    """The labels of one picture.

    Attributes:
        boxes_xyxy: (N, 4) float32 pixels, not clipped.
        people: (N,) indices in ``Source.people``; ``UNKNOWN`` for unknown people.
    """

    boxes_xyxy: npt.NDArray[np.float32]
    people: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """One source, read and checked.

    Attributes:
        title: the name of the source.
        reader: decodes its pictures.
        labels: the labels of each picture.
        people: a key for each person. Equal keys of two sources stand for one person, as in two
            splits of one sequence.
        digest: hex SHA-256 of everything that can change a sample.
    """

    title: str
    reader: Reader
    labels: tuple[Labels, ...]
    people: tuple[Hashable, ...]
    digest: str

    @property
    def boxes(self) -> int:
        """The number of all boxes."""
        return sum(len(labels.boxes_xyxy) for labels in self.labels)


class SequencePictures:
    """The pictures of several sequences, of which only the last few used ones are kept open.

    A generated scene takes much memory.
    """

    def __init__(
        self, loads: tuple[Callable[[], FrameSource], ...], places: tuple[tuple[int, int], ...]
    ) -> None:
        """Prepare to read pictures.

        Args:
            loads: functions that open each sequence.
            places: for each picture its sequence (from 0) and its frame there (from 1).
        """
        self._loads, self._places = loads, places
        self._open: OrderedDict[int, tuple[FrameSource, threading.Lock]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """Return the picture with this index, from 0.

        Each sequence is read by one thread at a time, because a video requires it.
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
    """Return the first fault of the boxes of a picture: the box, the expectation and the finding.

    Args:
        boxes_xyxy: (N, 4) pixels.
        size: width and height of the picture; None if unknown.
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
