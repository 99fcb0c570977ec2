"""``mot-bench models``: networks of others, made usable here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_models = typer.Typer(
    help="Load networks of others: FairMOT's official checkpoints.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.add_typer(_models, name="models")


@_models.callback()
def about() -> None:
    """Load networks of others: FairMOT's official checkpoints."""


@_models.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="A checkpoint: .pth, .pt or .safetensors.")],
    out: Annotated[
        Path | None, typer.Option(help="Write it as a checkpoint folder of our own.")
    ] = None,
    height: Annotated[
        int, typer.Option(help="Height of its input in pixels, for --out; a multiple of 32.")
    ] = 608,
    width: Annotated[
        int, typer.Option(help="Width of its input in pixels, for --out; a multiple of 32.")
    ] = 1088,
) -> None:
    """Load an official FairMOT checkpoint and say in one line what was loaded, ignored or missing.

    Architecture, box format and length of the embeddings are read from the tensors. Code in the
    file is not run. A suite or `track` takes the file as it is; a folder made with --out also says
    the size of the input.
    """
    from mot_bench.errors import MotBenchError
    from mot_bench.files.folder_lock import checkpoint_lock
    from mot_bench.networks.official import load_official, write_loaded

    for name, value in (("--height", height), ("--width", width)):
        if value <= 0 or value % 32:
            raise MotBenchError(f"{name}: expected a multiple of 32, found {value}")
    loaded = load_official(file)
    typer.echo(loaded.summary)
    if out is not None:
        with checkpoint_lock(out):
            write_loaded(loaded, out, source=file, height=height, width=width)
        typer.echo(f"written: {out} ({width}x{height})")
