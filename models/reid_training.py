"""Training of a separate ReID network: batches of people, and the loss.

Source: cosine softmax, Wojke and Bewley, "Deep Cosine Metric Learning", WACV 2018, arXiv
1812.00442, equation 7; batches of P people with K crops each and the batch-hard triplet loss with
soft margin, Hermans et al., arXiv 1703.07737, section 2; label smoothing, arXiv 1512.00567, section
7, as OSNet is trained (arXiv 1905.00953).

Known differences: the scale of the cosine softmax starts at FairMOT's embedding scale instead of
near 1, which shortens training; and batches of P people with K crops each are used for cosine
softmax too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mot_bench.models.crops import CropAugmentation, CropSet, augment
from mot_bench.models.losses import embedding_scale
from mot_bench.models.reid import ReidConfig, make_reid
from mot_bench.models.training_task import Batch

Classifier = Literal["cosine", "linear"]
STANDARD = CropAugmentation()


@dataclass(frozen=True)
class ReidLossConfig:
    """The loss of a ReID network, and the composition of batches.

    Attributes:
        classifier: ``cosine``: cosine softmax with a learned scale (DeepSORT's); ``linear``: plain
            softmax (OSNet's).
        label_smoothing: fraction of the target that is spread over all people (0 for DeepSORT's,
            0.1 for OSNet's).
        triplet_weight: weight of the batch-hard triplet loss; 0 switches it off. At a high learning
            rate all features may collapse, so that the term stays at log 2 (0.693), as happened
            with OSNet at 0.01; use a lower rate then.
        people: number of people in a batch.
        crops_each: number of crops of each person.
    """

    classifier: Classifier = "cosine"
    label_smoothing: float = 0.0
    triplet_weight: float = 0.0
    people: int = 16
    crops_each: int = 4

    def __post_init__(self) -> None:
        """Check the values."""
        if (
            not 0 <= self.label_smoothing < 1
            or self.triplet_weight < 0
            or min(self.people, self.crops_each) < 1
        ):
            raise ValueError(
                "ReID loss: expected weights from 0 and at least one crop of one person, "
                f"found {self}"
            )
        if self.people * self.crops_each < 2:
            raise ValueError(
                "ReID loss: expected batches of at least 2 crops, which batch norm needs, found 1"
            )


class ReidLoss(nn.Module):
    """The loss, with the classifier that is trained along with the network."""

    def __init__(self, config: ReidLossConfig, embedding_size: int, people: int) -> None:
        """Create a loss for features of this size over this number of people."""
        super().__init__()
        self.config = config
        self.weight = nn.Parameter(torch.empty(people, embedding_size))
        nn.init.normal_(self.weight, std=0.01 if config.classifier == "linear" else 1.0)
        cosine = config.classifier == "cosine"
        self.scale = nn.Parameter(torch.tensor(embedding_scale(people))) if cosine else None

    def logits(self, features_BD: Tensor) -> Tensor:
        """Return (B, people) logits of features that are not normalised."""
        if self.scale is None:
            return F.linear(features_BD, self.weight)
        return F.softplus(self.scale) * F.linear(F.normalize(features_BD), F.normalize(self.weight))

    def forward(self, features_BD: Tensor, people_B: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total and its terms to log; 0 for an empty batch."""
        if not len(features_BD):
            nothing = features_BD.sum() * 0.0
            return nothing, {"reid": nothing.detach()}
        logits = self.logits(features_BD)
        total = F.cross_entropy(logits, people_B, label_smoothing=self.config.label_smoothing)
        terms = {"reid": total.detach(), "right": (logits.argmax(1) == people_B).float().mean()}
        if self.scale is not None:
            terms["scale"] = F.softplus(self.scale).detach()
        if self.config.triplet_weight:
            triplet = triplet_loss(features_BD, people_B)
            total = total + self.config.triplet_weight * triplet
            terms["triplet"] = triplet.detach()
        return total, terms


def triplet_loss(features_BD: Tensor, people_B: Tensor) -> Tensor:
    """Return the batch-hard triplet loss with soft margin on Euclidean distances.

    It is the mean over anchors, or 0 without any triplet.
    """
    squared = (features_BD[:, None] - features_BD[None]).square().sum(-1)
    distance = squared.clamp(min=1e-12).sqrt()
    same = people_B[:, None] == people_B[None]
    farthest = torch.where(same, distance, 0.0).amax(1)
    nearest = torch.where(same, torch.inf, distance).amin(1)
    anchors = (same.sum(1) > 1) & (~same).any(1)
    if not anchors.any():
        return distance.sum() * 0.0
    return F.softplus(farthest[anchors] - nearest[anchors]).mean()


class ReidTask:
    """The training task of a ReID network.

    Args (of the constructor):
        config: the network; weights start from ``seed``.
        crops: the training data.
        loss: the loss.
        augmentation: the ranges of the random variations.
        seed: seeds weights and batches.
        device: the device of the network.

    Raises:
        ValueError: fewer than two people remain to be told apart, or the crops have another size.
    """

    def __init__(
        self,
        config: ReidConfig,
        crops: CropSet,
        seed: int,
        *,
        loss: ReidLossConfig = ReidLossConfig(),
        augmentation: CropAugmentation = STANDARD,
        device: str = "cpu",
    ) -> None:
        """See the class."""
        if crops.count < 2:
            raise ValueError(
                "ReID training: expected at least 2 people, each seen often enough, "
                f"found {crops.count}; more pictures with identities are needed"
            )
        if crops.shape != config.crop:
            raise ValueError(f"ReID training: expected crops of {config.crop}, found {crops.shape}")
        self._config, self._crops, self._seed = config, crops, seed
        self._loss, self._augmentation = loss, augmentation
        self._first = np.searchsorted(crops.people, np.arange(crops.count + 1))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = make_reid(config)
            head = ReidLoss(loss, config.embedding_size, crops.count)
        # On a CPU channels_last is a quarter to a third faster.
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.head = head.to(device)
        digest = hashlib.sha256(crops.pixels.tobytes())
        digest.update(crops.people.tobytes())
        self._digest = digest.hexdigest()

    @property
    def about(self) -> Mapping[str, Any]:
        """The description in checkpoints: network, loss, augmentation, digest of the crops."""
        return {
            "kind": "reid",
            "network": asdict(self._config),
            "loss": asdict(self._loss),
            "augmentation": asdict(self._augmentation),
            "people": self._crops.count,
            "crops": len(self._crops.people),
            "crops_digest": self._digest,
        }

    def weights(self) -> dict[str, Tensor]:
        """Return the state of the network."""
        return dict(self.network.state_dict())

    def load_weights(self, weights: dict[str, Tensor]) -> None:
        """Load a state that ``weights`` returned."""
        self.network.load_state_dict(weights)

    def batch(self, step: int) -> Batch:
        """Return crops (B, 3, h, w) and people (B,), which depend on seed and step only."""
        generator = np.random.default_rng([self._seed, step])
        wanted, each = self._loss.people, self._loss.crops_each
        people = generator.choice(self._crops.count, min(wanted, self._crops.count), replace=False)
        rows = np.concatenate([self._draw(person, each, generator) for person in people])
        pixels = self._crops.pixels[rows]
        crops = augment(pixels, self._crops.shape, self._augmentation, generator)
        return crops.contiguous(memory_format=torch.channels_last), torch.from_numpy(
            self._crops.people[rows]
        )

    def _draw(
        self, person: int, count: int, generator: np.random.Generator
    ) -> np.ndarray[Any, np.dtype[np.int64]]:
        first, end = int(self._first[person]), int(self._first[person + 1])
        return first + generator.choice(end - first, count, replace=end - first < count)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total and its terms."""
        crops_B3hw, people_B = batch
        total, terms = self.head(self.network(crops_B3hw), people_B)
        return total, terms
