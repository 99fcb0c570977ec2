"""ResNet with deformable up-sampling, and the same as a feature pyramid.

Source: He et al., arXiv 1512.03385, table 1; Zhou et al., "Objects as Points", arXiv 1904.07850,
figure 6c; the pyramid is FairMOT's (arXiv 2004.01888, section 5.3): at each resolution a lateral
deformable block is added, and a smoothing one follows. Module names follow the official
checkpoints.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from mot_bench.models.blocks import (
    BasicBlock,
    Block,
    Bottleneck,
    DeformableBlock,
    batch_norm,
    bilinear_upsampling,
    residual_layer,
)
from mot_bench.models.deformable import DeformableConv2d

_LAYERS: dict[int, tuple[Block, tuple[int, int, int, int]]] = {
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
}
_UP_CHANNELS = (256, 128, 64)


def _raise(in_channels: int, out_channels: int) -> list[nn.Module]:
    """A deformable convolution to the new channels, then up-sampling by two."""
    return [
        DeformableConv2d(in_channels, out_channels),
        batch_norm(out_channels),
        nn.ReLU(inplace=True),
        bilinear_upsampling(out_channels, 2, kernel=4, padding=1, groups=1),
        batch_norm(out_channels),
        nn.ReLU(inplace=True),
    ]


class ResNet(nn.Module):
    """ResNet-34 or ResNet-50 from a picture to one map of 64 channels at stride 4."""

    def __init__(self, depth: Literal[34, 50], *, pyramid: bool = False) -> None:
        """Create a network.

        Args:
            depth: 34 or 50.
            pyramid: whether to add maps of the trunk on the way up (official only for 34).
        """
        super().__init__()
        block, counts = _LAYERS[depth]
        self.out_channels = _UP_CHANNELS[-1]
        self.pyramid = pyramid
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = batch_norm(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = 64
        for index, count in enumerate(counts, start=1):
            width = 32 * 2**index
            layer = residual_layer(block, channels, width, count, 1 if index == 1 else 2)
            self.add_module(f"layer{index}", layer)
            channels = width * block.expansion
        if not pyramid:
            modules: list[nn.Module] = []
            for out_channels in _UP_CHANNELS:
                modules += _raise(channels, out_channels)
                channels = out_channels
            self.deconv_layers = nn.Sequential(*modules)
            return
        for index, out_channels in enumerate(_UP_CHANNELS, start=1):
            self.add_module(f"deconv_layer{index}", nn.Sequential(*_raise(channels, out_channels)))
            self.add_module(
                f"smooth_layer{index}", DeformableBlock(out_channels, out_channels, deformable=True)
            )
            lateral = DeformableBlock(out_channels * block.expansion, out_channels, deformable=True)
            self.add_module(f"project_layer{index}", lateral)
            channels = out_channels

    def forward(self, x_B3HW: Tensor) -> Tensor:
        """Map (B, 3, H, W), with sides that are multiples of 32, to (B, 64, H / 4, W / 4)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x_B3HW))))
        maps = []
        for index in range(1, 5):
            x = getattr(self, f"layer{index}")(x)
            maps.append(x)
        if not self.pyramid:
            raised: Tensor = self.deconv_layers(x)
            return raised
        for index in range(1, 4):
            lateral = getattr(self, f"project_layer{index}")(maps[3 - index])
            x = getattr(self, f"smooth_layer{index}")(
                getattr(self, f"deconv_layer{index}")(x) + lateral
            )
        smoothed: Tensor = x
        return smoothed
