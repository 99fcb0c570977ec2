"""Compare our deformable convolution with torchvision's: equality, and speed on one thread.

    python benchmarks/deformable_speed.py [--rounds 5]

It needs a separate environment, because torchvision cannot be imported beside the small CPU build
of torch::

    python3.11 -m venv build/torchvision-venv
    build/torchvision-venv/bin/pip install torch==2.14.1 torchvision==0.29.1 numpy
    PYTHONPATH=. build/torchvision-venv/bin/python benchmarks/deformable_speed.py

The outputs and all gradients are compared in double precision: the largest difference divided by
the largest value, with offsets that stay close, cross the border, or lie far beyond it. Times are
process times, the best of the rounds, with alternating sides. The exit code is 1 if a difference
exceeds 1e-6 or a ratio is below its target.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor

from mot_bench.models.deformable import deformable_conv2d

Case = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
Operator = Callable[[Case], Tensor]

MOST_DIFFERENCE = 1e-6
SHAPES = (
    ((8, 64, 48, 80), True, 4.0),
    ((1, 64, 152, 272), False, 2.0),
)  # shape, with backward, target


def case(
    shape: tuple[int, int, int, int], spread: float, dtype: torch.dtype, seed: int = 0
) -> Case:
    """Return input, offsets, masks, weight and bias.

    The standard deviation of the offsets is ``spread`` pixels.
    """
    batch, channels, height, width = shape
    generator = torch.Generator().manual_seed(seed)

    def random(*size: int) -> Tensor:
        return torch.randn(*size, dtype=dtype, generator=generator)

    tensors = (
        random(*shape),
        random(batch, 18, height, width) * spread,
        torch.sigmoid(random(batch, 9, height, width)),
        random(channels, channels, 3, 3) / (9 * channels) ** 0.5,
        random(channels),
    )
    x, offset, mask, weight, bias = (tensor.requires_grad_() for tensor in tensors)
    return x, offset, mask, weight, bias


def ours(tensors: Case) -> Tensor:
    """Apply the convolution of ``mot_bench.models.deformable``."""
    x, offset, mask, weight, bias = tensors
    return deformable_conv2d(x, offset, mask, weight, bias, padding=1)


def torchvision_operator() -> Operator:
    """Return the convolution of torchvision."""
    operator = importlib.import_module("torchvision.ops").deform_conv2d

    def theirs(tensors: Case) -> Tensor:
        x, offset, mask, weight, bias = tensors
        result: Tensor = operator(x, offset, weight, bias, padding=1, mask=mask)
        return result

    return theirs


def difference(theirs: Operator, spread: float) -> float:
    """Return the largest difference of output and gradients, each divided by its largest value."""
    tensors = case((2, 8, 13, 17), spread, torch.float64)
    results = []
    for operator in (ours, theirs):
        output = operator(tensors)
        direction = torch.randn(
            output.shape, dtype=output.dtype, generator=torch.Generator().manual_seed(1)
        )
        results.append((output.detach(), *torch.autograd.grad(output, tensors, direction)))
    return max(
        float((one - two).abs().max() / two.abs().max()) for one, two in zip(*results, strict=True)
    )


def seconds(operator: Operator, tensors: Case, *, backward: bool) -> float:
    """Return the process time of one pass."""
    for tensor in tensors:
        tensor.grad = None
    with torch.set_grad_enabled(backward):
        start = time.process_time()
        output = operator(tensors)
        if backward:
            torch.autograd.backward(output, torch.ones_like(output))
        return time.process_time() - start


def main() -> None:
    """Compare, time and print; exit with 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    theirs = torchvision_operator()
    missed = False
    for spread in (0.3, 3.0, 50.0):
        found = difference(theirs, spread)
        missed |= found > MOST_DIFFERENCE
        print(
            f"offsets of {spread:4} pixels: largest relative difference {found:.1e} "
            f"(at most {MOST_DIFFERENCE:.0e})"
        )
    for shape, backward, target in SHAPES:
        tensors = case(shape, 1.0, torch.float32)
        times: dict[str, list[float]] = {"torchvision": [], "ours": []}
        for operator in (theirs, ours):
            seconds(operator, tensors, backward=backward)
        for _ in range(options.rounds):
            times["torchvision"].append(seconds(theirs, tensors, backward=backward))
            times["ours"].append(seconds(ours, tensors, backward=backward))
        their_best, our_best = (min(values) for values in times.values())
        ratio = their_best / our_best
        missed |= ratio < target
        what = "forward and backward" if backward else "forward"
        print(
            f"{shape} {what}: torchvision {1e3 * their_best:.0f} ms, ours {1e3 * our_best:.0f} ms, "
            f"ratio {ratio:.1f} (target {target:.0f})"
        )
    if missed:
        sys.exit(1)


if __name__ == "__main__":
    main()
