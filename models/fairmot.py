"""FairMOT's network: a trunk to stride 4, and four heads on its one map.

Source: Zhang et al., "FairMOT", IJCV 2021, arXiv 2004.01888, section 4.1 to 4.3: detection (heat
map, box size, centre offset) and ReID have equal rank on one feature map. Pictures are RGB in 0..1:
FairMOT does not normalise them further.

The parameters are named as in the official checkpoints (``hm``, ``wh``, ``id``, ``reg``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mot_bench.models.dla import Dla34, Stem
from mot_bench.models.hrnet import HrNet
from mot_bench.models.resnet import ResNet

Architecture = Literal[
    "dla34", "dla34_plain", "hrnet_w18", "hrnet_w32", "resnet34", "resnet50", "resnet34_fpn"
]

STRIDE = 4
MOST_WIDTH, MOST_CHANNELS = 2.0, 4096  # the limits of networks that are worth their memory
HEAT_BIAS = (
    -2.19
)  # the sigmoid is 0.1, as few positions are centres (focal loss, arXiv 1708.02002, section 4.1)


@dataclass(frozen=True)
class NetworkConfig:
    """The structure of a network.

    Attributes:
        architecture: the trunk.
        width: factor on the channels of the trunk; 1 is the published network. Only DLA and HRNet
            have slim versions.
        stem: the first layers of DLA, ``full`` as published or ``fast``.
        head_channels: channels of the 3x3 convolution of each head (256 as published).
        embedding_size: size of the ReID feature (128 as published); 0 for a network without ReID.
        ltrb: whether the box size is predicted as distances to left, top, right and bottom (4
            channels, as published), or as width and height (2 channels).

    Raises:
        ValueError: a value has the wrong type, or no network can have it.
    """

    architecture: Architecture = "dla34"
    width: float = 1.0
    stem: Stem = "full"
    head_channels: int = 256
    embedding_size: int = 128
    ltrb: bool = True

    def __post_init__(self) -> None:
        """Check the values, because the manifest of an unknown checkpoint may hold anything."""
        _check_choice("architecture", self.architecture, get_args(Architecture))
        _check_choice("stem", self.stem, get_args(Stem))
        _check_choice("ltrb", self.ltrb, (True, False))
        _check_number("width", self.width, 1e-3, MOST_WIDTH)
        _check_number("head_channels", self.head_channels, 1, MOST_CHANNELS, whole=True)
        _check_number("embedding_size", self.embedding_size, 0, MOST_CHANNELS, whole=True)


def _check_choice(name: str, value: object, known: tuple[object, ...]) -> None:
    if not isinstance(value, str | bool) or value not in known:
        raise ValueError(
            f"{name}: expected one of {', '.join(map(str, known))}, found {value!r:.60}"
        )


def _check_number(
    name: str, value: object, least: float, most: float, *, whole: bool = False
) -> None:
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
        what = "a whole number" if whole else "a number"
        raise ValueError(f"{name}: expected {what} of {least:g} to {most:g}, found {value!r:.60}")


@dataclass(frozen=True)
class Maps:
    """The outputs of the network for a batch; h and w are a quarter of the size of the picture.

    Attributes:
        heat_B1hw: logits of the centres.
        size_Bchw: c = 4 distances to the sides of the box, or 2 for width and height, in pixels of
            this map.
        offset_B2hw: x and y of the centre within its pixel.
        embedding_BDhw: ReID features, not normalised; None without ReID.
    """

    heat_B1hw: Tensor
    size_Bchw: Tensor
    offset_B2hw: Tensor
    embedding_BDhw: Tensor | None

    def at(self, place_BK: Tensor) -> Readings:
        """Return the outputs at the positions y * w + x."""
        embedding = None if self.embedding_BDhw is None else _gather(self.embedding_BDhw, place_BK)
        size, offset = _gather(self.size_Bchw, place_BK), _gather(self.offset_B2hw, place_BK)
        return Readings(self.heat_B1hw, size, offset, embedding)


@dataclass(frozen=True)
class Readings:
    """The outputs of the network at K positions of each picture.

    The heat map is complete, because every position of it counts.

    Attributes:
        heat_B1hw: logits of the centres.
        size_BKc, offset_BK2, embedding_BKD: as in ``Maps``, at the positions.
    """

    heat_B1hw: Tensor
    size_BKc: Tensor
    offset_BK2: Tensor
    embedding_BKD: Tensor | None


class FairMotNetwork(nn.Module):
    """A trunk and the heads.

    The parameters of the trunk stand beside those of the heads, as in official checkpoints.
    """

    def __init__(self, config: NetworkConfig) -> None:
        """Create a network with random weights, drawn from torch's generator."""
        super().__init__()
        self.config = config
        trunk = make_trunk(config)
        channels, head = trunk.out_channels, config.head_channels
        self.trunk = trunk
        self.hm = _head(channels, head, 1, bias=HEAT_BIAS)
        self.wh = _head(channels, head, 4 if config.ltrb else 2)
        self.id = _head(channels, head, config.embedding_size) if config.embedding_size else None
        self.reg = _head(channels, head, 2)

    def forward(self, x_B3HW: Tensor) -> Maps:
        """Map pictures (B, 3, H, W), RGB in 0..1 with sides that are multiples of 32, to full maps.

        This is the interface of the published network; training and detection use the faster
        ``read``.
        """
        features = self.trunk(x_B3HW)
        embedding = None if self.id is None else self.id(features)
        return Maps(self.hm(features), self.wh(features), self.reg(features), embedding)

    def read(self, features_BChw: Tensor, heat_B1hw: Tensor, place_BK: Tensor) -> Readings:
        """Evaluate the heads for size, offset and ReID only at the positions y * w + x.

        The result is that of ``forward(x).at(place_BK)``. A picture has about ten people and
        thousands of positions, and nothing else of these maps is ever used, so that the three heads
        cost almost nothing.

        Args:
            features_BChw: ``trunk`` of the pictures.
            heat_B1hw: ``hm`` of these features.
            place_BK: int64.
        """
        around = _around(features_BChw, place_BK)
        embedding = None if self.id is None else _apply_head(self.id, around)
        return Readings(
            heat_B1hw, _apply_head(self.wh, around), _apply_head(self.reg, around), embedding
        )

    def official_state(self) -> dict[str, Tensor]:
        """Return parameters and buffers under the names of official checkpoints."""
        return {name.removeprefix("trunk."): tensor for name, tensor in self.state_dict().items()}

    def load_official_state(self, state: dict[str, Tensor]) -> tuple[list[str], list[str]]:
        """Load parameters under the names of official checkpoints; their shapes must fit.

        Returns:
            The names that are missing in ``state``, and the names in it that this network does not
            have.
        """
        own = self.state_dict().keys()
        renamed = {
            name if name in own else f"trunk.{name}": tensor for name, tensor in state.items()
        }
        result = self.load_state_dict(renamed, strict=False)
        missing, unexpected = result.missing_keys, result.unexpected_keys
        return [name.removeprefix("trunk.") for name in missing], [
            name.removeprefix("trunk.") for name in unexpected
        ]


