"""DLA-34 with the up-sampling of CenterNet: FairMOT's default network.

Source: Yu et al., "Deep Layer Aggregation", CVPR 2018, arXiv 1707.06484, sections 3 and 4 and
figure 3 (DLA-34); Zhou et al., "Objects as Points", arXiv 1904.07850, figure 6d, for deformable
blocks in the upward path.

Module names follow the official checkpoints, which brings an oddity with it: the outer ``project``
of the two-level trees (level3, level4) exists but is never used, because the inner tree makes its
own shortcut. Its parameters get no gradient.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from mot_bench.models.blocks import (
    BasicBlock,
    DeformableBlock,
    batch_norm,
    bilinear_upsampling,
    conv_bn,
)

Stem = Literal["full", "fast"]

_CHANNELS = (16, 32, 64, 128, 256, 512)
_DEPTHS = (1, 1, 1, 2, 2, 1)


class _Root(nn.Module):
    """The root of a tree: a 1x1 convolution over all its nodes."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.bn = batch_norm(out_channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, nodes: list[Tensor]) -> Tensor:
        result: Tensor = self.relu(self.bn(self.conv(torch.cat(nodes, dim=1))))
        return result


class _Tree(nn.Module):
    """Hierarchical aggregation (section 3.2): two sub-trees or blocks, and a root over both."""

    def __init__(
        self,
        depth: int,
        in_channels: int,
        out_channels: int,
        stride: int,
        *,
        level_root: bool,
        root_extra: int = 0,
    ) -> None:
        super().__init__()
        joined = root_extra + 2 * out_channels + (in_channels if level_root else 0)
        self.depth, self.level_root = depth, level_root
        self.tree1: nn.Module
        self.tree2: nn.Module
        if depth == 1:
            self.tree1 = BasicBlock(in_channels, out_channels, stride)
            self.tree2 = BasicBlock(out_channels, out_channels)
            self.root = _Root(joined, out_channels)
        else:
            self.tree1 = _Tree(depth - 1, in_channels, out_channels, stride, level_root=False)
            extra = joined - out_channels
            self.tree2 = _Tree(
                depth - 1, out_channels, out_channels, 1, level_root=False, root_extra=extra
            )
        self.downsample = nn.MaxPool2d(stride, stride=stride) if stride > 1 else None
        self.project = (
            conv_bn(in_channels, out_channels, 1) if in_channels != out_channels else None
        )

    def forward(self, x_BCHW: Tensor, children: list[Tensor] | None = None) -> Tensor:
        children = [] if children is None else children
        bottom = x_BCHW if self.downsample is None else self.downsample(x_BCHW)
        if self.level_root:
            children.append(bottom)
        if self.depth == 1:
            shortcut = bottom if self.project is None else self.project(bottom)
            first = self.tree1(x_BCHW, shortcut)
            result: Tensor = self.root([self.tree2(first), first, *children])
            return result
        first = self.tree1(x_BCHW)
        children.append(first)
        aggregated: Tensor = self.tree2(first, children)
        return aggregated


class Dla34Base(nn.Module):
    """The trunk of DLA-34: six maps at strides 1 to 32.

    With the fast stem the first two maps are one map at stride 2.
    """

    def __init__(self, channels: tuple[int, ...], stem: Stem) -> None:
        """Create a trunk.

        Args:
            channels: channels of the six levels.
            stem: ``full`` as published; ``fast`` begins with a 5x5 convolution of stride 2 in place
                of the levels at full and half resolution, for training on a CPU.
        """
        super().__init__()
        self.stem = stem
        if stem == "full":
            self.base_layer = conv_bn(3, channels[0], 7, relu=True)
            self.level0 = conv_bn(channels[0], channels[0], 3, relu=True)
            self.level1 = conv_bn(channels[0], channels[1], 3, 2, relu=True)
        else:
            self.base_layer = conv_bn(3, channels[1], 5, 2, relu=True)
        for level in range(2, 6):
            tree = _Tree(
                _DEPTHS[level], channels[level - 1], channels[level], 2, level_root=level > 2
            )
            self.add_module(f"level{level}", tree)

    def forward(self, x_B3HW: Tensor) -> list[Tensor]:
        """Return the maps at strides 4, 8, 16 and 32."""
        x = self.base_layer(x_B3HW)
        if self.stem == "full":
            x = self.level1(self.level0(x))
        maps = []
        for level in range(2, 6):
            x = getattr(self, f"level{level}")(x)
            maps.append(x)
        return maps


