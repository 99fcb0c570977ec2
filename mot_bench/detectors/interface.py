"""The interfaces of detectors and ReID extractors, independent of the origin of their weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mot_bench.trackers.interface import Detections

Picture = npt.NDArray[np.uint8]


class Detector(Protocol):
    """A detector, which maps pictures to detections and keeps no state between pictures."""

    @property
    def embedding_size(self) -> int:
        """The length of the embeddings of the detections; 0 without embeddings."""
        ...

    @property
    def digest(self) -> str:
        """The hex SHA-256 of the weights and of every setting that can change a detection."""
        ...

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """Return the detections of each picture, best first.

        Args:
            pictures: (H, W, 3) uint8 RGB, all of one size.

        Returns:
            For each picture boxes in its pixels (not clipped), scores and optionally L2-normalised
            embeddings.
        """
        ...


class Extractor(Protocol):
    """A separate ReID network, which maps a picture and boxes to embeddings."""

    @property
    def embedding_size(self) -> int:
        """The length of an embedding."""
        ...

    @property
    def digest(self) -> str:
        """The hex SHA-256 of the weights and of every setting that can change an embedding."""
        ...

    def embed(
        self, picture: Picture, boxes_xyxy: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float32]:
        """Return L2-normalised embeddings (N, D) of boxes (N, 4) in pixels of the picture.

        The picture is (H, W, 3) uint8 RGB. Boxes may extend beyond it or lie outside.
        """
        ...
