"""OSNet: features of all scales for person re-identification.

Source: Zhou et al., "Omni-Scale Feature Learning for Person Re-Identification", ICCV 2019, arXiv
1905.00953: lite 3x3 convolution (section 3.1), omni-scale block with four streams and the unified
aggregation gate (3.2), the network (3.3 and table 1). The factors 1, 0.75, 0.5 and 0.25 on the
channels are the paper's (section 4.1).

The parameters are named as in the authors' published weights, which therefore load unchanged.
Weights start as in He et al., arXiv 1502.01852, with fan out, as in the authors' code.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

CHANNELS = (64, 256, 384, 512)
BLOCKS = 2
REDUCTION = 4  # of the channels within a block
GATE_REDUCTION = 16
STREAMS = 4


class ConvNorm(nn.Module):
    """A convolution without bias, batch norm and, except in the linear version, ReLU."""

    def __init__(
        self,
        in_channels: int,
        channels: int,
        size: int = 1,
        *,
        stride: int = 1,
        padding: int = 0,
        relu: bool = True,
    ) -> None:
        """Create a layer."""
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, channels, size, stride=stride, padding=padding, bias=False
        )
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True) if relu else nn.Identity()

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Apply the layer."""
        result: Tensor = self.relu(self.bn(self.conv(x_BCHW)))
        return result


class LiteConv(nn.Module):
    """Lite 3x3: a pointwise convolution, then a depthwise one, batch norm and ReLU."""

    def __init__(self, channels: int) -> None:
        """Create a layer that keeps the number of channels."""
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Apply the layer."""
        result: Tensor = self.relu(self.bn(self.conv2(self.conv1(x_BCHW))))
        return result


class AggregationGate(nn.Module):
    """A gate that weights the channels of a stream by the content of the whole stream.

    All streams of a block share one gate.
    """

    def __init__(self, channels: int) -> None:
        """Create a gate."""
        super().__init__()
        hidden = max(1, channels // GATE_REDUCTION)
        self.global_avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, hidden, 1)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(hidden, channels, 1)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return the weighted stream."""
        weights = torch.sigmoid(self.fc2(self.relu(self.fc1(self.global_avgpool(x_BCHW)))))
        return x_BCHW * weights


class OmniScaleBlock(nn.Module):
    """An omni-scale block: four streams of one to four lite convolutions, and a shortcut.

    The streams are gated and added between 1x1 convolutions.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        """Create a block."""
        super().__init__()
        middle = max(1, channels // REDUCTION)
        self.conv1 = ConvNorm(in_channels, middle)
        self.conv2a = LiteConv(middle)
        self.conv2b = nn.Sequential(*(LiteConv(middle) for _ in range(2)))
        self.conv2c = nn.Sequential(*(LiteConv(middle) for _ in range(3)))
        self.conv2d = nn.Sequential(*(LiteConv(middle) for _ in range(STREAMS)))
        self.gate = AggregationGate(middle)
        self.conv3 = ConvNorm(middle, channels, relu=False)
        self.downsample = (
            None if in_channels == channels else ConvNorm(in_channels, channels, relu=False)
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Apply the block."""
        shortcut = x_BCHW if self.downsample is None else self.downsample(x_BCHW)
        inner = self.conv1(x_BCHW)
        streams = (self.conv2a, self.conv2b, self.conv2c, self.conv2d)
        gated: Tensor = self.gate(streams[0](inner))
        for stream in streams[1:]:
            gated = gated + self.gate(stream(inner))
        return torch.relu(self.conv3(gated) + shortcut)


class OsNet(nn.Module):
    """OSNet: a 7x7 convolution, three stages of two omni-scale blocks, pooling and a layer."""

    def __init__(
        self, *, factor: float = 0.25, embedding_size: int = 512, dropout: float = 0.0
    ) -> None:
        """Create a network for crops of any size (256x128 as published).

        Args:
            factor: factor on all numbers of channels; 1, 0.75, 0.5 and 0.25 are published.
            embedding_size: length of the feature (512 as published).
            dropout: fraction of the feature that is dropped in training (0 as published).
        """
        super().__init__()
        first, second, third, last = (max(1, round(factor * channels)) for channels in CHANNELS)
        self.embedding_size = embedding_size
        self.conv1 = ConvNorm(3, first, 7, stride=2, padding=3)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.conv2 = _stage(first, second, halve=True)
        self.conv3 = _stage(second, third, halve=True)
        self.conv4 = _stage(third, last, halve=False)
        self.conv5 = ConvNorm(last, last)
        self.global_avgpool = nn.AdaptiveAvgPool2d(1)
        layers: list[nn.Module] = [
            nn.Linear(last, embedding_size),
            nn.BatchNorm1d(embedding_size),
            nn.ReLU(),
        ]
        self.fc = nn.Sequential(*layers, *([nn.Dropout(dropout)] if dropout else []))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.bias)

    def forward(self, crops_B3HW: Tensor) -> Tensor:
        """Map crops (B, 3, H, W) to features (B, D), which are at least 0 and not normalised."""
        maps = self.maxpool(self.conv1(crops_B3HW))
        maps = self.conv5(self.conv4(self.conv3(self.conv2(maps))))
        features: Tensor = self.fc(self.global_avgpool(maps).flatten(1))
        return features


def _stage(in_channels: int, channels: int, *, halve: bool) -> nn.Sequential:
    blocks = [
        OmniScaleBlock(in_channels if index == 0 else channels, channels) for index in range(BLOCKS)
    ]
    if not halve:
        return nn.Sequential(*blocks)
    return nn.Sequential(
        *blocks, nn.Sequential(ConvNorm(channels, channels), nn.AvgPool2d(2, stride=2))
    )
