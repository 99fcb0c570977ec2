"""FairMOT's losses, and ways to balance detection against ReID.

Source: FairMOT, arXiv 2004.01888, section 4.2 to 4.3 (equations 1 to 5 and 8); focal loss on heat
maps from CornerNet, arXiv 1808.01244, equation 1; learned balance by homoscedastic uncertainty from
Kendall et al., arXiv 1705.07115.

Unlike FairMOT, the classifier may be a memory of the mean feature of each identity
(``LossConfig.classifier``): the online instance matching of Xiao et al., CVPR 2017, arXiv
1604.01850, section 3.3, made for person search, which also detects and recognises in one network.
Its queue of people without identity is left out, because they have no ReID loss here.

Known differences from the official code: a batch without identities has an identity loss of 0,
where the official loss is 0/0 (NaN); fixed weights multiply, where the official ``id_weight`` only
switches the loss on; and the classifier and the balance belong to this module and so to its
checkpoints, where the official code loses them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mot_bench.models.fairmot import Readings
from mot_bench.models.targets import NO_IDENTITY, Targets

Mode = Literal["learned", "frozen", "fixed"]
Classifier = Literal["linear", "memory"]

NEGATIVE_TOTAL = (
    "the total is negative, which is normal: the learned balance adds s_det + s_id, logarithms of "
    "the uncertainty of both tasks, which fall below 0 as the tasks get better"
)


def negative_total(terms: Mapping[str, float]) -> str:
    """Explain a negative total at the end of a training; return an empty text otherwise.

    The balance explains a negative total only if there was a loss: a network trained on pictures
    without people has none.
    """
    if terms.get("total", 0.0) >= 0:
        return ""
    if terms.get("size", 0.0) <= 0 and terms.get("offset", 0.0) <= 0:
        return (
            "the total is negative, and the last batches contained no boxes: the network saw no "
            "people to learn from"
        )
    return NEGATIVE_TOTAL


@dataclass(frozen=True)
class Balance:
    """The balance between detection and ReID.

    Attributes:
        mode: ``learned``: total = (exp(-s_det) L_det + exp(-s_id) L_id + s_det + s_id) / 2 with
            learned s; ``frozen``: the same with s at its start value; ``fixed``: total =
            detection_weight L_det + reid_weight L_id.
        detection_weight, reid_weight: weights of ``fixed``; 0 leaves a task out.
        detection_start, reid_start: start values of s_det and s_id (-1.85 and -1.05 in the official
            code).
        pace: factor on the learning rate of s (1 in the official code, whose rate is 1e-4). At
            rates that train a network in minutes, s would settle before the losses have fallen.
    """

    mode: Mode = "learned"
    detection_weight: float = 1.0
    reid_weight: float = 1.0
    detection_start: float = -1.85
    reid_start: float = -1.05
    pace: float = 1.0


@dataclass(frozen=True)
class LossConfig:
    """The weights within detection, the balance, and the classifier.

    Attributes:
        heat_weight, size_weight, offset_weight: factors of the terms of detection (1, 0.1 and 1 in
            the official code).
        balance: the balance between detection and ReID.
        classifier: ``linear``: FairMOT's, learned by gradient like everything else; ``memory``: the
            row of each identity is the running mean of its normalised features, which is useful
            after only a few sightings.
        temperature: for ``memory``: cosine similarities are divided by it (0.1 in its paper).
        memory_momentum: for ``memory``: weight of the past in a row (0.5 in its paper).
        frozen_classifier: whether the ReID classifier keeps its random start values, as in the
            official code of mid-2020.
    """

    heat_weight: float = 1.0
    size_weight: float = 0.1
    offset_weight: float = 1.0
    balance: Balance = Balance()
    classifier: Classifier = "linear"
    temperature: float = 0.05
    memory_momentum: float = 0.5
    frozen_classifier: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for settings that do not fit together."""
        if not (self.temperature > 0 and 0 <= self.memory_momentum < 1):
            raise ValueError(
                "loss: expected temperature above 0 and memory_momentum from 0 to below 1, "
                f"found {self.temperature} and {self.memory_momentum}"
            )
        if self.frozen_classifier and self.classifier != "linear":
            raise ValueError(
                f"loss: expected frozen_classifier with classifier linear, found {self.classifier}"
            )


