"""What one tracks without a dataset: a video file, or a folder of pictures in the order of their names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mot_bench.datasets.frames import decode_ahead
from mot_bench.datasets.picture_decoding import Picture, read_picture
from mot_bench.datasets.picture_files import list_folder
from mot_bench.datasets.seqinfo import read_seqinfo
from mot_bench.datasets.video_frames import decode_video, opened_video
from mot_bench.errors import InputError, MotBenchError, reading, shortened

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

FOLDER_RATE = Fraction(30)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_FEWEST_FRAMES = 5  # of a video whose usual step can be told
_WIDE_STEP = 1.75  # times the usual step: a frame is missing


@dataclass(frozen=True)
class Clip:
    """Pictures one after the other.

    Attributes:
        path: the video file, or the folder that the pictures lie in.
        frame_rate: frames per second; a video's own, on average.
        first: the number of the first frame that is taken, from 1.
        limit: how many frames are taken at most; None for all.
        length: how many that will be; None where only reading it tells. A video's own word may be
            wrong.
        files: of a folder's pictures, in order; empty for a video.
        notes: one line each on what makes frame numbers other than one may think.
    """

    path: Path
    frame_rate: Fraction
    first: int
    limit: int | None
    length: int | None
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    def pictures(self) -> Iterator[Picture]:
        """(H, W, 3) uint8 RGB, decoded ahead; all of one size.

        Raises:
            InputError: a picture cannot be decoded, or has another size than the first.
        """
        made = map(read_picture, self.files) if self.files else decode_video(self.path, self.first)
        return _of_one_size(decode_ahead(itertools.islice(made, self.limit)), self)


def open_clip(
    path: Path, *, start: int = 1, frames: int | None = None, frame_rate: float | None = None
) -> Clip:
    """Open a video file, a folder of pictures, or a sequence folder with pictures in ``img1``.

    Args:
        path: where it is.
        start: the first frame, from 1.
        frames: how many at most; None for all.
        frame_rate: of a folder, frames per second; None for what its seqinfo.ini says, else 30. A
            video says its own.

    Raises:
        InputError: no such thing, or nothing in it from ``start`` on.
        MotBenchError: a number that makes no sense.
    """
    for name, value in (("--start", start), ("--frames", frames), ("--frame-rate", frame_rate)):
        if value is not None and not 0 < value < 1e9:
            raise MotBenchError(f"{name}: expected a number above 0, found {value}")
    check_no_stream(str(path))
    if path.is_dir():
        return _open_folder(path, start, frames, frame_rate)
    if frame_rate is not None:
        raise MotBenchError(
            f"--frame-rate: expected it for a folder of pictures, found a video, {path.name}"
        )
    return _open_video(path, start, frames)


def check_no_stream(place: str) -> None:
    """Refuse the address of a stream or of a file elsewhere: clips are files and folders.

    Raises:
        MotBenchError: it is one, whole (``rtsp://...``) or as a path has it (``rtsp:/...``).
    """
    if _ADDRESS.match(place) and not Path(place).exists():
        raise MotBenchError(
            f"{shortened(place)}: expected a video file or a folder of pictures, found an address; streams are not "
            "read. Record a part of it first, such as: ffmpeg -i ADDRESS -c copy -t 60 recorded.mp4"
        )


def _open_folder(path: Path, start: int, frames: int | None, frame_rate: float | None) -> Clip:
    folder = path / "img1" if (path / "img1").is_dir() else path
    files = list(list_folder(folder).by_frame.values())
    taken = files[start - 1 : None if frames is None else start - 1 + frames]
    if not taken:
        raise InputError(folder, f"pictures from frame {start} on", f"{len(files)} pictures")
    rate = (
        Fraction(frame_rate).limit_denominator(1001)
        if frame_rate is not None
        else _stated_rate(path)
    )
    return Clip(folder, rate, start, frames, len(taken), tuple(taken))


def _stated_rate(folder: Path) -> Fraction:
    """Return the frame rate in a sequence folder's seqinfo.ini; without it the rate of folders."""
    info = read_seqinfo(folder)
    stated = None if info is None else info.frame_rate
    return FOLDER_RATE if stated is None else Fraction(stated).limit_denominator(1001)


def _open_video(path: Path, start: int, frames: int | None) -> Clip:
    if not path.is_file():
        raise InputError(path, "a video file or a folder of pictures", "no such file or folder")
    with reading(path, "a video that can be decoded"), opened_video(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate or FOLDER_RATE
        count = stream.frames or None
        if count is None and stream.duration and stream.time_base:
            count = round(float(stream.duration * stream.time_base * rate))
        notes = _gaps(path, container, stream)
    if count is not None:
        count = max(count - start + 1, 0)
    length = count if frames is None else frames if count is None else min(count, frames)
    return Clip(path, Fraction(rate), start, frames, length, notes=notes)


def _gaps(path: Path, container: InputContainer, stream: VideoStream) -> tuple[str, ...]:
    """Return a note if times are missing between a video's frames.

    Reads the whole file and decodes nothing.
    """
    times = sorted(packet.pts for packet in container.demux(stream) if packet.pts is not None)
    if len(times) < _FEWEST_FRAMES or not stream.time_base:
        return ()
    steps = np.diff(np.array(times, np.float64)) * float(stream.time_base)
    usual = float(np.median(steps))
    wide = np.flatnonzero(steps > _WIDE_STEP * usual)
    if usual <= 0 or not len(wide):
        return ()
    lost = int(np.rint(steps[wide] / usual - 1).sum())
    first = int(wide[0])
    return (
        f"{path.name}: about {lost} frames are missing in {len(wide)} places, judging by their times "
        f"(the first after frame {first + 1}: {steps[first]:.3f} s where {usual:.3f} s are usual). "
        "Frames are numbered without gaps, so numbers after a gap are too small for the time; "
        "ffmpeg -i IN -vf fps=RATE OUT fills gaps",
    )


def _of_one_size(pictures: Iterator[Picture], clip: Clip) -> Iterator[Picture]:
    size = None
    for number, picture in enumerate(pictures, start=clip.first):
        size = size or picture.shape
        if picture.shape != size:
            found = f"{picture.shape[1]}x{picture.shape[0]} in frame {number}"
            raise InputError(clip.path, f"pictures of one size, {size[1]}x{size[0]}", found)
        yield picture
