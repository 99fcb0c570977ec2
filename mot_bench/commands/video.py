"""``mot-bench video``: a video of a run with its errors marked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mot_bench.records.results import RunResult
    from mot_bench.results.folder import ResultsFolder


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("video")(video)


def video(
    out: Annotated[
        Path,
        typer.Argument(help="Folder with the results.json of mot-bench run or mot-bench score."),
    ],
    run: Annotated[str, typer.Option(help="The run, by name.")],
    sequence: Annotated[
        str | None, typer.Option(help="The sequence, by name; all by default.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The seed; the run's first by default.")] = None,
    dataset: Annotated[
        str | None, typer.Option(help="The dataset's name or path, where the results do not tell.")
    ] = None,
    data_root: Annotated[
        Path | None, typer.Option(help="Where named datasets lie (else MOT_BENCH_DATA).")
    ] = None,
) -> None:
    """Make runs/NAME/seed-N/videos/SEQUENCE.mp4: tracks with ids and trails, errors marked (plays in a browser).

    Errors are those that mot-bench explain found; without it, tracks alone are drawn.
    """
    from rich.console import Console

    from mot_bench.datasets.data_root import resolve_data_root
    from mot_bench.files.folder_lock import results_lock
    from mot_bench.results.edited_tracks import edited_tracks_warning
    from mot_bench.results.opening import open_results
    from mot_bench.viewing.progress import FrameProgress
    from mot_bench.viewing.video import video_file, write_video

    folder = open_results(out, resolve_data_root(data_root), dataset)
    row = _row(folder, run, seed)
    sequences = folder.chosen_sequences([sequence] if sequence else None, "--sequence")
    marked = True
    for line in edited_tracks_warning(folder):
        typer.echo(line, err=True)
    frames = sum(one.length for one in sequences)
    with results_lock(out), FrameProgress(Console(stderr=True), "video", frames) as progress:
        for one in sequences:
            progress.at(one.name)
            marked = write_video(folder, row, one, video_file(folder, row, one), progress.step)
    if not marked:
        typer.echo(
            f"note: no errors of {run} are known, so none are marked: mot-bench explain finds them",
            err=True,
        )
    for one in sequences:
        typer.echo(f"video: {video_file(folder, row, one)}")


def _row(folder: ResultsFolder, run: str, seed: int | None) -> RunResult:
    """Return the results of a run with a seed; without a seed those of its first.

    Raises:
        MotBenchError: there is no such run, or it does not have the seed.
    """
    from mot_bench.errors import MotBenchError

    rows = folder.chosen_runs([run], "--run")
    row = next((one for one in rows if seed in (None, one.seed)), None)
    if row is None:
        seeds = ", ".join(str(one.seed) for one in rows)
        raise MotBenchError(f"--seed: expected one of {seeds} for {run}, found {seed}")
    return row
