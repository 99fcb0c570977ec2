"""Separate ReID networks: what they are made of, and embeddings out of them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.fx import GraphModule, Node, symbolic_trace
from torch.nn import functional as F
from torch.nn.utils import fuse_conv_bn_eval, fuse_linear_bn_eval

from mot_bench.models.crops import CropShape
from mot_bench.models.osnet import OsNet
from mot_bench.models.wide_residual import WideResidualNetwork

ReidArchitecture = Literal["wide_residual", "osnet"]

BATCH = 64
MOST_SIZE, MOST_FACTOR = 4096, 4.0  # pixels and features; of any network that is worth its memory


@dataclass(frozen=True)
class ReidConfig:
    """What a ReID network is made of. The published ones are ``DEEPSORT`` and ``OSNET_X0_25``.

    Attributes:
        architecture: ``wide_residual`` (DeepSORT's) or ``osnet``.
        factor: on the channels.
        embedding_size: length of an embedding.
        height: of a crop, in pixels.
        width: of a crop, in pixels.
        dropout: share that is dropped in training.
        keep_aspect: boxes are widened to the crop's aspect ratio, as DeepSORT does, and not
            stretched.
    """

    architecture: ReidArchitecture = "wide_residual"
    factor: float = 1.0
    embedding_size: int = 128
    height: int = 128
    width: int = 64
    dropout: float = 0.4
    keep_aspect: bool = True

    def __post_init__(self) -> None:
        """Check the values: a manifest of a stranger may hold any."""
        sizes = (self.embedding_size, self.height, self.width)
        if self.architecture not in get_args(ReidArchitecture) or not all(
            type(size) is int for size in sizes
        ):
            raise ValueError(
                f"ReID network: expected a known architecture and whole sizes, found {self!s:.200}"
            )
        if not all(isinstance(number, int | float) for number in (self.factor, self.dropout)):
            raise ValueError(
                f"ReID network: expected numbers as factor and dropout, found {self!s:.200}"
            )
        if not 1 <= min(sizes) <= max(sizes) <= MOST_SIZE or not 0 < self.factor <= MOST_FACTOR:
            raise ValueError(
                f"ReID network: expected sizes of 1 to {MOST_SIZE} and a factor of at most {MOST_FACTOR}, "
                f"found {self!s:.200}"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"ReID network: expected a dropout of 0 to 1, found {self!s:.200}")

    @property
    def crop(self) -> CropShape:
        """The crops that it takes."""
        return CropShape(self.height, self.width, self.keep_aspect)


DEEPSORT = ReidConfig()
OSNET_X0_25 = ReidConfig("osnet", 0.25, 512, 256, 128, dropout=0.0, keep_aspect=False)


def make_reid(config: ReidConfig) -> nn.Module:
    """The network that a config names, with fresh weights (torch's generator decides them).

    Crops (B, 3, h, w), RGB in -1..1, to features (B, D), not normalised.
    """
    if config.architecture == "osnet":
        return OsNet(
            factor=config.factor, embedding_size=config.embedding_size, dropout=config.dropout
        )
    return WideResidualNetwork(
        height=config.height,
        width=config.width,
        factor=config.factor,
        embedding_size=config.embedding_size,
        dropout=config.dropout,
    )


def for_inference(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode: batch norm right after a convolution or a linear layer becomes part of it.

    Which layer comes right before is read off the traced data flow, whatever the layers are called.
    Batch norm stays where something else takes that layer's output too.
    """
    traced = symbolic_trace(copy.deepcopy(network).eval())
    for node in list(traced.graph.nodes):
        norm = _layer(traced, node)
        if not isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d) or norm.running_mean is None:
            continue
        (before,) = node.all_input_nodes
        layer = _layer(traced, before)
        if len(before.users) > 1 or not isinstance(layer, nn.Conv2d | nn.Linear):
            continue
        folded = (
            fuse_conv_bn_eval(layer, norm)
            if isinstance(layer, nn.Conv2d)
            else fuse_linear_bn_eval(layer, norm)
        )
        parent, _, name = str(before.target).rpartition(".")
        setattr(traced.get_submodule(parent), name, folded)
        node.replace_all_uses_with(before)
        traced.graph.erase_node(node)
    traced.delete_all_unused_submodules()
    traced.recompile()
    return traced.requires_grad_(False)


def _layer(traced: GraphModule, node: Node) -> nn.Module | None:
    """The layer that a step of a traced network applies; None where the step is something else."""
    return traced.get_submodule(str(node.target)) if node.op == "call_module" else None


def embed(network: nn.Module, crops_N3hw: Tensor) -> npt.NDArray[np.float32]:
    """L2-normalised embeddings (N, D) of crops, at most ``BATCH`` at once.

    A feature of zeros stays zeros.

    Args:
        network: in evaluation mode, of an ``embedding_size``...
        crops_N3hw: RGB in -1..1, on the network's device.
    """
    with torch.inference_mode():
        parts = [F.normalize(network(part)) for part in torch.split(crops_N3hw, BATCH)]
        embeddings: npt.NDArray[np.float32] = torch.cat(parts).float().cpu().numpy()
    return embeddings