def make_trunk(config: NetworkConfig) -> Dla34 | HrNet | ResNet:
    """Return the trunk that a config names.

    Raises:
        ValueError: the architecture has no slim version.
    """
    name, width = config.architecture, config.width
    if name in ("dla34", "dla34_plain"):
        return Dla34(width=width, deformable=name == "dla34", stem=config.stem)
    if config.stem != "full":
        raise ValueError(f"stem: expected full for {name}, found {config.stem}")
    if name in ("hrnet_w18", "hrnet_w32"):
        branch = 18 if name == "hrnet_w18" else 32
        return HrNet(max(1, round(width * branch)), stem_channels=max(1, round(width * 64)))
    if width != 1.0:
        raise ValueError(f"width: expected 1 for {name}, found {width}")
    return ResNet(50 if name == "resnet50" else 34, pyramid=name == "resnet34_fpn")


def _head(
    in_channels: int, channels: int, out_channels: int, *, bias: float = 0.0
) -> nn.Sequential:
    """Return a head: a 3x3 convolution, ReLU and a 1x1 convolution.

    Weights start at torch's defaults and biases at 0, as in the official DLA-34. The official HRNet
    and ResNet start with weights of 0.001, which wastes the first epochs when training from
    scratch.
    """
    first = nn.Conv2d(in_channels, channels, 3, padding=1)
    last = nn.Conv2d(channels, out_channels, 1)
    assert first.bias is not None
    assert last.bias is not None
    nn.init.zeros_(first.bias)
    nn.init.constant_(last.bias, bias)
    return nn.Sequential(first, nn.ReLU(inplace=True), last)


def _gather(map_Bchw: Tensor, place_BK: Tensor) -> Tensor:
    """Return (B, K, c) values of a map at the positions y * w + x."""
    flat = map_Bchw.flatten(2)
    return flat.gather(2, place_BK[:, None].expand(-1, flat.shape[1], -1)).transpose(1, 2)


def _around(map_BChw: Tensor, place_BK: Tensor) -> Tensor:
    """Return (B, K, 9, C) values at the positions y * w + x and their eight neighbours, row by row.

    Neighbours beyond the border are 0.
    """
    batch, channels, _, w = map_BChw.shape
    padded = F.pad(map_BChw.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1))
    corner = place_BK // w * (w + 2) + place_BK % w
    step = torch.arange(3, device=place_BK.device)
    places = corner[..., None] + (step[:, None] * (w + 2) + step).reshape(-1)
    first = torch.arange(batch, device=place_BK.device)[:, None, None] * (
        padded.shape[1] * padded.shape[2]
    )
    rows = padded.reshape(-1, channels).index_select(0, (places + first).reshape(-1))
    return rows.view(*places.shape, channels)


def _apply_head(head: nn.Sequential, around_BK9C: Tensor) -> Tensor:
    """Return (B, K, c) outputs of a head, given the nine inputs of its 3x3 convolution."""
    first, last = head[0], head[2]
    assert isinstance(first, nn.Conv2d)
    assert isinstance(last, nn.Conv2d)
    hidden = F.linear(
        around_BK9C.flatten(2), first.weight.permute(0, 2, 3, 1).flatten(1), first.bias
    )
    return F.linear(F.relu(hidden), last.weight.flatten(1), last.bias)
