"""Measure the frames per second of every network, and the share of its parts.

    python benchmarks/network_speed.py [--size official|slim|both] [--rounds 3] [--device cpu]
    [--half]

``official`` is each network as published, with one picture of 1088x608; ``slim`` is that of the CPU
preset, at its own input size. Batch norm is folded, as in inference. On a CPU, times are process
times on one thread, the best of the rounds. Multiply-adds count convolutions without deformable
sampling. Forward hooks measure the parts: ``stem`` is the layers before stride 4, ``trunk`` the
rest of the backbone, ``up`` the layers that bring its maps back to stride 4, and ``heads`` the four
heads. In HRNet, which never leaves stride 4, ``up`` joins the branches at the end. ``whole maps``
is the time with all four heads applied everywhere, as in the official code, divided by the time
here.

``--device cuda`` and ``--half`` are written for a GPU (synchronised, wall clock, 20 passes a round)
and were not measured, because no GPU was available.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Callable
from typing import get_args

import torch
from torch import Tensor, nn

from mot_bench.models.fairmot import Architecture, FairMotNetwork, NetworkConfig
from mot_bench.models.inference import DetectConfig, folded, multiply_adds
from mot_bench.models.presets import PRESETS
from mot_bench.models.targets import peaks

OFFICIAL_HEIGHT, OFFICIAL_WIDTH = 608, 1088
PARTS = ("stem", "trunk", "up", "heads")
SLIM_WIDTHS: dict[Architecture, float] = {
    "dla34": 0.25,
    "dla34_plain": 0.25,
    "hrnet_w18": 0.25,
    "hrnet_w32": 0.25,
}  # others have no slim version
PASSES_ON_CUDA = 20
# The last module of stem and of trunk, by the names of the official checkpoints: what follows
# belongs to the next part.
LAST = {
    "dla34": ("base.level1", "base.level5"),
    "dla34_fast": ("base.base_layer", "base.level5"),
    "hrnet": ("bn2", "stage4.2"),
    "resnet": ("maxpool", "layer4"),
}


def configs(size: str) -> list[tuple[NetworkConfig, int, int]]:
    """Yield networks with the height and the width of their input."""
    if size == "official":
        return [
            (NetworkConfig(name), OFFICIAL_HEIGHT, OFFICIAL_WIDTH)
            for name in get_args(Architecture)
        ]
    preset = PRESETS["cpu"]
    rows = []
    for name, width in SLIM_WIDTHS.items():
        stem = preset.network.stem if name.startswith("dla34") else "full"
        config = dataclasses.replace(preset.network, architecture=name, width=width, stem=stem)
        rows.append((config, preset.pictures.height, preset.pictures.width))
    return rows


def stopwatch(device: str) -> Callable[[], float]:
    """Return process time on a CPU; on CUDA wait for the device and return wall time."""
    if device == "cpu":
        return time.process_time

    def synchronised() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    return synchronised


def detect(network: FairMotNetwork, x: Tensor) -> None:
    """Run a pass as in inference, where all heads but that of the heat map are read at peaks."""
    features = network.trunk(x)
    heat = network.hm(features)
    network.read(features, heat, peaks(heat, DetectConfig.most)[1])


@torch.no_grad()
def best_seconds(
    work: Callable[[], object], on_cuda: bool, rounds: int, clock: Callable[[], float]
) -> float:
    """Return the seconds of one pass, the best of the rounds."""
    passes = PASSES_ON_CUDA if on_cuda else 1
    work()
    found = []
    for _ in range(rounds):
        start = clock()
        for _ in range(passes):
            work()
        found.append((clock() - start) / passes)
    return min(found)


@torch.no_grad()
def shares(network: FairMotNetwork, x: Tensor, clock: Callable[[], float]) -> dict[str, float]:
    """Return the fraction of a forward pass that each part takes."""
    config = network.config
    family = config.architecture.split("_")[0].rstrip("0123456789")
    key = "dla34_fast" if config.stem == "fast" else "dla34" if family == "dla" else family
    moments: dict[str, float] = {}
    handles = []
    for part, name in zip(PARTS, (*LAST[key], ""), strict=False):
        module = network.trunk.get_submodule(name)

        def note(_module: nn.Module, _inputs: object, _output: object, part: str = part) -> None:
            moments[part] = clock()

        handles.append(module.register_forward_hook(note))
    start = clock()
    detect(network, x)
    moments["heads"] = clock()
    for handle in handles:
        handle.remove()
    cuts = [start, *(moments[part] for part in PARTS)]
    return {
        part: (b - a) / (cuts[-1] - start)
        for part, a, b in zip(PARTS, cuts[:-1], cuts[1:], strict=True)
    }


def row(config: NetworkConfig, height: int, width: int, options: argparse.Namespace) -> str:
    """Return the line of a network in the table."""
    torch.manual_seed(0)
    network = FairMotNetwork(config).eval()
    parameters = sum(parameter.numel() for parameter in network.parameters())
    operations = multiply_adds(network, height, width)
    ready = folded(network).to(options.device)
    for each in ready.parameters():
        if each.dim() == 4:
            each.data = each.data.contiguous(memory_format=torch.channels_last)
    x = torch.rand(1, 3, height, width).to(options.device, memory_format=torch.channels_last)
    if options.half:
        ready, x = ready.half(), x.half()
    clock = stopwatch(options.device)
    seconds = best_seconds(lambda: detect(ready, x), x.is_cuda, options.rounds, clock)
    whole = best_seconds(lambda: ready(x), x.is_cuda, options.rounds, clock)
    spent = shares(ready, x, clock)
    name = config.architecture if config.width == 1 else f"{config.architecture} x{config.width:g}"
    size = f"{width}x{height:<5} {parameters / 1e6:7.2f} {operations / 1e9:8.2f}"
    figures = f"{size} {1e3 * seconds:8.1f} {1 / seconds:7.2f}"
    return f"{name:18} {figures} {whole / seconds:10.2f} " + " ".join(
        f"{100 * spent[part]:6.0f}" for part in PARTS
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=("official", "slim", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--half", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"torch {torch.__version__}, {options.device}, "
        f"{'half' if options.half else 'single'} precision, batch 1"
    )
    head = f"{'input':>9} {'M par.':>7} {'G madds':>8} {'ms':>8} {'frames/s':>7} {'whole maps':>10}"
    print(f"{'network':18} {head} " + " ".join(f"{part + ' %':>6}" for part in PARTS))
    for size in ("official", "slim") if options.size == "both" else (options.size,):
        for config, height, width in configs(size):
            print(row(config, height, width, options), flush=True)


if __name__ == "__main__":
    main()
