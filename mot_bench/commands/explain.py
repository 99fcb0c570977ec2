"""``mot-bench explain``: why a run lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mot_bench.explaining.selection import Asked, Explained


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
    from mot_bench.explaining.selection import found_folders, one_run

    root = resolve_data_root(data_root)
    wanted = [name for name in (run, against) if name is not None]
    asked = one_run(found_folders(out or []), wanted, seed)
    folders = dict.fromkeys(one.folder for one in asked)
    explained = {folder: _explained(folder, root, dataset, jobs) for folder in folders}
    console = Console()
    for table in _tables(asked, explained):
        console.print(table)
    for one in asked:
        typer.echo(f"events: {explained[one.folder].events(one)}")


def _explained(folder: Path, root: Path | None, dataset: str | None, jobs: int) -> Explained:
    """Explain a results folder, and warn of tracks that were edited."""
    from rich.console import Console

    from mot_bench.explaining.selection import explained_folder
    from mot_bench.files.folder_lock import results_lock
    from mot_bench.results.edited_tracks import edited_tracks_warning

    with results_lock(folder):
        found = explained_folder(folder, root, dataset, jobs, Console(stderr=True))
    for line in edited_tracks_warning(folder, found.result):
        typer.echo(line, err=True)
    return found


def _tables(asked: list[Asked], explained: Mapping[Path, Explained]) -> Iterable[RenderableType]:
    """Return the tables of one run, or of the difference of two."""
    from mot_bench.explaining.output import difference_tables, run_tables
    from mot_bench.explaining.selection import certain, certain_of_base

    shown = [explained[one.folder].of(one) for one in asked]
    if len(shown) == 1:
        return run_tables(shown[0], certain_of_base(asked[0], explained[asked[0].folder].result))
    return difference_tables(shown[0], shown[1], certain(*asked))
