"""``mot-bench report``: make every report again from results.json."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("report")(report)


def report(
    out: Annotated[Path, typer.Argument(help="Folder with the results.json of mot-bench run or mot-bench score.")],
) -> None:
    """Make leaderboard.csv, sequences.csv and report.html again from results.json; nothing is run or scored."""
    from rich.console import Console

    from mot_bench.bundle import read_results, read_timing, terminal_table, write_reports

    write_reports(out)
    timing = out / "timing.json"
    result = read_results(out / "results.json")
    Console().print(terminal_table(result, read_timing(timing) if timing.exists() else None))
    typer.echo(f"report: {out / 'report.html'}")
