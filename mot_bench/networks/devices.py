"""What networks are run on."""

from __future__ import annotations

from mot_bench.errors import MotBenchError


def checked_device(device: str) -> str:
    """The device, if there is such a one; ``cpu`` is not asked for anything.

    Raises:
        MotBenchError: torch does not know it, or there is none.
    """
    if device == "cpu":
        return device
    import torch

    if device.partition(":")[0] != "cuda":
        raise MotBenchError(f"--device: expected cpu or cuda, found {device!r}")
    if not torch.cuda.is_available():
        raise MotBenchError(
            f"--device {device}: expected a CUDA device that torch {torch.__version__} can use, found none"
        )
    return device