@dataclass(frozen=True)
class LossTerms:
    """The total loss, its terms, and the effective weights of detection and ReID in it."""

    total: Tensor
    heat: Tensor
    size: Tensor
    offset: Tensor
    detection: Tensor
    reid: Tensor
    detection_weight: Tensor
    reid_weight: Tensor

    def explanation(self) -> str:
        """Explain why a total is negative; return an empty text if it is not."""
        if self.total.item() >= 0:
            return ""
        detection, reid = self.detection.item(), self.reid.item()
        return f"{NEGATIVE_TOTAL} (detection loss {detection:.3f}, ReID loss {reid:.3f})"


def heat_loss(logits_B1hw: Tensor, target_B1hw: Tensor) -> Tensor:
    """Return the penalty-reduced focal loss (alpha 2, beta 4) divided by the number of centres.

    Without centres the divisor is 1.
    """
    probability = torch.sigmoid(logits_B1hw).clamp(1e-4, 1 - 1e-4)
    centre = target_B1hw == 1
    at_centres = torch.log(probability) * (1 - probability) ** 2
    elsewhere = torch.log(1 - probability) * probability**2 * (1 - target_B1hw) ** 4
    total: Tensor = -torch.where(centre, at_centres, elsewhere).sum()
    return total / centre.sum().clamp(min=1)


def box_loss(read_BKc: Tensor, target_BKc: Tensor, targets: Targets) -> Tensor:
    """Return the L1 loss at the centres, the mean over boxes and channels; 0 without boxes."""
    difference = (read_BKc - target_BKc).abs()
    there = targets.there_BK[..., None].expand_as(difference)
    total: Tensor = (difference * there).sum()
    return total / (there.sum() + 1e-4)


def embedding_scale(identities: int) -> float:
    """Return the length to which FairMOT scales features: it grows with the number of people."""
    return math.sqrt(2) * math.log(max(identities - 1, 2))


class LinearClassifier(nn.Linear):
    """FairMOT's classifier: a linear layer on features scaled to FairMOT's length."""

    def __init__(self, embedding_size: int, identities: int) -> None:
        """Create a classifier of features of this size over this number of people."""
        super().__init__(embedding_size, identities)
        self.scale = embedding_scale(identities)

    def loss(self, features_ND: Tensor, identities_N: Tensor) -> Tensor:
        """Return the mean cross-entropy of normalised features."""
        return F.cross_entropy(self(self.scale * features_ND), identities_N)


class MemoryClassifier(nn.Module):
    """Online instance matching: cosine similarity to the running mean of each identity's features.

    See ``LossConfig``.
    """

    memory: Tensor

    def __init__(
        self, embedding_size: int, identities: int, temperature: float, momentum: float
    ) -> None:
        """Create a memory whose rows are 0, and so similar to nobody, until a person is seen."""
        super().__init__()
        self.temperature, self.momentum = temperature, momentum
        self.register_buffer("memory", torch.zeros(identities, embedding_size))

    def loss(self, features_ND: Tensor, identities_N: Tensor) -> Tensor:
        """Return the mean cross-entropy of normalised features against the memory.

        In training the features enter the memory afterwards.
        """
        features_ND = features_ND.float()
        as_it_was = (
            self.memory.clone()
        )  # which gradients are taken from, after the memory has changed
        loss = F.cross_entropy(features_ND @ as_it_was.T / self.temperature, identities_N)
        if self.training:
            self._remember(features_ND.detach(), identities_N)
        return loss

    def _remember(self, features_ND: Tensor, identities_N: Tensor) -> None:
        """Add features to the memory; those of one person enter as their normalised sum."""
        seen, places = torch.unique(identities_N, return_inverse=True)
        sums = features_ND.new_zeros(len(seen), features_ND.shape[1]).index_add_(
            0, places, features_ND
        )
        blended = self.momentum * self.memory[seen] + (1 - self.momentum) * F.normalize(
            sums, dim=-1
        )
        self.memory[seen] = F.normalize(blended, dim=-1)


