"""Write videos with drawn boxes, ids and trails, in a format that browsers play.

The format is H.264 in yuv420p with the index at the front.
"""

from __future__ import annotations

import colorsys
import contextlib
import os
from collections import deque
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from mot_bench.datasets.picture_decoding import Picture
from mot_bench.errors import MotBenchError
from mot_bench.trackers.interface import Tracks

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

Colour = tuple[int, int, int]

TRAIL_SECONDS = 1.0
_GOLDEN = 0.618033988749895  # turns of the colour wheel from id to id: neighbours differ most
_LIGHTNESS = (
    0.5,
    0.74,
    0.4,
    0.62,
    0.84,
)  # five, since ids 8, 13, 21 or 34 apart are close on that wheel
_BRIGHT = 110  # of a label's ground: above it the id is written in black
_OPTIONS = {"crf": "23", "preset": "veryfast"}


def colour_of(identity: int) -> Colour:
    """Return the colour of an id as red, green and blue, which is always the same.

    >>> colour_of(1) == colour_of(1) != colour_of(2)
    True
    """
    lightness = _LIGHTNESS[identity % len(_LIGHTNESS)]
    red, green, blue = colorsys.hls_to_rgb(identity * _GOLDEN % 1, lightness, 0.9)
    return round(255 * red), round(255 * green), round(255 * blue)


class TrackPainter:
    """Draws tracks into pictures: a box, a label with the id, and a trail of its lower edge."""

    def __init__(self, height: int, frame_rate: float) -> None:
        """Create a painter for pictures of this height in pixels."""
        self._line = max(2, round(height / 360))
        self._font = ImageFont.load_default(size=max(11, height // 45))
        self._labels: dict[int, Image.Image] = {}
        self._trails: dict[int, deque[tuple[int, float, float]]] = {}
        self._memory = max(2, round(TRAIL_SECONDS * frame_rate))
        self._frame = 0

    def draw(self, picture: Picture, tracks: Tracks) -> Picture:
        """Return a copy of the picture (H, W, 3) uint8 RGB with the tracks of this frame.

        Frames must come in order.
        """
        self._frame += 1
        image = Image.fromarray(picture)
        canvas = ImageDraw.Draw(image)
        for identity, box in zip(tracks.ids.tolist(), tracks.boxes_xyxy.tolist(), strict=True):
            trail = self._trails.setdefault(identity, deque(maxlen=self._memory))
            trail.append((self._frame, (box[0] + box[2]) / 2, box[3]))
        oldest = self._frame - self._memory
        self._trails = {
            identity: trail for identity, trail in self._trails.items() if trail[-1][0] > oldest
        }
        for identity in tracks.ids.tolist():
            points = [(x, y) for frame, x, y in self._trails[identity] if frame > oldest]
            if len(points) > 1:
                canvas.line(points, fill=colour_of(identity), width=self._line)
        for identity, box in zip(tracks.ids.tolist(), tracks.boxes_xyxy.tolist(), strict=True):
            canvas.rectangle(_visible(box, picture), outline=colour_of(identity), width=self._line)
        for identity, box in zip(tracks.ids.tolist(), tracks.boxes_xyxy.tolist(), strict=True):
            label = self._label(identity)
            left, top = max(0, round(box[0])), max(0, round(box[1]) - label.height)
            image.paste(label, (left, top))
        return np.asarray(image)

    def _label(self, identity: int) -> Image.Image:
        """Return the label of an id on its colour, which is drawn once and cached."""
        if identity not in self._labels:
            left, top, right, bottom = self._font.getbbox(str(identity))
            red, green, blue = colour_of(identity)
            label = Image.new(
                "RGB", (round(right - left) + 6, round(bottom - top) + 6), (red, green, blue)
            )
            text = "black" if 0.3 * red + 0.59 * green + 0.11 * blue > _BRIGHT else "white"
            ImageDraw.Draw(label).text(
                (3 - left, 3 - top), str(identity), fill=text, font=self._font
            )
            self._labels[identity] = label
        return self._labels[identity]


def _visible(box: list[float], picture: Picture) -> list[float]:
    """Clip a box to just outside the picture, because far corners take time and show nothing."""
    height, width = picture.shape[:2]
    x1, x2 = (min(max(x, -50.0), width + 50.0) for x in (box[0], box[2]))
    y1, y2 = (min(max(y, -50.0), height + 50.0) for y in (box[1], box[3]))
    return [x1, y1, x2, y2]


class VideoWriter:
    """A context manager that encodes pictures into an mp4 file, which appears when complete."""

    def __init__(self, path: Path, frame_rate: Fraction) -> None:
        """Create a writer; it creates the file with the first picture."""
        self.path, self._rate = path, frame_rate
        self._unfinished = path.with_name(f".{path.name}.tmp")
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def write(self, picture: Picture) -> None:
        """Add a picture (H, W, 3) uint8 RGB.

        Odd sides are extended by a black line, because the format requires even ones.

        Raises:
            MotBenchError: the file cannot be written, or there is no H.264 encoder.
        """
        import av

        try:
            if self._container is None:
                self._open(*picture.shape[:2])
            assert self._stream is not None
            assert self._container is not None
            frame = av.VideoFrame.from_ndarray(_even(picture), format="rgb24")
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, av.codec.codec.UnknownCodecError, OSError) as error:
            raise MotBenchError(
                f"{self.path}: expected to write H.264 there, found: {error}"
            ) from error

    def _open(self, height: int, width: int) -> None:
        import av

        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished.unlink(missing_ok=True)  # a link there would lead the video elsewhere
        options: dict[str, Any] = {"movflags": "+faststart"}
        self._container = av.open(str(self._unfinished), "w", format="mp4", options=options)
        stream = self._container.add_stream("libx264", rate=self._rate, options=_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = (
            width + width % 2,
            height + height % 2,
            "yuv420p",
        )
        self._stream = stream

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, also after an error, so that the pictures so far can be played."""
        if self._container is None or self._stream is None:
            return
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            os.replace(self._unfinished, self.path)  # noqa: PTH105 - as in mot_bench.atomic
        finally:
            with contextlib.suppress(OSError):
                self._unfinished.unlink(missing_ok=True)


def _even(picture: Picture) -> npt.NDArray[np.uint8]:
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)))
    return np.ascontiguousarray(picture)
