"""Cut sequences to the frames of a split.

The training sequences of MOT17 are halved by two conventions, whose figures are not comparable:

- ``half-train`` / ``half-val`` (CenterTrack, ByteTrack, OC-SORT, BoT-SORT): of n frames, the first
  half is 1 ... n//2 + 1, and the second half is the rest;
- ``half-train-fairmot`` / ``half-val-fairmot`` (FairMOT's own lists): the first half is 1 ... n//2.

Ground truth is cut and renumbered from 1; ``first_frame`` tells how to cut pictures, detections and
camera motion.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import FrameSource, GroundTruth, Sequence
from mot_bench.datasets.frames import decode_ahead
from mot_bench.errors import MotBenchError, did_you_mean

FULL = "full"
HALVES = ("half-train", "half-val", "half-train-fairmot", "half-val-fairmot")
SPLIT_NAMES = (FULL, *HALVES, "frames:A-B")


def frame_range(split: str, length: int) -> tuple[int, int]:
    """Return the first and last frame (1-based, inclusive) of a split of ``length`` frames.

    ``frames:A-B`` means the frames A to B, or to the end of a shorter sequence; ``frames:A-`` means
    all frames from A on.

    >>> frame_range("half-val", 600), frame_range("half-val-fairmot", 600)
    ((302, 600), (301, 600))
    >>> frame_range("frames:11-20", 600)
    (11, 20)

    Raises:
        MotBenchError: the split is unknown, or has no frame of this sequence.
    """
    first, last = 1, length
    middle = length // 2 if split.endswith("-fairmot") else length // 2 + 1
    if split.startswith("frames:"):
        first, last = _explicit(split, length)
    elif split in HALVES:
        first, last = (
            (1, min(middle, length)) if split.startswith("half-train") else (middle + 1, length)
        )
    elif split != FULL:
        found = f"{split!r}{did_you_mean(split, SPLIT_NAMES)}"
        raise MotBenchError(f"split: expected one of {', '.join(SPLIT_NAMES)}, found {found}")
    if first > last:
        raise MotBenchError(
            f"split: expected at least one frame in {split!r} of a sequence of {length}, found none"
        )
    return first, last


def _explicit(split: str, length: int) -> tuple[int, int]:
    match = re.fullmatch(r"frames:(\d+)-(\d*)", split)
    if match is None or int(match[1]) < 1 or (match[2] and int(match[2]) < int(match[1])):
        raise MotBenchError(f"split: expected frames:A-B with 1 <= A <= B, found {split!r}")
    return int(match[1]), min(int(match[2]) if match[2] else length, length)


def cut_ground_truth(truth: GroundTruth, first: int, last: int) -> GroundTruth:
    """Return the rows of frames ``first`` to ``last``, renumbered from 1."""
    keep = (truth.frames >= first) & (truth.frames <= last)
    return GroundTruth(
        frames=truth.frames[keep] - (first - 1),
        ids=truth.ids[keep],
        boxes_ltwh=truth.boxes_ltwh[keep],
        considered=truth.considered[keep],
        classes=truth.classes[keep],
        visibility=truth.visibility[keep],
        file_classes=None if truth.file_classes is None else truth.file_classes[keep],
    )


def truth_digest(truth: GroundTruth | None, length: int, frame_rate: float) -> str:
    """Return the hex SHA-256 of ground truth, length and frame rate."""
    digest = hashlib.sha256(f"length={length} frame_rate={frame_rate!r}".encode())
    if truth is not None:
        columns: tuple[npt.NDArray[np.generic], ...] = (
            truth.frames.astype("<i8"),
            truth.ids.astype("<i8"),
            truth.boxes_ltwh.astype("<f8"),
            truth.considered.astype("u1"),
            truth.classes.astype("<i8"),
            truth.visibility.astype("<f8"),
        )
        for column in columns:
            digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class HeldTruth:
    """A loader that returns ground truth that is already in memory."""

    truth: GroundTruth

    def __call__(self) -> GroundTruth:
        """Return the ground truth."""
        return self.truth


@dataclass(frozen=True)
class CutFrames:
    """A loader that opens the pictures of a sequence and cuts them to a split."""

    load: Callable[[], FrameSource]
    first: int
    last: int

    def __call__(self) -> FrameSource:
        """Return the pictures of the split."""
        return _FrameWindow(self.load(), self.first, self.last)


class _FrameWindow:
    """The frames ``first`` to ``last`` of a source, numbered from 1."""

    def __init__(self, source: FrameSource, first: int, last: int) -> None:
        self._source, self._first, self._last = source, first, last

    def __len__(self) -> int:
        return self._last - self._first + 1

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """Return the frame of this 1-based index within the split."""
        if not 1 <= index <= len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        return self._source.read(index + self._first - 1)

    def iterate(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield all frames in order, decoded ahead."""
        return decode_ahead(self.read(index) for index in range(1, len(self) + 1))


def cut_sequence(sequence: Sequence, split: str) -> Sequence:
    """Return the sequence cut to a split; ``full`` returns it unchanged.

    Raises:
        MotBenchError: the split is unknown, or has no frame of this sequence.
    """
    first, last = frame_range(split, sequence.length)
    if (first, last) == (1, sequence.length):
        return sequence
    length = last - first + 1
    truth = sequence.ground_truth
    cut = None if truth is None else cut_ground_truth(truth, first, last)
    return replace(
        sequence,
        length=length,
        first_frame=sequence.first_frame + first - 1,
        digest=truth_digest(cut, length, sequence.frame_rate),
        load_ground_truth=None if cut is None else HeldTruth(cut),
        load_frames=None
        if sequence.load_frames is None
        else CutFrames(sequence.load_frames, first, last),
    )
