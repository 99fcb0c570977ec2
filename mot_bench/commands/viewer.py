"""``mot-bench viewer``: a page that plays the sequences of a results folder with the boxes and errors of its runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mot_bench.viewing.write import ViewerWritten


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("viewer")(viewer)


def viewer(
    out: Annotated[Path, typer.Argument(help="Folder that mot-bench run, score or track wrote.")],
    runs: Annotated[
        str | None, typer.Option(help="Runs to show, by name: A,B; all by default.")
    ] = None,
    sequences: Annotated[
        str | None, typer.Option(help="Sequences to show, by name: A,B; all by default.")
    ] = None,
    pictures: Annotated[
        str,
        typer.Option(
            help="Pictures: full, none, or a width in pixels that they are made smaller to."
        ),
    ] = "960",
    switches: Annotated[
        int, typer.Option(min=0, help="Switches of each run in the gallery, the costliest.")
    ] = 8,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="The dataset's name or path, a gt.txt, or the video that was tracked, where the folder does not tell."
        ),
    ] = None,
    data_root: Annotated[
        Path | None, typer.Option(help="Where named datasets lie (else MOT_BENCH_DATA).")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Processes that look for errors, where nobody did yet.")
    ] = 1,
) -> None:
    """Make viewer.html (play, step, jump from error to error, compare two runs) and gallery.html (costliest switches).

    Both open from disk. Nothing is run or scored; errors are found first, as mot-bench explain
    does, where nobody looked for them yet. Pictures are written once: interrupted, it goes on where
    it was.
    """
    from rich.console import Console

    from mot_bench.datasets.data_root import resolve_data_root
    from mot_bench.files.folder_lock import results_lock
    from mot_bench.results.edited_tracks import edited_tracks_warning
    from mot_bench.results.folder import ResultsFolder
    from mot_bench.viewing.make import make_viewer
    from mot_bench.viewing.pictures import parse_width
    from mot_bench.viewing.write import ViewerOptions

    options = ViewerOptions(names(runs), names(sequences), parse_width(pictures), switches)
    with results_lock(out):
        written = make_viewer(
            out, options, resolve_data_root(data_root), dataset, Console(stderr=True), jobs=jobs
        )
        folder = ResultsFolder(out)
        edited = edited_tracks_warning(folder) if folder.has_results else []
    for line in edited:
        typer.echo(line, err=True)
    for line in summary(written, out):
        typer.echo(line)


def names(text: str | None) -> list[str] | None:
    """Names with commas between them; None for none."""
    return [name.strip() for name in text.split(",") if name.strip()] if text else None


def summary(written: ViewerWritten, out: Path) -> list[str]:
    """What was written, how large it is, and where it lies."""
    sizes = f"boxes and errors {size(written.data_bytes)}, pictures {size(written.picture_bytes)}"
    if written.crop_bytes:
        sizes += f", crops {size(written.crop_bytes)}"
    return [
        *(f"note: {note}" for note in written.notes),
        f"viewer: sequences {written.sequences}, runs {written.runs}; {sizes}",
        f"viewer: {out / 'viewer.html'}",
        f"gallery: {out / 'gallery.html'}",
    ]


def size(count: int) -> str:
    """Bytes as people write them.

    >>> size(0), size(1_234), size(5_600_000)
    ('0 kB', '1 kB', '5.6 MB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
