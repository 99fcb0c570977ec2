"""Decode the frames of a video file one after the other (PyAV), turned upright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.picture_decoding import MOST_PIXELS
from mot_bench.errors import InputError, MotBenchError, reading, reason_of

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.sidedata.sidedata import SideData


_LISTS = (b"#EXTM3U", b"ffconcat", b"<", b"v=0")  # HLS, concatenation, DASH, SDP


@contextmanager
def opened_video(path: Path) -> Iterator[InputContainer]:
    """Open a video file; metadata that is not UTF-8 is ignored.

    Raises:
        InputError: the file is missing, cannot be decoded, has no video, or its pictures are too
            large.
    """
    import av

    _refuse_list(path)
    with reading(path, "a video that can be decoded"):
        container = av.open(str(path), metadata_errors="replace")
    with container:
        if not container.streams.video:
            raise InputError(path, "a video", "a file without one")
        stream = container.streams.video[0]
        check_size(path, stream.codec_context.width, stream.codec_context.height)
        yield container


def _refuse_list(path: Path) -> None:
    """Raise InputError for a playlist, since a decoder would open the files that it lists."""
    try:
        with path.open("rb") as file:
            head = file.read(256)
    except OSError:
        return  # the decoder reports it
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_LISTS):
        way_out = "ffmpeg -i LIST -c copy video.mp4 makes one file of it"
        raise InputError(path, "a video file", f"a list of other files ({way_out})")


def check_size(path: Path, width: int, height: int) -> None:
    """Raise InputError if pictures are too large to decode."""
    if width * height > MOST_PIXELS:
        expected = f"pictures of at most {MOST_PIXELS // 10**6} megapixels"
        raise InputError(path, expected, f"{width} x {height}")


def decode_video(path: Path, first: int = 1) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the upright pictures, (H, W, 3) uint8 RGB, of a video from frame ``first`` (1-based).

    Raises:
        InputError: a picture cannot be decoded, or the video has fewer frames than ``first``.
    """
    number = 0
    try:
        with opened_video(path) as container:
            container.streams.video[0].thread_type = "AUTO"
            for number, frame in enumerate(container.decode(video=0), start=1):
                check_size(path, frame.width, frame.height)
                if number >= first:
                    yield _upright(frame)
    except MotBenchError:
        raise
    except Exception as error:  # a damaged stream can make the decoder fail in any way
        expected = f"a video that can be decoded beyond frame {number}"
        raise InputError(path, expected, reason_of(error)) from error
    if number < first:
        raise InputError(path, f"frames from {first} on", f"a video of {number}")


def _upright(frame: VideoFrame) -> npt.NDArray[np.uint8]:
    """Return the picture of a frame, rotated and mirrored by its display matrix.

    Phones store the rotation of the camera in that matrix (ISO/IEC 14496-12, section 8.5.2,
    ``tkhd``): nine numbers a b u c d v x y w; a pixel at (x, y) is shown at (a x + c y, b x + d y),
    up to a shift. Only rotations by multiples of 90 degrees are applied.
    """
    picture = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return picture
    a, b, _, c, d = np.frombuffer(bytes(cast("SideData", matrix)), np.int32)[:5].tolist()
    if b and c and not (a or d):
        picture, a, d = picture.transpose(1, 0, 2), c, b
    elif b or c:
        return picture
    return np.ascontiguousarray(picture[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])
