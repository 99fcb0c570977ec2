"""Separate ReID networks: their structure, and the embeddings that they compute."""

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
    """The structure of a ReID network. The published ones are ``DEEPSORT`` and ``OSNET_X0_25``.

    Attributes:
        architecture: ``wide_residual`` (DeepSORT's) or ``osnet``.
        factor: factor on the channels.
        embedding_size: length of an embedding.
        height: height of a crop, in pixels.
        width: width of a crop, in pixels.
        dropout: fraction that is dropped in training.
        keep_aspect: whether boxes are extended to the aspect ratio of the crop, as DeepSORT does,
            instead of stretched.
    """

    architecture: ReidArchitecture = "wide_residual"
    factor: float = 1.0
    embedding_size: int = 128
    height: int = 128
    width: int = 64
    dropout: float = 0.4
    keep_aspect: bool = True

    def __post_init__(self) -> None:
        """Check the values, because the manifest of an unknown checkpoint may hold anything."""
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
                f"ReID network: expected sizes of 1 to {MOST_SIZE} and a factor of at most "
                f"{MOST_FACTOR}, found {self!s:.200}"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"ReID network: expected a dropout of 0 to 1, found {self!s:.200}")

    @property
    def crop(self) -> CropShape:
        """The shape of the crops that the network takes."""
        return CropShape(self.height, self.width, self.keep_aspect)


DEEPSORT = ReidConfig()
OSNET_X0_25 = ReidConfig("osnet", 0.25, 512, 256, 128, dropout=0.0, keep_aspect=False)


def make_reid(config: ReidConfig) -> nn.Module:
    """Return the network that a config describes, with random weights from torch's generator.

    It maps crops (B, 3, h, w), RGB in -1..1, to features (B, D), which are not normalised.
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
    """Return a copy in evaluation mode, with batch norm folded into the layer right before it.

    The layer right before is found in the traced data flow, whatever the names of the layers. Batch
    norm stays if something else uses the output of that layer too.
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
    """Return the layer that a step of a traced network applies; None if the step is no layer."""
    return traced.get_submodule(str(node.target)) if node.op == "call_module" else None


def embed(network: nn.Module, crops_N3hw: Tensor) -> npt.NDArray[np.float32]:
    """Return L2-normalised embeddings (N, D) of crops, computed in batches of at most ``BATCH``.

    A feature of zeros stays zero.

    Args:
        network: a network in evaluation mode.
        crops_N3hw: RGB in -1..1, on the device of the network.
    """
    with torch.inference_mode():
        parts = [F.normalize(network(part)) for part in torch.split(crops_N3hw, BATCH)]
        embeddings: npt.NDArray[np.float32] = torch.cat(parts).float().cpu().numpy()
    return embeddings