class _IterativeUp(nn.Module):
    """Iterative aggregation (section 3.1): each map is up-sampled and added to its predecessor."""

    def __init__(
        self, out_channels: int, in_channels: list[int], factors: list[int], *, deformable: bool
    ) -> None:
        super().__init__()
        self.steps = len(in_channels) - 1
        for step in range(1, len(in_channels)):
            factor = factors[step]
            up = bilinear_upsampling(
                out_channels, factor, kernel=2 * factor, padding=factor // 2, groups=out_channels
            )
            self.add_module(
                f"proj_{step}",
                DeformableBlock(in_channels[step], out_channels, deformable=deformable),
            )
            self.add_module(f"up_{step}", up)
            self.add_module(
                f"node_{step}", DeformableBlock(out_channels, out_channels, deformable=deformable)
            )

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Return the maps, finest first; all but the first are sums at its resolution."""
        out = [maps[0]]
        for step in range(1, self.steps + 1):
            raised = getattr(self, f"up_{step}")(getattr(self, f"proj_{step}")(maps[step]))
            out.append(getattr(self, f"node_{step}")(raised + out[-1]))
        return out


class _DlaUp(nn.Module):
    """The upward path: it aggregates ever more maps, from the coarsest one to finer ones."""

    def __init__(self, channels: list[int], *, deformable: bool) -> None:
        super().__init__()
        count = len(channels)
        in_channels = list(channels)
        for index in range(count - 1):
            finest = count - 2 - index
            up = _IterativeUp(
                channels[finest],
                in_channels[finest:],
                [1] + [2] * (count - 1 - finest),
                deformable=deformable,
            )
            self.add_module(f"ida_{index}", up)
            in_channels[finest + 1 :] = [channels[finest]] * (count - 1 - finest)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Return the aggregated maps, finest first, one for each resolution."""
        maps = list(maps)
        out = [maps[-1]]
        for index in range(len(maps) - 1):
            finest = len(maps) - 2 - index
            maps[finest:] = getattr(self, f"ida_{index}")(maps[finest:])
            out.insert(0, maps[-1])
        return out


class Dla34(nn.Module):
    """DLA-34 from a picture to one map at stride 4.

    Attributes:
        out_channels: number of channels of the map; 64 at full width.
    """

    def __init__(self, *, width: float = 1.0, deformable: bool = True, stem: Stem = "full") -> None:
        """Create a network.

        Args:
            width: factor on all numbers of channels; 1 is the published network.
            deformable: whether the convolutions of the upward path are deformable, as published.
            stem: see ``Dla34Base``.
        """
        super().__init__()
        channels = tuple(max(1, round(width * count)) for count in _CHANNELS)
        self.out_channels = channels[2]
        self.base = Dla34Base(channels, stem)
        self.dla_up = _DlaUp(list(channels[2:]), deformable=deformable)
        self.ida_up = _IterativeUp(
            channels[2], list(channels[2:5]), [1, 2, 4], deformable=deformable
        )

    def forward(self, x_B3HW: Tensor) -> Tensor:
        """Map (B, 3, H, W), sides multiples of 32, to (B, out_channels, H / 4, W / 4)."""
        maps = self.dla_up(self.base(x_B3HW))
        aggregated: list[Tensor] = self.ida_up(maps[:3])
        return aggregated[-1]
