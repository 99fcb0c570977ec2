"""The data types of an opened dataset: sequences with ground truth and, if present, frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.rules import Rules
from mot_bench.files.places import check_name


@dataclass(frozen=True)
class GroundTruth:
    """The ground truth rows of one sequence, in file order, with the frame numbers of its split.

    Attributes:
        frames: (N,) int64, 1-based.
        ids: (N,) int64.
        boxes_ltwh: (N, 4) float64, pixels.
        considered: (N,) bool, False where the row is zero-marked (column 7 is 0).
        classes: (N,) int64, MOTChallenge classes (pedestrian 1); all 1 if the format has no class
            (MOT15).
        visibility: (N,) float64 in 0..1; all 1 if the format has no visibility.
        file_classes: (N,) int64, column 8 of the file if classes were chosen (see
            ``mot_bench.datasets.rules``). Then ``classes`` is 1 for the chosen classes, and rows of
            other classes are not considered.
    """

    frames: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int64]
    boxes_ltwh: npt.NDArray[np.float64]
    considered: npt.NDArray[np.bool_]
    classes: npt.NDArray[np.int64]
    visibility: npt.NDArray[np.float64]
    file_classes: npt.NDArray[np.int64] | None = None


class FrameSource(Protocol):
    """The pictures of a sequence, decoded when they are read."""

    def __len__(self) -> int:
        """Return the number of frames."""
        ...

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """Return the frame of this 1-based index within the split, (H, W, 3) uint8 RGB."""
        ...

    def iterate(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield all frames in order, decoded ahead by a background thread."""
        ...


@dataclass(frozen=True)
class Sequence:
    """One sequence of a dataset split.

    Attributes:
        name: the name in the dataset, for example ``MOT17-02-DPM``.
        length: the number of frames of this split.
        frame_rate: frames per second.
        width, height: pixels, None if unknown.
        folder: the folder on disk; None for generated sequences.
        first_frame: the 1-based frame of the file that is frame 1 of this split: 302 for the
            half-val of 600 frames. Detections and camera motion are cut in the same way.
        file_length: the number of frames of the whole sequence on disk.
        digest: hex SHA-256 of the ground truth within the split, the length and the frame rate.
        load_ground_truth: reads the ground truth; None if there is no ground truth (a test split).
        load_frames: opens the pictures; None if there are no pictures on disk.
        group: the part of the dataset that is reported separately (a level of difficulty), or an
            empty text.
    """

    name: str
    length: int
    frame_rate: float
    width: int | None
    height: int | None
    folder: Path | None
    first_frame: int
    file_length: int
    digest: str
    load_ground_truth: Callable[[], GroundTruth] | None = field(default=None, compare=False)
    load_frames: Callable[[], FrameSource] | None = field(default=None, compare=False)
    group: str = ""

    def __post_init__(self) -> None:
        """Refuse a name that cannot be a file name (``InputError``)."""
        place = self.folder or "a dataset"
        check_name(self.name, "a sequence's name", place, "give the sequence another name")

    @cached_property
    def ground_truth(self) -> GroundTruth | None:
        """The ground truth, which is read only once."""
        return None if self.load_ground_truth is None else self.load_ground_truth()


@dataclass(frozen=True)
class Dataset:
    """An opened split of a dataset.

    Attributes:
        name: the name that the user gave (``mot17-half-val``, ``street``, or the folder's name).
        benchmark: ``MOT15``, ``MOT16``, ``MOT17``, ``MOT20``, ``DanceTrack``, ``SportsMOT``,
            ``street`` or ``own``. It decides which classes scoring removes as distractors (see
            ``mot_bench.scoring``).
        split: the name of the split (``full``, ``half-val``, ...).
        sequences: the sequences in name order.
        root: the data root that holds the dataset, or None.
        rules: the reason for the rules, and the chosen classes; None for data of other packages.
    """

    name: str
    benchmark: str
    split: str
    sequences: tuple[Sequence, ...]
    root: Path | None = None
    rules: Rules | None = None

    def __post_init__(self) -> None:
        """Refuse a name that cannot be a file name (``InputError``)."""
        check_name(self.name, "a dataset's name", "a dataset", "rename its folder")
