"""FairMOT's network as a detector of the harness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mot_bench.detectors.interface import Picture
from mot_bench.trackers.interface import Detections

if TYPE_CHECKING:
    from mot_bench.models.fairmot import FairMotNetwork
    from mot_bench.models.inference import DetectConfig
    from mot_bench.models.targets import Found


class FairMotDetector:
    """A FairMOT network as a detector, with embeddings if it has a ReID branch."""

    def __init__(
        self, network: FairMotNetwork, config: DetectConfig, digest: str, device: str = "cpu"
    ) -> None:
        """Create a detector.

        Args:
            network: the network with its weights.
            config: the input size and the limits of detections.
            digest: the digest of the weights.
            device: a device name of torch's.
        """
        from mot_bench.models.inference import PictureDetector

        self.embedding_size = network.config.embedding_size
        self.digest = f"{digest} {config}"
        self.config = config
        self._detector = PictureDetector(network, config, device)

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """Return the detections of each picture (H, W, 3) uint8 RGB, all of one size."""
        return [_detections(found) for found in self._detector.detect(pictures)]

    def look(
        self,
        pictures: npt.NDArray[np.uint8] | list[Picture],
        size: tuple[int, int],
        truth_xyxy: list[npt.NDArray[np.float64]] | None,
    ) -> tuple[list[Detections], list[npt.NDArray[np.float32]]]:
        """Return the detections of each picture, and embeddings at the centres of given boxes.

        Args:
            pictures: a list of pictures (H, W, 3), or an array of letterboxed pictures.
            size: width and height before letterboxing.
            truth_xyxy: for each picture (N, 4); None for no such embeddings.
        """
        shown = self._detector.shown(pictures) if isinstance(pictures, list) else pictures
        found, looked = self._detector.look(shown, size[0], size[1], truth_xyxy)
        return [_detections(each) for each in found], looked


def _detections(found: Found) -> Detections:
    """Convert to the harness's detections; boxes are rounded to a hundredth of a pixel."""
    boxes: npt.NDArray[np.float64] = np.round(found.boxes_xyxy.numpy(), 2).astype(np.float64)
    embeddings = None if found.embeddings_ND is None else found.embeddings_ND.numpy()
    return Detections(boxes, found.scores.numpy().astype(np.float64), embeddings)
