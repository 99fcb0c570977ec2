"""A video of a run and a sequence: the tracks as ``mot-bench track`` draws them, with the errors marked."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.datasets.mot_text import TrackRows
from mot_bench.errors import InputError, MotBenchError
from mot_bench.files.places import inside
from mot_bench.records.results import RunResult
from mot_bench.results.folder import ResultsFolder
from mot_bench.trackers.boxes import ltwh_to_xyxy
from mot_bench.trackers.interface import Tracks
from mot_bench.videos.annotation import TrackPainter, VideoWriter
from mot_bench.viewing.error_painter import Corners, ErrorPainter
from mot_bench.viewing.error_spans import spans_of

VIDEOS = "videos"


def video_file(folder: ResultsFolder, run: RunResult, sequence: Sequence) -> Path:
    """Return where the video of a run and a sequence lies, or would (errors as ``ResultsFolder.run_folder``)."""
    return inside(folder.run_folder(run), VIDEOS, f"{sequence.name}.mp4")


def write_video(
    folder: ResultsFolder, run: RunResult, sequence: Sequence, path: Path, step: Callable[[], None]
) -> bool:
    """Write the video of a run and a sequence; whether its errors are known and marked.

    Args:
        folder: the results.
        run: with tracks of the sequence.
        sequence: with pictures.
        path: of the mp4 file.
        step: is called after every frame.

    Raises:
        InputError: there are no tracks, or a malformed file.
        MotBenchError: there are no pictures, or the video cannot be written.
    """
    tracks = folder.tracks(run, sequence)
    if tracks is None:
        raise InputError(
            folder.track_file(run, sequence.name), f"tracks of {run.run}", "no such file"
        )
    if sequence.load_frames is None:
        raise MotBenchError(
            f"sequence {sequence.name}: expected pictures to draw on, found none "
            "(mot-bench viewer shows boxes on an empty stage)"
        )
    events = folder.events(run)
    spans = spans_of(events.of(sequence.name)) if events is not None else []
    source = sequence.load_frames()
    rate = Fraction(sequence.frame_rate).limit_denominator(1001)
    people = _people(sequence)
    with VideoWriter(path, rate) as video:
        painters: tuple[TrackPainter, ErrorPainter] | None = None
        for frame, picture in enumerate(source.iterate(), start=1):
            if painters is None:
                height = picture.shape[0]
                label = folder.run_label(run)
                painters = (
                    TrackPainter(height, float(rate)),
                    ErrorPainter(label, spans, height, float(rate)),
                )
            drawn = painters[0].draw(picture, _tracks_at(tracks, frame))
            own = tracks.frames == frame
            video.write(
                painters[1].draw(
                    drawn,
                    frame,
                    people.get(frame, {}),
                    _corners(tracks.ids[own], tracks.boxes_ltwh[own]),
                )
            )
            step()
    return events is not None


def _tracks_at(tracks: TrackRows, frame: int) -> Tracks:
    own = tracks.frames == frame
    return Tracks(
        ltwh_to_xyxy(tracks.boxes_ltwh[own]),
        tracks.scores[own],
        tracks.ids[own],
        np.full(own.sum(), -1, np.int64),
    )


def _people(sequence: Sequence) -> dict[int, dict[int, Corners]]:
    """Boxes of the ground truth by frame and id."""
    truth = sequence.ground_truth
    if truth is None:
        return {}
    return {
        int(frame): _corners(
            truth.ids[truth.frames == frame], truth.boxes_ltwh[truth.frames == frame]
        )
        for frame in np.unique(truth.frames)
    }


def _corners(ids: npt.NDArray[np.int64], boxes_ltwh: npt.NDArray[np.float64]) -> dict[int, Corners]:
    corners = zip(ids.tolist(), ltwh_to_xyxy(boxes_ltwh).tolist(), strict=True)
    return {identity: (x1, y1, x2, y2) for identity, (x1, y1, x2, y2) in corners}
