"""What every detector and every ReID extractor offers, wherever its weights come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mot_bench.trackers.interface import Detections

Picture = npt.NDArray[np.uint8]


class Detector(Protocol):
    """Pictures in, detections out; no state from picture to picture."""

    @property
    def embedding_size(self) -> int:
        """Length of the embeddings that come with the detections; 0 if none do."""
        ...

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the weights and of every setting that can change a detection."""
        ...

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """Detections of each picture, best first.

        Args:
            pictures: (H, W, 3) uint8 RGB, all of one size.

        Returns:
            For each picture boxes in its pixels (not clipped), scores and, perhaps, L2-normalised
            embeddings.
        """
        ...


class Extractor(Protocol):
    """A separate ReID network: a picture and boxes in, embeddings out."""

    @property
    def embedding_size(self) -> int:
        """Length of an embedding."""
        ...

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the weights and of every setting that can change an embedding."""
        ...

    def embed(
        self, picture: Picture, boxes_xyxy: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float32]:
        """L2-normalised embeddings (N, D) of boxes (N, 4) in pixels of the picture (H, W, 3) uint8 RGB.

        Boxes may reach beyond the picture, or lie outside it altogether.
        """
        ...
