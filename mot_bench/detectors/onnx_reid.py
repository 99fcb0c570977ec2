"""Separate ReID networks in ONNX files, such as OSNet's."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from mot_bench.detectors.interface import Picture
from mot_bench.detectors.onnx_session import OTHER_WAY, OnnxNetwork
from mot_bench.errors import InputError

Normalisation = Literal["imagenet", "unit", "none"]
# ImageNet's mean and standard deviation, fractions of RGB: nearly every published ReID network has
# them.
MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]
BATCH = 64
FREE_HEIGHT, FREE_WIDTH = (
    256,
    128,
)  # input size if a file leaves it free: most ReID networks are trained with it


class OnnxExtractor:
    """A ReID network from an ONNX file, applied to RGB crops.

    It has one input (batch, 3, height, width) and one output (batch, D) or (batch, D, 1, 1). If the
    file leaves the input size free, it is run at 256x128.

    Boxes are stretched to the input of the network, unless ``keep_aspect`` is set. The area outside
    the picture is grey.
    """

    def __init__(
        self, path: Path, *, normalisation: Normalisation = "imagenet", keep_aspect: bool = False
    ) -> None:
        """Open a file.

        Args:
            path: the file.
            normalisation: the scale of the pictures: ``imagenet`` for ImageNet's mean and deviation
                (torchreid, FastReID's exports and most others), ``unit`` for 0..1, ``none`` for
                0..255.
            keep_aspect: whether boxes are first extended to the aspect ratio of the input, as in
                DeepSORT.

        Raises:
            InputError: the file is missing, damaged, or not a network of this kind.
            MotBenchError: onnxruntime is not installed.
        """
        self._network = network = OnnxNetwork(path)
        self._size = (network.height or FREE_HEIGHT, network.width or FREE_WIDTH)
        shape = network.output
        if None in shape[1:]:
            shape = network.run(np.zeros((1, 3, *self._size), np.float32)).shape
        if len(shape) not in (2, 4) or shape[1] is None or any(side != 1 for side in shape[2:]):
            expected = (
                "an output of shape (batch, length of the embedding) or (batch, length, 1, 1)"
            )
            raise InputError(path, expected, f"{network.found} {OTHER_WAY}")
        self._length = shape[1]
        self._normalisation, self._keep_aspect = normalisation, keep_aspect

    @property
    def embedding_size(self) -> int:
        """The length of an embedding."""
        return self._length

    @property
    def digest(self) -> str:
        """The hex SHA-256 of the file and the settings."""
        return self._network.digest(
            normalisation=self._normalisation, keep_aspect=self._keep_aspect
        )

    def embed(
        self, picture: Picture, boxes_xyxy: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float32]:
        """Return L2-normalised embeddings (N, D) of boxes (N, 4); see ``Extractor``."""
        from mot_bench.models.crops import CropShape, crops_of

        if not len(boxes_xyxy):
            return np.empty((0, self._length), np.float32)
        crops = crops_of(picture, boxes_xyxy, CropShape(*self._size, self._keep_aspect)).numpy()
        crops = (crops + 1) * np.float32(0.5)
        if self._normalisation == "imagenet":
            crops = (crops - MEAN) / DEVIATION
        elif self._normalisation == "none":
            crops = crops * np.float32(255)
        parts = [
            self._network.run(crops[start : start + BATCH]) for start in range(0, len(crops), BATCH)
        ]
        features = np.concatenate(parts).reshape(len(crops), self._length)
        lengths = np.linalg.norm(features, axis=1, keepdims=True)
        embeddings: npt.NDArray[np.float32] = (features / np.maximum(lengths, 1e-12)).astype(
            np.float32
        )
        return embeddings
