"""``mot-bench report``: make every report again from results.json, of one folder or of several together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("report")(report)


def report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...",
            help="Folders with the results.json of mot-bench run or mot-bench score.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where several folders are put together: a results folder too."),
    ] = None,
    outputs: Annotated[
        str,
        typer.Option(
            help="html, csv, md (for a pull request), tex (booktabs), parquet: with commas."
        ),
    ] = "html,csv,md,tex",
    segments: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Statistics on so many parts of each sequence; 1: whole sequences again. Kept.",
        ),
    ] = None,
    viewer: Annotated[
        bool,
        typer.Option(
            "--viewer", help="Also viewer.html and gallery.html, as mot-bench viewer makes them."
        ),
    ] = False,
) -> None:
    """Make reports again from results.json; nothing is run or scored.

    Several folders become one leaderboard in --out; a name that several have
    becomes FOLDER/RUN. All must have one ground truth and one scorer.
    """
    from rich.console import Console

    from mot_bench.errors import MotBenchError
    from mot_bench.files.folder_lock import results_lock
    from mot_bench.reporting.report_files import check_outputs
    from mot_bench.reporting.report_state import renew_reports
    from mot_bench.reporting.write_reports import terminal_table
    from mot_bench.results.edited_tracks import edited_tracks_warning
    from mot_bench.results.folder import ResultsFolder
    from mot_bench.results.merging import merge

    wanted = tuple(part.strip() for part in outputs.split(",") if part.strip())
    check_outputs(wanted)
    if len(folders) > 1 and out is None:
        raise MotBenchError(
            "report: expected --out FOLDER for what several folders are put together in, found none"
        )
    path = folders[0] if out is None else out
    with results_lock(path, make=out is not None):
        if out is not None:
            for note in merge(folders, out):
                typer.echo(f"note: {note}", err=True)
        folder = ResultsFolder(path)
        for line in edited_tracks_warning(folder):
            typer.echo(line, err=True)
        if segments is not None:
            _score_segments(path, segments)
        if viewer:
            _write_viewer(path)
        renew_reports(folder, wanted)
        timing = folder.timing()
    Console().print(terminal_table(folder.result, timing))
    typer.echo(f"report: {path / ('report.html' if 'html' in wanted else '')}")


def _score_segments(folder: Path, parts: int) -> None:
    """Segments as the unit of statistics; with one part, sequences."""
    from mot_bench.datasets.data_root import resolve_data_root
    from mot_bench.results.opening import open_results
    from mot_bench.statistics.segments import write_segments

    write_segments(
        open_results(folder, resolve_data_root(None)),
        parts,
        lambda line: typer.echo(line, err=True),
    )


def _write_viewer(folder: Path) -> None:
    """The viewer as mot-bench viewer makes it unless told otherwise."""
    from rich.console import Console

    from mot_bench.commands.viewer import summary
    from mot_bench.datasets.data_root import resolve_data_root
    from mot_bench.viewing.make import make_viewer
    from mot_bench.viewing.pictures import DEFAULT_WIDTH
    from mot_bench.viewing.write import ViewerOptions

    options = ViewerOptions(width=DEFAULT_WIDTH)
    for line in summary(
        make_viewer(folder, options, resolve_data_root(None), None, Console(stderr=True)), folder
    ):
        typer.echo(line)
