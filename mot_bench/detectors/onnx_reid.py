"""Separate ReID networks in ONNX files, such as OSNet's."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from mot_bench.detectors.onnx_session import OnnxNetwork
from mot_bench.detectors.types import Picture
from mot_bench.errors import InputError

Normalisation = Literal["imagenet", "unit", "none"]
# ImageNet's mean and standard deviation, fractions of RGB: nearly every published ReID network has them.
MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]
BATCH = 64


class OnnxExtractor:
    """A ReID network from an ONNX file: one input (batch, 3, height, width), RGB, one output (batch, D).

    Boxes are stretched to the network's input, unless ``keep_aspect``; what lies outside the picture is grey.
    """

    def __init__(self, path: Path, *, normalisation: Normalisation = "imagenet", keep_aspect: bool = False) -> None:
        """Open a file.

        Args:
            path: of the file.
            normalisation: of the pictures: ``imagenet`` mean and deviation (what torchreid, FastReID's exports and
                most others want), ``unit``: 0..1, ``none``: 0..255.
            keep_aspect: boxes are first widened to the input's aspect ratio, as DeepSORT does.

        Raises:
            InputError: the file is missing, broken, or no network of this kind.
            MotBenchError: onnxruntime is not installed.
        """
        self._network = network = OnnxNetwork(path)
        if network.height is None or network.width is None:
            raise InputError(path, "an input of fixed height and width", "one of free size")
        if len(network.output) != 2 or network.output[1] is None:
            raise InputError(path, "an output of shape (batch, length of the embedding)", network.found)
        self._size = (network.height, network.width)
        self._length = network.output[1]
        self._normalisation, self._keep_aspect = normalisation, keep_aspect

    @property
    def embedding_size(self) -> int:
        """Length of an embedding."""
        return self._length

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the file and the settings."""
        return self._network.digest(normalisation=self._normalisation, keep_aspect=self._keep_aspect)

    def embed(self, picture: Picture, boxes_xyxy: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """L2-normalised embeddings (N, D) of boxes (N, 4); see ``Extractor``."""
        from models.crops import CropShape, crops_of

        if not len(boxes_xyxy):
            return np.empty((0, self._length), np.float32)
        crops = crops_of(picture, boxes_xyxy, CropShape(*self._size, self._keep_aspect)).numpy()
        crops = (crops + 1) * np.float32(0.5)
        if self._normalisation == "imagenet":
            crops = (crops - MEAN) / DEVIATION
        elif self._normalisation == "none":
            crops = crops * np.float32(255)
        parts = [self._network.run(crops[start : start + BATCH]) for start in range(0, len(crops), BATCH)]
        features = np.concatenate(parts)
        lengths = np.linalg.norm(features, axis=1, keepdims=True)
        embeddings: npt.NDArray[np.float32] = (features / np.maximum(lengths, 1e-12)).astype(np.float32)
        return embeddings
