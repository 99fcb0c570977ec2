"""DeepSORT's small wide residual network, from a crop to one appearance feature.

Source: Wojke et al., "Simple Online and Realtime Tracking with a Deep Association Metric", ICIP
2017, arXiv 1703.07402, table 1; Wojke and Bewley, "Deep Cosine Metric Learning", WACV 2018, arXiv
1812.00442, section 4. Pre-activation blocks with dropout between their convolutions are those of
wide residual networks, arXiv 1605.07146.

Known differences: batch norm has a scale as well as an offset, where TensorFlow-Slim, which the
authors used, has only the offset by default; the max pool pads, as the paper's table has it, where
the authors' code does not; and the channels can be scaled and the crop may have any size.
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from mot_bench.models.blocks import batch_norm

STAGES = (32, 64, 128)
STEM_CHANNELS = 32


class PreActivationBlock(nn.Module):
    """Batch norm, ELU and two 3x3 convolutions, with batch norm, ELU, dropout and a shortcut."""

    def __init__(
        self, in_channels: int, channels: int, *, dropout: float, first: bool = False
    ) -> None:
        """Create a block; one that widens also halves the map.

        The first block of a network has no batch norm and ELU at its beginning.
        """
        super().__init__()
        stride = 1 if in_channels == channels else 2
        self.before = nn.Identity() if first else nn.Sequential(batch_norm(in_channels), nn.ELU())
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = batch_norm(channels)
        self.elu = nn.ELU()
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.project = (
            nn.Identity()
            if stride == 1
            else nn.Conv2d(in_channels, channels, 1, stride=2, bias=False)
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Apply the block."""
        out = self.elu(self.bn1(self.conv1(self.before(x_BCHW))))
        out = self.conv2(self.dropout(out))
        result: Tensor = out + self.project(x_BCHW)
        return result


class WideResidualNetwork(nn.Module):
    """Two convolutions, a max pool, six blocks, a fully connected layer and a batch norm."""

    def __init__(
        self,
        *,
        height: int = 128,
        width: int = 64,
        factor: float = 1.0,
        embedding_size: int = 128,
        dropout: float = 0.4,
    ) -> None:
        """Create a network for crops of one size.

        Args:
            height: height of the crop in pixels (128 as published).
            width: width of the crop in pixels (64 as published).
            factor: factor on all numbers of channels; 1 is the published network.
            embedding_size: length of the feature (128 as published).
            dropout: fraction that is dropped in the blocks and before the fully connected layer
                (0.4 as published).
        """
        super().__init__()
        stem, *stages = (max(1, round(factor * channels)) for channels in (STEM_CHANNELS, *STAGES))
        self.embedding_size = embedding_size
        self.stem = nn.Sequential(
            *_conv(3, stem),
            *_conv(stem, stem),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        blocks: list[nn.Module] = []
        channels = stem
        for stage in stages:
            blocks.append(PreActivationBlock(channels, stage, dropout=dropout, first=not blocks))
            blocks.append(PreActivationBlock(stage, stage, dropout=dropout))
            channels = stage
        self.blocks = nn.Sequential(*blocks)
        # Three halvings: the max pool and two of the three stages.
        map_size = math.ceil(height / 8) * math.ceil(width / 8)
        self.embed = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(channels * map_size, embedding_size, bias=False),
            nn.BatchNorm1d(embedding_size),
            nn.ELU(),
        )
        self.ball = nn.BatchNorm1d(embedding_size, affine=False)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu")

    def forward(self, crops_B3HW: Tensor) -> Tensor:
        """Map crops (B, 3, height, width) to features (B, D), which are not normalised."""
        features: Tensor = self.ball(self.embed(self.blocks(self.stem(crops_B3HW))))
        return features


def _conv(in_channels: int, channels: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(in_channels, channels, 3, padding=1, bias=False),
        batch_norm(channels),
        nn.ELU(),
    )
