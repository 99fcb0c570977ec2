"""Deformable convolution against a plain loop over taps, in double precision."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mot_bench.models import deformable
from mot_bench.models.deformable import DeformableConv2d, deformable_conv2d


def sample(picture: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """(C,) value at a place, bilinear; zero outside."""
    height, width = picture.shape[1:]
    top, left = math.floor(y.item()), math.floor(x.item())
    value = torch.zeros(picture.shape[0], dtype=picture.dtype)
    for row in (top, top + 1):
        for column in (left, left + 1):
            if 0 <= row < height and 0 <= column < width:
                weight = (1 - (y - row).abs()) * (1 - (x - column).abs())
                value = value + weight * picture[:, row, column]
    return value


def by_loops(
    x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor, padding: int
) -> Tensor:
    batch, _, height, width = offset.shape
    size = weight.shape[-1]
    planes = []
    for b in range(batch):
        for i in range(height):
            for j in range(width):
                total = bias
                for tap in range(size * size):
                    y = i - padding + tap // size + offset[b, 2 * tap, i, j]
                    z = j - padding + tap % size + offset[b, 2 * tap + 1, i, j]
                    value = sample(x[b], y, z) * mask[b, tap, i, j]
                    total = total + weight[:, :, tap // size, tap % size] @ value
                planes.append(total)
    return torch.stack(planes).view(batch, height, width, -1).permute(0, 3, 1, 2)


def case(spread: float, height: int, width: int, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, dtype=torch.float64, generator=generator)

    tensors = [
        random(2, 3, height, width),
        random(2, 18, height, width) * spread,
        torch.sigmoid(random(2, 9, height, width)),
        random(4, 3, 3, 3),
        random(4),
    ]
    return [tensor.requires_grad_() for tensor in tensors]


@pytest.mark.parametrize("spread", [0.3, 2.0, 30.0])
@pytest.mark.parametrize(("height", "width"), [(5, 6), (1, 4), (3, 1)])
def test_forward_and_gradients_equal_a_loop_over_taps(
    spread: float, height: int, width: int
) -> None:
    ours, loops = case(spread, height, width), case(spread, height, width)
    result = deformable_conv2d(ours[0], ours[1], ours[2], ours[3], ours[4], padding=1)
    expected = by_loops(loops[0], loops[1], loops[2], loops[3], loops[4], padding=1)
    assert torch.allclose(result, expected, atol=1e-9, rtol=0)
    direction = torch.randn(
        result.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    gradients = torch.autograd.grad(result, ours, direction)
    # Where every place reads outside, the loop never touches its input: that counts as a gradient
    # of zero.
    expected_gradients = torch.autograd.grad(expected, loops, direction, materialize_grads=True)
    for one, other in zip(gradients, expected_gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-9, rtol=1e-9)


def test_places_at_and_beyond_the_border_read_zero_outside() -> None:
    x = torch.ones(1, 1, 2, 2, dtype=torch.float64)
    weight = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    mask = torch.ones(1, 1, 2, 2, dtype=torch.float64)
    for shift, expected in (
        (0.0, 1.0),
        (-0.25, 0.75),
        (-1.0, 0.0),
        (-1.5, 0.0),
        (2.0, 0.0),
        (1e6, 0.0),
    ):
        offset = torch.zeros(1, 2, 2, 2, dtype=torch.float64)
        offset[0, 0] = shift
        value = deformable_conv2d(x, offset, mask, weight, None, padding=0)[0, 0, 0, 0]
        assert value.item() == pytest.approx(expected, abs=1e-12)


def test_a_fresh_layer_is_half_a_plain_convolution() -> None:
    layer = DeformableConv2d(3, 5).double()
    x = torch.randn(2, 3, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    plain = torch.nn.functional.conv2d(x, layer.weight, padding=1)
    assert torch.allclose(layer(x), 0.5 * plain, atol=1e-9)


def test_an_empty_batch_flows_through() -> None:
    assert DeformableConv2d(3, 5)(torch.empty(0, 3, 8, 8)).shape == (0, 5, 8, 8)


@pytest.mark.parametrize("part_bytes", [1, 2000, 5000, 1 << 20])
def test_parts_of_any_size_and_the_whole_in_one_piece_are_the_same(
    part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deformable, "_FORWARD_BYTES", part_bytes)
    monkeypatch.setattr(deformable, "_BACKWARD_BYTES", part_bytes)
    x, offset, mask, weight, bias = tensors = case(2.0, 5, 6)
    parts = deformable_conv2d(x, offset, mask, weight, bias, padding=1)
    whole = deformable._by_grid_sample(
        x, offset, weight, bias, 1, mask
    )  # as on CUDA without torchvision
    assert torch.allclose(parts, whole, atol=1e-12, rtol=0)
    direction = torch.randn(
        parts.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    gradients = (torch.autograd.grad(result, tensors, direction) for result in (parts, whole))
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-11, rtol=1e-11)
