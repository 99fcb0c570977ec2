"""Separate ReID networks that this harness has trained."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mot_bench.detectors.interface import Picture
from mot_bench.errors import MotBenchError

if TYPE_CHECKING:
    from torch import Tensor

    from mot_bench.models.reid import ReidConfig


class TrainedExtractor:
    """A ReID network of ``mot_bench.models.reid`` with its weights, batch norm folded."""

    def __init__(
        self, config: ReidConfig, weights: dict[str, Tensor], *, device: str = "cpu"
    ) -> None:
        """Create the network.

        Args:
            config: the structure of the network.
            weights: its state by name.
            device: a device name of torch's.

        Raises:
            MotBenchError: the weights belong to another network.
        """
        import torch

        from mot_bench.models.reid import for_inference, make_reid

        network = make_reid(config)
        try:
            network.load_state_dict(weights)
        except RuntimeError as error:
            found = " ".join(str(error).split())
            raise MotBenchError(
                f"ReID network: expected weights of {config}, found others: {found}"
            ) from error
        self._config, self._device = config, device
        folded = for_inference(network)
        self._network = folded.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        content = hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode())
        for name in sorted(weights):
            content.update(name.encode())
            content.update(weights[name].detach().cpu().contiguous().numpy().tobytes())
        self._digest = content.hexdigest()

    @property
    def embedding_size(self) -> int:
        """The length of an embedding."""
        return self._config.embedding_size

    @property
    def digest(self) -> str:
        """The hex SHA-256 of the weights and the structure of the network."""
        return self._digest

    def embed(
        self, picture: Picture, boxes_xyxy: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float32]:
        """Return L2-normalised embeddings (N, D) of boxes (N, 4); see ``Extractor``."""
        import torch

        from mot_bench.models.crops import crops_of
        from mot_bench.models.reid import embed

        if not len(boxes_xyxy):
            return np.empty((0, self.embedding_size), np.float32)
        crops = crops_of(picture, boxes_xyxy, self._config.crop)
        return embed(self._network, crops.to(self._device, memory_format=torch.channels_last))
