"""Inputs without a dataset: a video file, or a folder of pictures in the order of their names."""

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
_FEWEST_FRAMES = 5  # fewer frames do not show a video's usual time step
_WIDE_STEP = 1.75  # a step of more than this many usual steps means that a frame is missing


@dataclass(frozen=True)
class Clip:
    """A sequence of pictures.

    Attributes:
        path: the video file, or the folder with the pictures.
        frame_rate: frames per second; the average if the clip is a video.
        first: the number of the first frame to read, from 1.
        limit: the largest number of frames to read; None for all.
        length: the number of frames that will be read; None if it is not known in advance. The
            number that a video states may be wrong.
        files: the pictures of a folder in order; empty for a video.
        notes: one line for each reason why frame numbers may differ from what users expect.
    """

    path: Path
    frame_rate: Fraction
    first: int
    limit: int | None
    length: int | None
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures, (H, W, 3) uint8 RGB of one size, decoded ahead.

        Raises:
            InputError: a picture cannot be decoded, or its size differs from the first one's.
        """
        made = map(read_picture, self.files) if self.files else decode_video(self.path, self.first)
        return _of_one_size(decode_ahead(itertools.islice(made, self.limit)), self)


def open_clip(
    path: Path, *, start: int = 1, frames: int | None = None, frame_rate: float | None = None
) -> Clip:
    """Open a video file, a folder of pictures, or a sequence folder with pictures in ``img1``.

    Args:
        path: the file or folder.
        start: the first frame, from 1.
        frames: the largest number of frames; None for all.
        frame_rate: frames per second of a folder; None for the rate in its seqinfo.ini, or else 30.
            Not for videos, which state their own.

    Raises:
        InputError: the path does not exist, or has no pictures from ``start`` on.
        MotBenchError: a number is out of range, or a frame rate is given for a video.
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
    """Raise MotBenchError if the input is an address: clips are files and folders.

    Addresses are recognised as written (``rtsp://...``) and as a path (``rtsp:/...``).
    """
    if _ADDRESS.match(place) and not Path(place).exists():
        raise MotBenchError(
            f"{shortened(place)}: expected a video file or a folder of pictures, found an address; "
            "streams are not supported. Record a part of the stream first, such as: "
            "ffmpeg -i ADDRESS -c copy -t 60 recorded.mp4"
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
    """Return the frame rate in the seqinfo.ini of a sequence folder, or else ``FOLDER_RATE``."""
    info = read_seqinfo(folder)
    stated = None if info is None else info.frame_rate
    return FOLDER_RATE if stated is None else Fraction(stated).limit_denominator(1001)


def _open_video(path: Path, start: int, frames: int | None) -> Clip:
    if not path.is_file():
        raise InputError(path, "a video file or a folder of pictures", "no such file or folder")
    with reading(path, "a video that can be decoded"), opened_video(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate or FOLDER_RATE
        count = _stated_count(stream, Fraction(rate))
        notes = _gaps(path, container, stream)
    available = None if count is None else max(count - start + 1, 0)
    lengths = [length for length in (available, frames) if length is not None]
    return Clip(path, Fraction(rate), start, frames, min(lengths, default=None), notes=notes)


def _stated_count(stream: VideoStream, rate: Fraction) -> int | None:
    """Return the number of frames that a video states, or that follows from its duration."""
    if stream.frames:
        return stream.frames
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base * rate))
    return None


def _gaps(path: Path, container: InputContainer, stream: VideoStream) -> tuple[str, ...]:
    """Return a note if the time stamps of a video show that frames are missing.

    This reads the whole file but decodes nothing.
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
        f"{path.name}: about {lost} frames are missing in {len(wide)} places, judging by their "
        f"times (the first after frame {first + 1}: {steps[first]:.3f} s where {usual:.3f} s are "
        "usual). Frames are numbered without gaps, so numbers after a gap are too small for the "
        "time; ffmpeg -i IN -vf fps=RATE OUT fills gaps",
    )


def _of_one_size(pictures: Iterator[Picture], clip: Clip) -> Iterator[Picture]:
    size = None
    for number, picture in enumerate(pictures, start=clip.first):
        size = size or picture.shape
        if picture.shape != size:
            found = f"{picture.shape[1]}x{picture.shape[0]} in frame {number}"
            raise InputError(clip.path, f"pictures of one size, {size[1]}x{size[0]}", found)
        yield picture
