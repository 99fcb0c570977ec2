"""Letterbox the pictures of a sequence once, for all networks with the same input size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from mot_bench.engine.stage import Made, Stage
from mot_bench.errors import MotBenchError

if TYPE_CHECKING:
    from mot_bench.stages.context import Context

PICTURES = "frames.npy"
_SECONDS_A_FRAME = 0.012  # to draw or decode one, on one core of 2025


@dataclass(frozen=True)
class Frames(Stage):
    """The pictures of a sequence at the input size of networks: (T, height, width, 3) uint8.

    Attributes:
        role: of the dataset in the suite.
        sequence: name of the sequence.
        size: (height, width) in pixels.
    """

    name: ClassVar[str] = "frames"
    role: str
    sequence: str
    size: tuple[int, int]

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"letterbox {self.role} {self.sequence} {self.size[0]}x{self.size[1]}"

    def cost(self, context: Context) -> float:
        """Return about how many seconds it takes."""
        return _SECONDS_A_FRAME * context.sequence(self.role, self.sequence).length

    def inputs(self, context: Context) -> dict[str, object]:
        """Return what decides the pictures."""
        pictures = context.pictures_digest(self.role, self.sequence)
        return {"pictures": pictures, "size": list(self.size)}

    def run(self, context: Context) -> Made:
        """Read or draw the pictures and letterbox them."""
        from mot_bench.models.inference import shown

        sequence = context.sequence(self.role, self.sequence)
        if sequence.load_frames is None:
            raise MotBenchError(f"{sequence.name}: expected pictures, found none")
        frames = sequence.load_frames().iterate()
        shape = (sequence.length, *self.size, 3)

        def write(folder: Path) -> None:
            pictures = np.lib.format.open_memmap(
                folder / PICTURES, mode="w+", dtype=np.uint8, shape=shape
            )
            for index, picture in enumerate(frames):
                pictures[index] = shown([picture], *self.size)[0]
            pictures.flush()

        return Made(write)

    def mapped(self, context: Context) -> npt.NDArray[np.uint8] | None:
        """Return the (T, height, width, 3) pictures, mapped from the store; None if not there."""
        path = context.cache.file(self, PICTURES)
        if path is None:
            return None
        pictures: npt.NDArray[np.uint8] = np.load(path, mmap_mode="r", allow_pickle=False)
        return pictures
