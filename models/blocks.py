"""Building blocks that several architectures share, named as in the official checkpoints.

Source: ResNet, arXiv 1512.03385, section 3.3; deep layer aggregation, arXiv 1707.06484, section 4;
CenterNet, arXiv 1904.07850, section 5, for the deformable block.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mot_bench.models.deformable import DeformableConv2d

BN_MOMENTUM = 0.1


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Return a batch norm with the momentum of all official models."""
    return nn.BatchNorm2d(channels, momentum=BN_MOMENTUM)


def conv_bn(
    in_channels: int, out_channels: int, size: int, stride: int = 1, *, relu: bool = False
) -> nn.Sequential:
    """Return a convolution without bias, a batch norm and, if requested, a ReLU."""
    layers: list[nn.Module] = [
        nn.Conv2d(in_channels, out_channels, size, stride=stride, padding=size // 2, bias=False),
        batch_norm(out_channels),
    ]
    if relu:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut, which the caller may pass in, as DLA's trees do."""

    expansion = 1

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, downsample: nn.Module | None = None
    ) -> None:
        """Create a block; ``downsample`` fits the shortcut if the caller does not pass one in."""
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = batch_norm(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = batch_norm(channels)
        self.downsample = downsample

    def forward(self, x_BCHW: Tensor, shortcut_BCHW: Tensor | None = None) -> Tensor:
        """Apply the block."""
        if shortcut_BCHW is None:
            shortcut_BCHW = x_BCHW if self.downsample is None else self.downsample(x_BCHW)
        out = self.relu(self.bn1(self.conv1(x_BCHW)))
        out = self.bn2(self.conv2(out))
        result: Tensor = self.relu(out + shortcut_BCHW)
        return result


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions and a shortcut; the output has four times as many channels."""

    expansion = 4

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, downsample: nn.Module | None = None
    ) -> None:
        """Create a block; ``downsample`` fits the shortcut."""
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = batch_norm(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn2 = batch_norm(channels)
        self.conv3 = nn.Conv2d(channels, channels * self.expansion, 1, bias=False)
        self.bn3 = batch_norm(channels * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Apply the block."""
        shortcut = x_BCHW if self.downsample is None else self.downsample(x_BCHW)
        out = self.relu(self.bn1(self.conv1(x_BCHW)))
        out = self.relu(self.bn2(self.conv2(out)))
        result: Tensor = self.relu(self.bn3(self.conv3(out)) + shortcut)
        return result


Block = type[BasicBlock] | type[Bottleneck]


def residual_layer(
    block: Block, in_channels: int, channels: int, count: int, stride: int = 1
) -> nn.Sequential:
    """Return residual blocks in sequence; the first one strides and fits its shortcut."""
    out_channels = channels * block.expansion
    downsample = None
    if stride != 1 or in_channels != out_channels:
        downsample = conv_bn(in_channels, out_channels, 1, stride)
    layers: list[nn.Module] = [block(in_channels, channels, stride, downsample)]
    layers += [block(out_channels, channels) for _ in range(1, count)]
    return nn.Sequential(*layers)


class DeformableBlock(nn.Module):
    """CenterNet's up-sampling block: a 3x3 convolution, batch norm and ReLU.

    The convolution is deformable, or plain for the ablation. Only the deformable convolution has a
    bias, as in the official networks (pose_dla_dcn.py, pose_dla_conv.py).
    """

    def __init__(self, in_channels: int, out_channels: int, *, deformable: bool) -> None:
        """Create a block."""
        super().__init__()
        self.actf = nn.Sequential(batch_norm(out_channels), nn.ReLU(inplace=True))
        self.conv: nn.Module = (
            DeformableConv2d(in_channels, out_channels)
            if deformable
            else nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Apply the block."""
        result: Tensor = self.actf(self.conv(x_BCHW))
        return result


def bilinear_upsampling(
    channels: int, factor: int, *, kernel: int, padding: int, groups: int
) -> nn.ConvTranspose2d:
    """Return a transposed convolution that starts as bilinear up-sampling of each channel."""
    layer = nn.ConvTranspose2d(
        channels, channels, kernel, stride=factor, padding=padding, groups=groups, bias=False
    )
    half = (kernel + 1) // 2
    centre = (2 * half - 1 - half % 2) / (2.0 * half)
    ramp = 1 - (torch.arange(kernel) / half - centre).abs()
    with torch.no_grad():
        layer.weight.zero_()
        for channel in range(channels):
            layer.weight[channel, 0 if groups == channels else channel] = torch.outer(ramp, ramp)
    return layer