def _classifier(
    config: LossConfig, embedding_size: int, identities: int
) -> LinearClassifier | MemoryClassifier:
    if config.classifier == "memory":
        return MemoryClassifier(
            embedding_size, identities, config.temperature, config.memory_momentum
        )
    return LinearClassifier(embedding_size, identities).requires_grad_(not config.frozen_classifier)


class FairMotLoss(nn.Module):
    """The loss of a network, with the ReID classifier and the balance that are trained with it."""

    def __init__(self, config: LossConfig, embedding_size: int, identities: int) -> None:
        """Create a loss.

        Args:
            config: weights and balance.
            embedding_size: embedding size of the network; 0 without ReID.
            identities: number of people in the training data.
        """
        super().__init__()
        self.config = config
        balance = config.balance
        learned = balance.mode == "learned"
        # Learned divided by their pace: Adam's steps are of one length, and so count the less.
        self.s_det = nn.Parameter(
            torch.tensor(balance.detection_start / balance.pace), requires_grad=learned
        )
        self.s_id = nn.Parameter(
            torch.tensor(balance.reid_start / balance.pace), requires_grad=learned
        )
        self.classifier = (
            _classifier(config, embedding_size, max(identities, 1)) if embedding_size else None
        )

    def forward(self, readings: Readings, targets: Targets) -> LossTerms:
        """Return the losses of a batch, given the outputs at the centres ``targets.place_BK``."""
        config = self.config
        heat = heat_loss(readings.heat_B1hw, targets.heat_B1hw)
        size = box_loss(readings.size_BKc, targets.size_BKC, targets)
        offset = box_loss(readings.offset_BK2, targets.offset_BK2, targets)
        detection = (
            config.heat_weight * heat + config.size_weight * size + config.offset_weight * offset
        )
        reid = self.reid_loss(readings, targets)
        total, detection_weight, reid_weight = self._balanced(detection, reid)
        return LossTerms(total, heat, size, offset, detection, reid, detection_weight, reid_weight)

    def reid_loss(self, readings: Readings, targets: Targets) -> Tensor:
        """Return the cross-entropy over identities of the embeddings at the centres; 0 without any.

        The embeddings are normalised and scaled.
        """
        if self.classifier is None or readings.embedding_BKD is None:
            return readings.heat_B1hw.new_zeros(())
        known = targets.there_BK & (targets.identity_BK != NO_IDENTITY)
        features = readings.embedding_BKD[known]
        if not len(features):
            return readings.embedding_BKD.sum() * 0.0
        return self.classifier.loss(F.normalize(features, dim=-1), targets.identity_BK[known])

    def _balanced(self, detection: Tensor, reid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the total, and the weights of both tasks in it.

        Without a ReID branch its terms are left out.
        """
        balance = self.config.balance
        if balance.mode == "fixed":
            weights = detection.new_tensor([balance.detection_weight, balance.reid_weight])
            return weights[0] * detection + weights[1] * reid, weights[0], weights[1]
        s_det, s_id = balance.pace * self.s_det, balance.pace * self.s_id
        detection_weight, reid_weight = 0.5 * torch.exp(-s_det), 0.5 * torch.exp(-s_id)
        total = detection_weight * detection + 0.5 * s_det
        if self.classifier is None:
            return total, detection_weight.detach(), torch.zeros_like(reid_weight)
        total = total + reid_weight * reid + 0.5 * s_id
        return total, detection_weight.detach(), reid_weight.detach()
