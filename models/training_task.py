"""The interface between the training loop and what it trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from torch import Tensor, nn

Batch = tuple[Tensor, ...]


class Task(Protocol):
    """A network with a loss, and the batches that it is trained on."""

    @property
    def network(self) -> nn.Module:
        """The network that training produces."""
        ...

    @property
    def head(self) -> nn.Module:
        """The modules that are trained too but serve only training: classifier, loss weights."""
        ...

    @property
    def about(self) -> Mapping[str, Any]:
        """The description of the network and its training in checkpoints, as JSON."""
        ...

    def weights(self) -> dict[str, Tensor]:
        """Return the state of the network under the names that checkpoints use."""
        ...

    def load_weights(self, weights: dict[str, Tensor]) -> None:
        """Load a state that ``weights`` returned."""
        ...

    def batch(self, step: int) -> Batch:
        """Return the batch of a step: CPU tensors that depend only on the number of the step."""
        ...

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch on the network's device, and named terms to log."""
        ...
