"""``mot-bench train``: train one network."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("train")(train)


def train(
    data: Annotated[
        list[str],
        typer.Option(
            help="Training data, once or several times: NAME_OR_PATH[@SPLIT], odgt:FILE[@IMAGES]."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder that becomes the checkpoint.")],
    kind: Annotated[
        str, typer.Option(help="fairmot: detection and ReID in one; reid: a ReID network on crops.")
    ] = "fairmot",
    preset: Annotated[str, typer.Option(help="Recipe: paper, cpu or tiny.")] = "cpu",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change the recipe: network.width=0.5."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Weights to start from: a checkpoint folder or a .pth.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, order and augmentation.")] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    data_root: Annotated[
        Path | None,
        typer.Option(
            help="Where named datasets lie; else $MOT_BENCH_DATA, else the configuration file."
        ),
    ] = None,
    validation: Annotated[
        str | None, typer.Option(help="Measure AP on frames of NAME_OR_PATH[@SPLIT] now and then.")
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option(help="Write the curve for TensorBoard too, to this folder.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Replace a checkpoint in --out that other data or settings made."
        ),
    ] = False,
) -> None:
    """Train a network; after an interruption the same command goes on where it stopped.

    On a CPU the result is the same, bit for bit, whether it was interrupted or not. A checkpoint in
    --out that was trained on other data, or with other settings, is neither used nor replaced
    without --force.
    """
    from mot_bench.engine.environment import THREAD_VARIABLES

    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, "1")  # the number of threads changes the last bits
    from rich.console import Console

    from mot_bench.datasets.catalogue import open_dataset_text
    from mot_bench.datasets.data_root import resolve_data_root
    from mot_bench.errors import MotBenchError
    from mot_bench.files.folder_lock import checkpoint_lock
    from mot_bench.networks.devices import checked_device
    from mot_bench.networks.standalone_training import changes_of, network_to_train, train_alone
    from mot_bench.suites.schema import ModelSpec
    from mot_bench.terminal.training_progress import TrainingProgress
    from mot_bench.training_data import open_samples, parse_source

    if kind not in ("fairmot", "reid"):
        raise MotBenchError(f"--kind: expected fairmot or reid, found {kind!r}")
    spec = ModelSpec(
        title=out.name,
        kind="reid" if kind == "reid" else "fairmot",
        preset=preset,
        recipe=changes_of(settings or []),
    )
    network = network_to_train(spec, tuple(data), seed)
    root = resolve_data_root(data_root)
    samples = open_samples([parse_source(text) for text in data], root)
    console = Console(stderr=True)
    console.print(samples.describe(), highlight=False)
    judged = None if validation is None else open_dataset_text(validation, root)
    say = functools.partial(console.print, highlight=False, markup=False, soft_wrap=True)
    with checkpoint_lock(out), TrainingProgress(console) as shown:
        rows = train_alone(
            network, samples, out, device=checked_device(device), start=weights, watch=shown.show, validation=judged,
            tensorboard=tensorboard, force=force, tell=say,
        )  # fmt: skip
    _say(out, rows)


def _say(out: Path, rows: list[dict[str, float]]) -> None:
    """Print how the training ended, and why its total may be negative."""
    last = ", ".join(
        f"{name} {value:.3f}"
        for name, value in rows[-1].items()
        if name not in ("step", "learning_rate")
    )
    typer.echo(f"{out}: {rows[-1]['step']:.0f} steps, {last}")
    from mot_bench.models.losses import negative_total

    told = negative_total(rows[-1])
    if told:
        typer.echo(told)
