"""Modulated deformable convolution (DCNv2) in pure torch.

Source: Zhu et al., "Deformable ConvNets v2", CVPR 2019, arXiv 1811.11168, section 3.2. Nothing is
compiled, because compiling this operator is the most common obstacle for users of FairMOT.

Shapes: B batch, C input channels, O output channels, K taps of the kernel (9), H and W of the
output.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

_FORWARD_BYTES, _BACKWARD_BYTES = (
    2 << 20,
    4 << 20,
)  # size of the parts in which columns are sampled, so that they fit the cache of a core


def deformable_conv2d(
    x_BCHW: Tensor,
    offset_B2KHW: Tensor,
    mask_BKHW: Tensor,
    weight_OCkk: Tensor,
    bias_O: Tensor | None,
    padding: int,
) -> Tensor:
    """Convolve with stride 1, where each tap is shifted and weighted at every position.

    A tap reads the input, bilinearly, at the output position plus the tap's own position plus its
    offset; outside the picture the input is zero.

    Args:
        x_BCHW: input.
        offset_B2KHW: offsets in pixels, (dy, dx) of tap 0, (dy, dx) of tap 1, and so on; taps row
            by row.
        mask_BKHW: weight of each tap, 0 to 1.
        weight_OCkk: kernel, square.
        bias_O: bias, or None.
        padding: zeros around the input, pixels.

    Returns:
        (B, O, H, W).
    """
    if x_BCHW.is_cuda:
        operator = _torchvision_operator() or _by_grid_sample
        result: Tensor = operator(
            x_BCHW, offset_B2KHW, weight_OCkk, bias_O, padding=padding, mask=mask_BKHW
        )
        return result
    out_BOHW: Tensor = _InCache.apply(x_BCHW, offset_B2KHW, mask_BKHW, weight_OCkk, padding)  # type: ignore[no-untyped-call]
    return out_BOHW if bias_O is None else out_BOHW + bias_O.view(1, -1, 1, 1)


def _by_grid_sample(
    x: Tensor, offset: Tensor, weight: Tensor, bias: Tensor | None, padding: int, mask: Tensor
) -> Tensor:
    """Convolve in one piece: for CUDA without torchvision, where many small operations are slow."""
    batch, channels, height_in, width_in = x.shape
    out_channels, _, size, _ = weight.shape
    height, width = offset.shape[2:]
    grid = _sampling_grid(offset, size, padding, height_in, width_in).flatten(1, 2)
    samples = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    columns = samples.view(batch, channels, size * size, height, width) * mask[:, None]
    out = torch.matmul(weight.flatten(1), columns.flatten(3).flatten(1, 2)).view(
        batch, out_channels, height, width
    )
    return out if bias is None else out + bias.view(1, -1, 1, 1)


def _sampling_grid(
    offset: Tensor, size: int, padding: int, height_in: int, width_in: int
) -> Tensor:
    """Return (B, K, H, W, 2) positions (x, y) for ``grid_sample``: -1..1 spans the picture."""
    batch, _, height, width = offset.shape
    kind: dict[str, Any] = {"dtype": offset.dtype, "device": offset.device}
    by_tap = offset.view(batch, size * size, 2, height, width)
    tap = torch.arange(size, **kind) - padding
    y = torch.arange(height, **kind).view(-1, 1) + tap.repeat_interleave(size).view(-1, 1, 1)
    x = torch.arange(width, **kind) + tap.repeat(size).view(-1, 1, 1)
    grid_x = torch.add((2 * x + 1) / width_in - 1, by_tap[:, :, 1], alpha=2 / width_in)
    grid_y = torch.add((2 * y + 1) / height_in - 1, by_tap[:, :, 0], alpha=2 / height_in)
    return torch.stack((grid_x, grid_y), dim=-1)


@dataclass(frozen=True)
class _Part:
    """Some rows of one sample, or all rows of some samples."""

    samples: slice
    rows: slice


def _parts(x_BCHW: Tensor, mask_BKHW: Tensor, most_bytes: int) -> list[_Part]:
    """Return parts whose sampled columns (C, K, rows, W) take about ``most_bytes``."""
    batch, taps, height, width = mask_BKHW.shape
    row_bytes = max(1, x_BCHW.shape[1] * taps * width * x_BCHW.element_size())
    count = most_bytes // (row_bytes * max(1, height))
    if count:
        return [
            _Part(slice(first, min(first + count, batch)), slice(0, height))
            for first in range(0, batch, count)
        ]
    rows = max(1, most_bytes // row_bytes)
    cuts = [slice(first, min(first + rows, height)) for first in range(0, height, rows)]
    return [_Part(slice(sample, sample + 1), cut) for sample in range(batch) for cut in cuts]


class _InCache(torch.autograd.Function):
    """The convolution on a CPU, in parts whose sampled columns stay in the cache.

    The samples are not kept: sampling again in the backward pass is cheaper than writing and
    reading nine times the input. The output has the layout ``channels_last``.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, padding: int
    ) -> Tensor:
        """Compute ``deformable_conv2d`` without bias."""
        x, mask, size = x.contiguous(), mask.contiguous(), weight.shape[-1]
        grid = _sampling_grid(offset.contiguous(), size, padding, x.shape[2], x.shape[3])
        ctx.save_for_backward(x, grid, mask, weight)
        batch, _, height, width = mask.shape
        kernel_CKO = weight.flatten(1).t().contiguous()
        out_BPO = x.new_empty(batch, height * width, len(weight))
        for part in _parts(x, mask, _FORWARD_BYTES):
            columns = _columns(x, grid, part)
            columns.mul_(mask[part.samples, None, :, part.rows])
            places = slice(part.rows.start * width, part.rows.stop * width)
            kernel = kernel_CKO.expand(len(columns), -1, -1)
            torch.bmm(
                columns.flatten(3).flatten(1, 2).transpose(1, 2),
                kernel,
                out=out_BPO[part.samples, places],
            )
        return out_BPO.view(batch, height, width, len(weight)).permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient_BOHW: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the input, the offsets, the masks and the kernel."""
        x, grid, mask, weight = ctx.saved_tensors
        batch, taps, height, width = mask.shape
        by_place = gradient_BOHW.permute(0, 2, 3, 1).contiguous()
        kernel_CKO = weight.flatten(1).t().contiguous()
        to_x, to_mask, to_kernel = (
            torch.zeros_like(x),
            torch.empty_like(mask),
            torch.zeros_like(kernel_CKO),
        )
        to_offset = torch.empty(batch, taps, 2, height, width, dtype=x.dtype)
        to_y_x = to_offset.permute(0, 1, 3, 4, 2)
        scale = torch.tensor([2 / x.shape[2], 2 / x.shape[3]], dtype=x.dtype)
        for part in _parts(x, mask, _BACKWARD_BYTES):
            columns = _columns(x, grid, part)
            gradient = by_place[part.samples, part.rows].flatten(1, 2)
            to_columns = torch.bmm(
                kernel_CKO.expand(len(columns), -1, -1), gradient.transpose(1, 2)
            ).view_as(columns)
            to_mask[part.samples, :, part.rows] = (columns * to_columns).sum(1)
            shares = mask[part.samples, None, :, part.rows]
            to_kernel += torch.bmm(columns.mul_(shares).flatten(3).flatten(1, 2), gradient).sum(0)
            to_samples = to_columns.mul_(shares).flatten(2, 3)
            to_part, to_grid = torch.ops.aten.grid_sampler_2d_backward(
                to_samples, x[part.samples], _rows(grid, part), 0, 0, False, [True, True]
            )
            to_x[part.samples] += to_part
            torch.mul(
                to_grid.view(len(columns), taps, -1, width, 2).flip(-1),
                scale,
                out=to_y_x[part.samples, :, part.rows],
            )
        return to_x, to_offset.flatten(1, 2), to_mask, to_kernel.t().reshape(weight.shape), None


def _rows(grid_BKHW2: Tensor, part: _Part) -> Tensor:
    """Return (n, K * rows, W, 2): the positions that the taps of a part read."""
    return grid_BKHW2[part.samples, :, part.rows].flatten(1, 2)


def _columns(x: Tensor, grid_BKHW2: Tensor, part: _Part) -> Tensor:
    """Return (n, C, K, rows, W): the values that the taps of a part read."""
    samples = torch.grid_sampler_2d(
        x[part.samples], _rows(grid_BKHW2, part), 0, 0, False
    )  # bilinear, zero outside
    return samples.view(*samples.shape[:2], grid_BKHW2.shape[1], -1, samples.shape[3])


@functools.cache
def _torchvision_operator() -> Callable[..., Tensor] | None:
    """Return torchvision's operator if it is installed and loads; used on CUDA only."""
    try:
        from torchvision import ops as operations
    except (ImportError, RuntimeError):
        return None
    operator: Callable[..., Tensor] = operations.deform_conv2d
    return operator


class DeformableConv2d(nn.Module):
    """A 3x3 DCNv2 layer that predicts its own offsets and masks.

    The parameters have the names of the official layer (``weight``, ``bias``,
    ``conv_offset_mask``), so that its checkpoints load. The predicting convolution starts at zero:
    offsets of 0 and masks of 0.5.
    """

    def __init__(self, in_channels: int, out_channels: int, size: int = 3) -> None:
        """Create a layer with a square kernel of odd size."""
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
        """Map (B, C, H, W) to (B, O, H, W)."""
        predicted = self.conv_offset_mask(x_BCHW)
        offset, mask = predicted[:, : 2 * self.taps], predicted[:, 2 * self.taps :]
        return deformable_conv2d(
            x_BCHW, offset, torch.sigmoid(mask), self.weight, self.bias, self.padding
        )
