"""``mot-bench explain``: why a run lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mot_bench.reporting.explained_runs import ExplainedFolder, RunInFolder
    from mot_bench.results.folder import ResultsFolder


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("explain")(explain)


def explain(
    run: Annotated[str, typer.Argument(help="The run: its name in results.json.")],
    against: Annotated[
        str | None, typer.Option(help="Another run: what the difference in HOTA is made of.")
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of mot-bench run or mot-bench score; may be repeated. Else the one under results/."
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The seed; else the first that the run has.")
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="Dataset that was scored on, by name or path, or ground truth; else as the results say."
        ),
    ] = None,
    data_root: Annotated[
        Path | None, typer.Option(help="Where named datasets lie (else MOT_BENCH_DATA).")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Say where a run's errors come from, and what HOTA, IDF1 and MOTA it would gain without each cause.

    What the folder's store lacks is computed first, for every run. Events are in
    runs/NAME/seed-N/events.csv, the summary of all runs in explanation.json.
    """
    from rich.console import Console

    from mot_bench.datasets.data_root import resolve_data_root
    from mot_bench.reporting.explained_runs import find_folders, find_runs

    root = resolve_data_root(data_root)
    wanted = [name for name in (run, against) if name is not None]
    found = find_runs(find_folders(out or []), wanted, seed)
    folders = {one.folder.path: one.folder for one in found}
    explained = {path: _explained(folder, root, dataset, jobs) for path, folder in folders.items()}
    console = Console()
    for table in _tables(found, explained):
        console.print(table)
    for one in found:
        typer.echo(f"events: {explained[one.folder.path].events(one)}")


def _explained(
    folder: ResultsFolder, root: Path | None, dataset: str | None, jobs: int
) -> ExplainedFolder:
    """Explain a results folder, and warn about edited track files."""
    from rich.console import Console

    from mot_bench.files.folder_lock import results_lock
    from mot_bench.reporting.explained_runs import explain_results
    from mot_bench.results.edited_tracks import edited_tracks_warning

    with results_lock(folder.path):
        found = explain_results(folder, root, dataset, jobs, Console(stderr=True))
    for line in edited_tracks_warning(found.folder):
        typer.echo(line, err=True)
    return found


def _tables(
    found: list[RunInFolder], explained: Mapping[Path, ExplainedFolder]
) -> Iterable[RenderableType]:
    """Return the tables of one run, or of the difference between two."""
    from mot_bench.reporting.explained_runs import comparisons_of, comparisons_with_base
    from mot_bench.reporting.explanation_tables import difference_tables, run_tables

    runs = [explained[one.folder.path].of(one) for one in found]
    if len(runs) == 1:
        return run_tables(runs[0], comparisons_with_base(found[0]))
    return difference_tables(runs[0], runs[1], comparisons_of(found[0], found[1]))
