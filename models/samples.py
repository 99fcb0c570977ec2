"""What training learns from: pictures with boxes and identities, through a small protocol that others fulfil.

Nothing here knows of datasets or files; the harness hands in an object with these members.
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
        identities: (N,) int64 from 0, below ``Samples.identities``; ``UNKNOWN`` where nobody knows
            who it is.
    """

    picture: Picture
    boxes_xyxy: npt.NDArray[np.float32]
    identities: npt.NDArray[np.int64]


class Samples(Protocol):
    """Training data."""

    @property
    def identities(self) -> int:
        """How many different people there are: the classes of the ReID classifier."""
        ...

    def __len__(self) -> int:
        """How many pictures there are."""
        ...

    def load(self, index: int) -> Sample:
        """The sample of this index, from 0; the same each time.

        Called from several processes and threads.
        """
        ...
