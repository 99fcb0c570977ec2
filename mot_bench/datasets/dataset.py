"""What a dataset is once it is opened: sequences with ground truth and, perhaps, frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from mot_bench.files.places import check_name

if TYPE_CHECKING:
    from mot_bench.datasets.rules import Rules


@dataclass(frozen=True)
class GroundTruth:
    """Ground truth rows of one sequence, in file order.

    Frames cut and renumbered as the split says.

    Attributes:
        frames: (N,) int64, 1-based.
        ids: (N,) int64.
        boxes_ltwh: (N, 4) float64, pixels.
        considered: (N,) bool, False where the row is zero-marked (column 7 is 0).
        classes: (N,) int64, MOTChallenge classes (pedestrian 1); 1 throughout where the format has
            no class (MOT15).
        visibility: (N,) float64 in 0..1; 1 throughout where the format has none.
        file_classes: (N,) int64, column 8 as the file has it, where classes were chosen (see
            ``mot_bench.datasets.rules``): ``classes`` is 1 for those that were, and others are not
            considered.
    """

    frames: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int64]
    boxes_ltwh: npt.NDArray[np.float64]
    considered: npt.NDArray[np.bool_]
    classes: npt.NDArray[np.int64]
    visibility: npt.NDArray[np.float64]
    file_classes: npt.NDArray[np.int64] | None = None


class FrameSource(Protocol):
    """Pictures of a sequence, decoded lazily and ahead of need."""

    def __len__(self) -> int:
        """How many frames there are."""
        ...

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """The frame of this 1-based index (within the split), (H, W, 3) uint8 RGB."""
        ...

    def iterate(self) -> Iterator[npt.NDArray[np.uint8]]:
        """All frames in order, decoded ahead by a background thread."""
        ...


@dataclass(frozen=True)
class Sequence:
    """One sequence of a dataset split.

    Attributes:
        name: as in the dataset, for example ``MOT17-02-DPM``.
        length: frames of this split.
        frame_rate: frames per second.
        width, height: pixels, None where unknown.
        folder: where it lies on disk; None for generated sequences.
        first_frame: 1-based frame of the file that is frame 1 here: 302 for the half-val of 600
            frames. What lies beside the sequence (detections, camera motion) is cut with it.
        file_length: frames of the whole sequence on disk.
        digest: hex SHA-256 of everything the ground truth says within the split, and of length and
            frame rate.
        load_ground_truth: reads the ground truth, or None where there is none (a test split).
        load_frames: opens the pictures, or None where there are none on disk.
        group: the part of the dataset that is reported apart (a level of difficulty), or an empty
            text.
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
        """Refuse a name that cannot be a file's (``InputError``)."""
        check_name(
            self.name,
            "a sequence's name",
            self.folder or "a dataset",
            "give the sequence another name",
        )

    @cached_property
    def ground_truth(self) -> GroundTruth | None:
        """The ground truth, read once."""
        return None if self.load_ground_truth is None else self.load_ground_truth()


@dataclass(frozen=True)
class Dataset:
    """A dataset split, opened.

    Attributes:
        name: as the user named it (``mot17-half-val``, ``street``, or the folder's name).
        benchmark: ``MOT15``, ``MOT16``, ``MOT17``, ``MOT20``, ``DanceTrack``, ``SportsMOT``,
            ``street`` or ``own``: decides which classes scoring removes as distractors (see
            mot_bench.scoring).
        split: name of the split (``full``, ``half-val``, ...).
        sequences: in name order.
        root: the data root it was found under, or None.
        rules: why these are the rules, and which classes were chosen; None where nobody said (other
            packages' data).
    """

    name: str
    benchmark: str
    split: str
    sequences: tuple[Sequence, ...]
    root: Path | None = None
    rules: Rules | None = None

    def __post_init__(self) -> None:
        """Refuse a name that cannot be a file's (``InputError``)."""
        check_name(self.name, "a dataset's name", "a dataset", "rename its folder")
