"""``mot-bench plot``: figures of a results folder as SVG, PNG and PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("plot")(plot)


def plot(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Figures, by name; all by default."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder with results.json.")] = None,
    formats: Annotated[
        str, typer.Option("--format", help="svg, png (200 dots an inch), pdf: with commas.")
    ] = "svg,png,pdf",
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for the files (else OUT/figures).")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric", help="Metric of the figures that let it be chosen; may be repeated."
        ),
    ] = None,
    runs: Annotated[str | None, typer.Option(help="Only these runs, by name: A,B.")] = None,
    sequence: Annotated[
        str | None, typer.Option(help="Sequence of the timeline; else where its runs differ most.")
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="The dataset's name or path (a gt.txt too), where the results do not tell."
        ),
    ] = None,
    data_root: Annotated[
        Path | None, typer.Option(help="Where named datasets lie (else MOT_BENCH_DATA).")
    ] = None,
    known: Annotated[
        bool, typer.Option("--list", help="Only say which figures there are.")
    ] = False,
) -> None:
    """Draw figures of a results folder, for papers and slides; nothing is run or scored.

    Without names all figures are drawn that there is anything for.
    """
    from mot_bench.datasets.data_root import resolve_data_root
    from mot_bench.errors import MotBenchError
    from mot_bench.files.folder_lock import results_lock
    from mot_bench.reporting.plotting import Plots
    from mot_bench.reporting.plotting import plot as draw
    from mot_bench.reports.figures import FIGURES

    if known:
        for name, kind in FIGURES.items():
            typer.echo(f"{name:<12}{kind.title}; needs {kind.needs}")
        return
    if out is None:
        raise MotBenchError("--out: expected a folder with results.json, found none")
    plots = Plots(
        tuple(names or ()), _parts(formats), tuple(metric or ()), _parts(runs), sequence, dataset,
        resolve_data_root(data_root),
    )  # fmt: skip
    with results_lock(out):
        written = draw(
            out, plots, to or out / "figures", lambda line: typer.echo(f"note: {line}", err=True)
        )
    for path in written:
        typer.echo(f"figure: {path}")


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
