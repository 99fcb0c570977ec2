"""``mot-bench list``: what there is, with every parameter, its default and its meaning."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Kind(StrEnum):
    """What can be listed."""

    SUITES = "suites"
    RUNS = "runs"
    TRACKERS = "trackers"
    DATASETS = "datasets"
    DETECTIONS = "detections"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("list")(list_things)


def list_things(
    kind: Annotated[Kind, typer.Argument(help="What to list.")] = Kind.SUITES,
    name: Annotated[
        str | None,
        typer.Argument(help="One of them, in full. For runs: a suite, a suite's file or a run."),
    ] = None,
    data_root: Annotated[
        Path | None, typer.Option(help="Where datasets lie (else MOT_BENCH_DATA).")
    ] = None,
) -> None:
    """List suites, runs, trackers, datasets or detections.

    With a name, every parameter, default and meaning.
    """
    from mot_bench.commands.listing import LISTINGS
    from mot_bench.datasets.data_root import resolve_data_root

    for line in LISTINGS[kind.value](name, resolve_data_root(data_root)):
        typer.echo(line)
