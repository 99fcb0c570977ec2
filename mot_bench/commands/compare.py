"""``mot-bench compare``: two results folders, or two runs of one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FORMATS = ("table", "markdown", "json")
_LOG_WIDTH = 120  # of a CI log, which says no width


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("compare")(compare)


def compare(
    first: Annotated[
        Path,
        typer.Argument(help="Folder with the results.json of mot-bench run or mot-bench score."),
    ],
    second: Annotated[
        Path | None, typer.Argument(help="Another such folder; without it, two runs of the first.")
    ] = None,
    runs: Annotated[
        str | None,
        typer.Option(
            help="A,B: run A of the first folder against run B of the second; A: that run of both."
        ),
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", help="Compare in this metric; may be repeated.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="table, markdown (for a pull request) or json.")
    ] = "table",
) -> None:
    """Say what differs in making and in figures: differences are the second's less the first's.

    Without --runs every run that both folders have is compared. Scores on other
    ground truth or by another scorer are refused.
    """
    from mot_bench.errors import MotBenchError, check_names
    from mot_bench.reports import run_comparison_views
    from mot_bench.results.comparing import compare as compared
    from mot_bench.scoring.metrics import METRICS

    if form not in FORMATS:
        raise MotBenchError(f"--format: expected one of {', '.join(FORMATS)}; found {form!r}")
    check_names("--metric", metric or (), METRICS)
    names = tuple(name.strip() for name in (runs or "").split(",") if name.strip())
    found = compared(first, second, names, tuple(metric or ()))
    remarks = [
        f"only in the {place} folder: {', '.join(only)}"
        for place, only in (("first", found.only_first), ("second", found.only_second))
        if only
    ]
    if form == "json":
        typer.echo(
            run_comparison_views.as_json(found.pairs, found.only_first, found.only_second), nl=False
        )
    elif form == "markdown":
        typer.echo(run_comparison_views.markdown(found.pairs, remarks), nl=False)
    else:
        from rich.console import Console

        console = Console()
        if not console.is_terminal:
            console.width = max(console.width, _LOG_WIDTH)
        console.print(run_comparison_views.terminal(found.pairs, remarks))
