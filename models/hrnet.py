"""HRNetV2: parallel branches at four resolutions that exchange features and join at stride 4.

Source: Wang et al., "Deep High-Resolution Representation Learning for Visual Recognition", arXiv
1908.07919, section 3 and figure 2; the V2 head (figure 4b) without its 1x1 convolution, as in
FairMOT: the four maps are up-sampled bilinearly and concatenated. Module names follow the official
checkpoints.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mot_bench.models.blocks import BasicBlock, Bottleneck, batch_norm, conv_bn, residual_layer

_BLOCKS = 4
_MODULES = {2: 1, 3: 4, 4: 3}


class _Exchange(nn.Module):
    """A module: residual blocks on each branch, then every branch gets the resampled sum of all."""

    def __init__(self, channels: list[int]) -> None:
        super().__init__()
        count = len(channels)
        self.branches = nn.ModuleList(
            residual_layer(BasicBlock, width, width, _BLOCKS) for width in channels
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_resample(channels, source, target) for source in range(count))
            for target in range(count)
        )
        self.relu = nn.ReLU(inplace=False)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        maps = [branch(x) for branch, x in zip(self.branches, maps, strict=True)]
        fused = []
        for layers in self.fuse_layers:
            terms = [layer(x) for layer, x in zip(cast("nn.ModuleList", layers), maps, strict=True)]
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            fused.append(self.relu(total))
        return fused


def _resample(channels: list[int], source: int, target: int) -> nn.Module:
    """Return the connection of two branches: 1x1 and up-sampling, or strided 3x3 convolutions."""
    if source == target:
        return nn.Identity()
    if source > target:
        up = nn.Upsample(scale_factor=float(2 ** (source - target)), mode="nearest")
        return nn.Sequential(*conv_bn(channels[source], channels[target], 1), up)
    steps = target - source
    return nn.Sequential(
        *(
            conv_bn(channels[source], channels[target if last else source], 3, 2, relu=not last)
            for last in (step == steps - 1 for step in range(steps))
        )
    )


class HrNet(nn.Module):
    """HRNetV2 from a picture to one map at stride 4.

    Attributes:
        out_channels: number of channels of the map: 270 at width 18, 480 at width 32.
    """

    def __init__(self, width: int, *, stem_channels: int = 64) -> None:
        """Create a network.

        Args:
            width: channels of the finest branch (W18, W32); each coarser branch has twice as many.
            stem_channels: channels of the two strided convolutions at the front and of the
                bottlenecks of the first stage; 64 as published, fewer for training on a CPU.
        """
        super().__init__()
        channels = [width * 2**branch for branch in range(4)]
        self.out_channels = sum(channels)
        self.conv1 = nn.Conv2d(3, stem_channels, 3, stride=2, padding=1, bias=False)
        self.bn1 = batch_norm(stem_channels)
        self.conv2 = nn.Conv2d(stem_channels, stem_channels, 3, stride=2, padding=1, bias=False)
        self.bn2 = batch_norm(stem_channels)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = residual_layer(Bottleneck, stem_channels, stem_channels, _BLOCKS)
        first = stem_channels * Bottleneck.expansion
        self.transition1 = nn.ModuleList(
            [
                conv_bn(first, channels[0], 3, relu=True),
                nn.Sequential(conv_bn(first, channels[1], 3, 2, relu=True)),
            ]
        )
        for stage in (2, 3, 4):
            exchanges = nn.ModuleList(_Exchange(channels[:stage]) for _ in range(_MODULES[stage]))
            self.add_module(f"stage{stage}", exchanges)
            if stage < 4:
                kept: list[nn.Module] = [nn.Identity() for _ in range(stage)]
                new = nn.Sequential(conv_bn(channels[stage - 1], channels[stage], 3, 2, relu=True))
                self.add_module(f"transition{stage}", nn.ModuleList([*kept, new]))

    def forward(self, x_B3HW: Tensor) -> Tensor:
        """Map (B, 3, H, W), sides multiples of 32, to (B, out_channels, H / 4, W / 4)."""
        x = self.relu(self.bn1(self.conv1(x_B3HW)))
        x = self.layer1(self.relu(self.bn2(self.conv2(x))))
        maps = [layer(x) for layer in self.transition1]
        for stage in (2, 3, 4):
            for exchange in cast("nn.ModuleList", getattr(self, f"stage{stage}")):
                maps = exchange(maps)
            if stage < 4:
                new = cast("nn.ModuleList", getattr(self, f"transition{stage}"))[-1]
                maps.append(new(maps[-1]))
        size = maps[0].shape[2:]
        raised = [maps[0]]
        raised += [
            F.interpolate(x, size=size, mode="bilinear", align_corners=False) for x in maps[1:]
        ]
        return torch.cat(raised, dim=1)
