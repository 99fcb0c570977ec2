"""The protocol of training data: pictures with boxes and identities.

Nothing here knows about datasets or files; the harness passes in an object with these members.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
UNKNOWN = -1


@dataclass(frozen=True)
class Sample:
    """One picture with its people.

    Attributes:
        picture: (H, W, 3) uint8 RGB.
        boxes_xyxy: (N, 4) float32, pixels of the picture, not clipped to it.
        identities: (N,) int64 from 0, below ``Samples.identities``; ``UNKNOWN`` for unknown people.
    """

    picture: Picture
    boxes_xyxy: npt.NDArray[np.float32]
    identities: npt.NDArray[np.int64]


class Samples(Protocol):
    """Training data."""

    @property
    def identities(self) -> int:
        """The number of different people: the classes of the ReID classifier."""
        ...

    def __len__(self) -> int:
        """Return the number of pictures."""
        ...

    def load(self, index: int) -> Sample:
        """Return the sample with this index, from 0; always the same one.

        Several processes and threads may call it.
        """
        ...
