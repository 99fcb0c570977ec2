"""Inference with a FairMOT network: folded batch norm, letterboxed pictures, boxes in pixels.

Source: FairMOT, arXiv 2004.01888, section 4.4: peaks of the heat map, their boxes, and the ReID
features at the peaks.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mot_bench.models.augment import letterbox, letterbox_geometry
from mot_bench.models.deformable import DeformableConv2d
from mot_bench.models.fairmot import STRIDE, FairMotNetwork
from mot_bench.models.fairmot_task import to_unit
from mot_bench.models.samples import Picture
from mot_bench.models.targets import Found, decode, peaks

_CONVOLUTIONS = (nn.Conv2d, DeformableConv2d)
_FOLDABLE = (*_CONVOLUTIONS, nn.ConvTranspose2d)


@dataclass(frozen=True)
class DetectConfig:
    """The use of a network.

    Attributes:
        height, width: size of the network's input in pixels, multiples of 32.
        most: largest number of detections in a picture, best first (the paper's AP uses 128).
        min_score: detections must score more than this.
        half: whether to use half precision, on CUDA only.
    """

    height: int
    width: int
    most: int = 128
    min_score: float = 0.02
    half: bool = False


class PictureDetector:
    """Detects people in pictures and computes their embeddings."""

    def __init__(self, network: FairMotNetwork, config: DetectConfig, device: str = "cpu") -> None:
        """Prepare a copy of the network for inference."""
        self.config, self.device = config, device
        self.network = folded(network).to(device)
        for parameter in self.network.parameters():
            if parameter.dim() == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        if config.half:
            self.network.half()

    def detect(self, pictures: Sequence[Picture]) -> list[Found]:
        """Return the detections of pictures (H, W, 3) uint8 RGB of one size, in their pixels."""
        if not len(pictures):
            return []
        rows, columns = pictures[0].shape[:2]
        return self.look(self.shown(pictures), columns, rows)[0]

    def shown(self, pictures: Sequence[Picture]) -> npt.NDArray[np.uint8]:
        """Return letterboxed pictures (B, height, width, 3) uint8, the input of the network."""
        return shown(pictures, self.config.height, self.config.width)

    @torch.no_grad()
    def look(
        self,
        shown_BHW3: npt.NDArray[np.uint8],
        width: int,
        height: int,
        boxes_xyxy: Sequence[npt.NDArray[np.float64]] | None = None,
    ) -> tuple[list[Found], list[npt.NDArray[np.float32]]]:
        """Return the detections of letterboxed pictures, and embeddings of given boxes.

        Args:
            shown_BHW3: the result of ``shown``.
            width: width of the original pictures, in pixels.
            height: height of the original pictures, in pixels.
            boxes_xyxy: for each picture (N, 4) in pixels of the original; None for no such
                embeddings.

        Returns:
            Detections with boxes in pixels of the original; and for each picture (N, D) normalised
            embeddings (an empty list without ``boxes_xyxy`` or without a ReID branch).
        """
        config = self.config
        scale, dx, dy = letterbox_geometry(width, height, config.width, config.height)
        batch = to_unit(torch.from_numpy(np.array(shown_BHW3)).permute(0, 3, 1, 2).to(self.device))
        features = self.network.trunk(batch.half() if config.half else batch)
        heat = self.network.hm(features)
        scores, places = peaks(heat, config.most)
        shift = torch.tensor([dx, dy, dx, dy], dtype=torch.float64)
        found = [
            Found(
                _upright((f.boxes_xyxy.double().cpu() - shift) / scale),
                f.scores.float().cpu(),
                None if f.embeddings_ND is None else f.embeddings_ND.float().cpu(),
            )
            for f in decode(
                self.network.read(features, heat, places),
                scores,
                places,
                min_score=config.min_score,
            )
        ]
        if boxes_xyxy is None or self.network.id is None:
            return found, []
        h, w = heat.shape[2:]
        looked = []
        for index, boxes in enumerate(boxes_xyxy):
            placed = _centres(
                torch.from_numpy(np.asarray(boxes, np.float64)) * scale + shift, h, w
            ).to(self.device)
            embedding = self.network.read(
                features[index : index + 1], heat, placed[None]
            ).embedding_BKD
            assert embedding is not None
            looked.append(F.normalize(embedding[0], dim=-1).float().cpu().numpy())
        return found, looked


def shown(pictures: Sequence[Picture], height: int, width: int) -> npt.NDArray[np.uint8]:
    """Letterbox pictures (h, w, 3) to (B, height, width, 3)."""
    nothing = np.empty((0, 4), np.float32)
    return np.stack([letterbox(picture, nothing, height, width).picture for picture in pictures])


def _upright(boxes_xyxy: Tensor) -> Tensor:
    """Return boxes with sides of at least 0.01 pixels; a weak network may predict less."""
    low = boxes_xyxy[:, :2]
    return torch.cat((low, torch.maximum(boxes_xyxy[:, 2:], low + 0.01)), dim=1)


def _centres(boxes_xyxy: Tensor, h: int, w: int) -> Tensor:
    """Return (N,) positions y * w + x of the centres of boxes in a map of h by w.

    The boxes are in pixels of the network's input.
    """
    x, y = ((boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2 / STRIDE).floor().long().unbind(1)
    return y.clamp(0, h - 1) * w + x.clamp(0, w - 1)


def folded(network: FairMotNetwork) -> FairMotNetwork:
    """Return an equivalent copy in evaluation mode, with batch norm folded into convolutions."""
    result = copy.deepcopy(network).eval()
    done = set()
    for module in list(result.modules()):
        for convolution, norm in _pairs(module):
            _fold(convolution, norm)
            done.add(norm)
    for module in list(result.modules()):
        for name, child in list(module.named_children()):
            if child in done:
                setattr(module, name, nn.Identity())
    return result.requires_grad_(False)


def _pairs(module: nn.Module) -> list[tuple[nn.Module, nn.BatchNorm2d]]:
    """Yield the convolutions among the children of a module, each with the batch norm after it.

    Pairs are found by the names of the official checkpoints: ``conv`` and ``bn``, ``conv1`` and
    ``bn1``, neighbours in a sequence, and the ``actf`` of an up-sampling block.
    """
    children = dict(module.named_children())
    pairs: list[tuple[nn.Module | None, nn.Module | None]] = []
    if isinstance(module, nn.Sequential):
        for name, child in children.items():
            after = children.get(str(int(name) + 1)) if name.isdigit() else None
            pairs.append((child, after))
    for number in ("", "1", "2", "3"):
        pairs.append((children.get(f"conv{number}"), children.get(f"bn{number}")))
    if "actf" in children:
        pairs.append((children["conv"], children["actf"].get_submodule("0")))
    return [(c, n) for c, n in pairs if isinstance(c, _FOLDABLE) and isinstance(n, nn.BatchNorm2d)]


def _fold(convolution: nn.Module, norm: nn.BatchNorm2d) -> None:
    """Scale and shift the output of the convolution as the batch norm would."""
    assert isinstance(convolution, _FOLDABLE)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    bias = torch.zeros_like(norm.bias) if convolution.bias is None else convolution.bias
    per_output = (
        factor[None, :, None, None]
        if isinstance(convolution, nn.ConvTranspose2d)
        else factor[:, None, None, None]
    )
    convolution.weight = nn.Parameter(convolution.weight * per_output)
    convolution.bias = nn.Parameter((bias - norm.running_mean) * factor + norm.bias)


def multiply_adds(network: nn.Module, height: int, width: int) -> int:
    """Return the multiply-adds of all convolutions for one picture, without deformable sampling.

    FairMOT's heads count as they are used: the head of the heat map everywhere, the others at the
    positions of ``DetectConfig.most`` detections. The official code, and therefore published
    figures, evaluate all four everywhere.
    """
    if not isinstance(network, FairMotNetwork):
        return _multiply_adds(network, height, width)
    heads = [head for head in (network.wh, network.reg, network.id) if head is not None]
    at_a_place = sum(
        layer.weight.numel() for head in heads for layer in head if isinstance(layer, nn.Conv2d)
    )
    everywhere = _multiply_adds(nn.Sequential(network.trunk, network.hm), height, width)
    return everywhere + DetectConfig.most * at_a_place


def _multiply_adds(network: nn.Module, height: int, width: int) -> int:
    total = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.ConvTranspose2d):
            total += inputs[0].numel() * module.weight[0].numel()
        elif isinstance(module, _CONVOLUTIONS):
            total += output.numel() * module.weight[0].numel()

    hooks = [
        m.register_forward_hook(count)
        for m in network.modules()
        if isinstance(m, (*_CONVOLUTIONS, nn.ConvTranspose2d))
    ]
    training = network.training
    parameter = next(network.parameters())
    with torch.no_grad():
        network.eval()(
            torch.zeros(1, 3, height, width, device=parameter.device, dtype=parameter.dtype)
        )
    network.train(training)
    for hook in hooks:
        hook.remove()
    return total
