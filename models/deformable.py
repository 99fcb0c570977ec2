"""Modulated deformable convolution (DCNv2) in pure torch.

Source: Zhu et al., "Deformable ConvNets v2", CVPR 2019, arXiv 1811.11168, section 3.2. Nothing is compiled: FairMOT's
users fail to build its operator more often than at anything else.

Shapes: B batch, C input channels, O output channels, K taps of the kernel (9), H and W of the output.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def deformable_conv2d(
    x_BCHW: Tensor, offset_B2KHW: Tensor, mask_BKHW: Tensor, weight_OCkk: Tensor, bias_O: Tensor | None, padding: int
) -> Tensor:
    """Convolution of stride 1 whose taps are shifted and weighed at every place.

    Tap k of a place reads the input, bilinearly, at the place + the tap's own position + its offset; outside the
    picture the input is zero.

    Args:
        x_BCHW: input.
        offset_B2KHW: offsets in pixels, (dy, dx) of tap 0, (dy, dx) of tap 1, and so on; taps row by row.
        mask_BKHW: weight of each tap, 0 to 1.
        weight_OCkk: kernel, square.
        bias_O: or None.
        padding: zeros around the input, pixels.

    Returns:
        (B, O, H, W).
    """
    operator = _torchvision_operator() if x_BCHW.is_cuda else None
    if operator is not None:
        result: Tensor = operator(x_BCHW, offset_B2KHW, weight_OCkk, bias_O, padding=padding, mask=mask_BKHW)
        return result
    batch, channels, height_in, width_in = x_BCHW.shape
    out_channels, _, size, _ = weight_OCkk.shape
    taps = size * size
    height, width = offset_B2KHW.shape[2:]
    grid = _sampling_grid(offset_B2KHW, size, padding, height_in, width_in)
    samples = F.grid_sample(x_BCHW, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    samples_BCKP = samples.view(batch, channels, taps, height * width) * mask_BKHW.view(batch, 1, taps, height * width)
    columns = samples_BCKP.view(batch, channels * taps, height * width)
    flat = torch.matmul(weight_OCkk.reshape(out_channels, channels * taps), columns)
    out_BOHW = flat.view(batch, out_channels, height, width)
    return out_BOHW if bias_O is None else out_BOHW + bias_O.view(1, -1, 1, 1)


def _sampling_grid(offset_B2KHW: Tensor, size: int, padding: int, height_in: int, width_in: int) -> Tensor:
    """(B, K * H, W, 2) positions (x, y) as ``grid_sample`` wants them, -1 to 1 over the picture's outer edges."""
    batch, _, height, width = offset_B2KHW.shape
    kind: dict[str, Any] = {"dtype": offset_B2KHW.dtype, "device": offset_B2KHW.device}
    offset = offset_B2KHW.view(batch, size * size, 2, height, width)
    tap = torch.arange(size, **kind) - padding
    y = offset[:, :, 0] + torch.arange(height, **kind).view(1, 1, -1, 1) + tap.repeat_interleave(size).view(1, -1, 1, 1)
    x = offset[:, :, 1] + torch.arange(width, **kind).view(1, 1, 1, -1) + tap.repeat(size).view(1, -1, 1, 1)
    grid = torch.stack(((2 * x + 1) / width_in - 1, (2 * y + 1) / height_in - 1), dim=-1)
    return grid.view(batch, size * size * height, width, 2)


@functools.cache
def _torchvision_operator() -> Callable[..., Tensor] | None:
    """The operator of torchvision, where it is installed and loads; asked for on CUDA alone."""
    try:
        operations = importlib.import_module("torchvision.ops")
    except (ImportError, RuntimeError):
        return None
    operator: Callable[..., Tensor] = operations.deform_conv2d
    return operator


class DeformableConv2d(nn.Module):
    """A 3x3 DCNv2 layer that predicts its own offsets and masks.

    Parameters have the names of the official layer (``weight``, ``bias``, ``conv_offset_mask``), so that its
    checkpoints load. The predicting convolution starts at zero: no offsets, every mask 0.5.
    """

    def __init__(self, in_channels: int, out_channels: int, size: int = 3) -> None:
        """A layer with a square kernel of odd size."""
        super().__init__()
        self.padding = size // 2
        taps = size * size
        self.taps = taps
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, size, size))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.conv_offset_mask = nn.Conv2d(in_channels, 3 * taps, size, padding=self.padding)
        bound = (in_channels * taps) ** -0.5
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.zeros_(self.conv_offset_mask.weight)
        assert self.conv_offset_mask.bias is not None
        nn.init.zeros_(self.conv_offset_mask.bias)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to (B, O, H, W)."""
        predicted = self.conv_offset_mask(x_BCHW)
        offset, mask = predicted[:, : 2 * self.taps], predicted[:, 2 * self.taps :]
        return deformable_conv2d(x_BCHW, offset, torch.sigmoid(mask), self.weight, self.bias, self.padding)
