"""``mot-bench track``: track a video, or a folder of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mot_bench.videos.tracking import Tracked


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("track")(track)


def track(
    video: Annotated[
        str, typer.Argument(help="A video file, a folder of pictures, or a sequence folder.")
    ],
    detections: Annotated[
        str | None,
        typer.Option(
            help="Weights of the detector: a checkpoint folder, .pth, .safetensors or .onnx."
        ),
    ] = None,
    embeddings: Annotated[
        str | None,
        typer.Option(help="Weights of a separate ReID network: a checkpoint folder or .onnx."),
    ] = None,
    tracker: Annotated[
        str, typer.Option(help="A tracker's name, FILE.py:CLASS or MODULE:CLASS.")
    ] = "bytetrack",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a parameter of the tracker."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Output folder; results/track/NAME by default.")
    ] = None,
    device: Annotated[str, typer.Option(help="Where networks run: cpu or cuda.")] = "cpu",
    start: Annotated[int, typer.Option(help="The first frame, from 1.")] = 1,
    frames: Annotated[int | None, typer.Option(help="How many frames at most.")] = None,
    frame_rate: Annotated[
        float | None,
        typer.Option(help="Frames per second of a folder; its seqinfo.ini's, else 30."),
    ] = None,
) -> None:
    """Track people in a video: writes tracks.txt (MOTChallenge text) and tracks.mp4 (plays in a browser).

    The networks are those that suites take too. Ctrl-C ends it after the frame at hand and keeps
    what is tracked.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from mot_bench.files.folder_lock import results_lock
    from mot_bench.videos.clips import check_no_stream, open_clip
    from mot_bench.videos.tracking import make_tracking, track_video
    from mot_bench.viewing.tracked import write_tracked_clip

    check_no_stream(video)
    place = Path(video)
    clip = open_clip(place, start=start, frames=frames, frame_rate=frame_rate)
    tracking = make_tracking(detections, embeddings, tracker, settings or [], device)
    folder = out or _usual_folder(place)
    for note in (*clip.notes, *tracking.notes):
        typer.echo(f"note: {note}", err=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with (
        results_lock(folder, make=True),
        Progress(
            TextColumn("frames"),
            *columns,
            console=console,
            transient=True,
            disable=not console.is_terminal,
        ) as bar,
    ):
        task = bar.add_task("frames", total=clip.length)
        try:
            result = track_video(
                clip, tracking, folder, step=lambda done: bar.update(task, completed=done.frames)
            )
        finally:
            tracking.close()
        if result.frames:
            write_tracked_clip(folder, clip, result)
    for line in summary(result, folder):
        typer.echo(line)
    if result.frames and not result.ids:
        typer.echo(nothing_tracked(result), err=True)
    if result.interrupted:
        typer.echo("interrupted: what was tracked so far is written", err=True)
        raise typer.Exit(130)


def _usual_folder(video: Path) -> Path:
    """Return ``results/track/NAME`` for a video (errors as ``check_name``)."""
    from mot_bench.files.places import check_name, inside

    name = check_name(video.resolve().stem, "a video with a name", video.parent, "say --out FOLDER")
    return inside(Path("results"), "track", name)


def nothing_tracked(result: Tracked) -> str:
    """Say why there may be no tracks."""
    if not result.detections:
        return "warning: no tracks: the detector found nothing; are the pictures and the weights of the same kind?"
    return (
        f"warning: no tracks from {result.detections} detections with scores of at most {result.best:.2f}; "
        "--set lowers the tracker's thresholds (mot-bench list trackers NAME shows them)"
    )


def summary(result: Tracked, folder: Path) -> list[str]:
    """What was tracked, how fast, and where it is."""
    total = sum(result.seconds.values())
    if not result.frames:
        return ["0 frames, nothing is written"]
    stages = ", ".join(
        f"{name} {1e3 * spent / result.frames:.1f}"
        for name, spent in result.seconds.items()
        if spent > 5e-5 * result.frames
    )
    return [
        f"{result.frames} frames, {result.ids} tracks, {result.frames / total:.1f} frames a second (ms: {stages})",
        f"written: {folder / 'tracks.txt'}",
        f"written: {folder / 'tracks.mp4'}; frame by frame: mot-bench viewer {folder}",
    ]
