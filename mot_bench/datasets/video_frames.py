"""Frames of a video file, decoded one after the other (PyAV) and held upright."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from mot_bench.errors import InputError

if TYPE_CHECKING:
    from av import VideoFrame
    from av.sidedata.sidedata import SideData


def decode_video(path: Path, first: int = 1) -> Iterator[npt.NDArray[np.uint8]]:
    """Pictures (H, W, 3) uint8 RGB of a video from frame ``first`` on, counted from 1, as a player shows them.

    Raises:
        InputError: a picture cannot be decoded, or the video has fewer frames than ``first``.
    """
    import av

    number = 0
    try:
        with av.open(str(path)) as container:
            container.streams.video[0].thread_type = "AUTO"
            for number, frame in enumerate(container.decode(video=0), start=1):
                if number >= first:
                    yield _upright(frame)
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise InputError(path, f"a video that can be decoded beyond frame {number}", str(error)) from error
    if number < first:
        raise InputError(path, f"frames from {first} on", f"a video of {number}")


def _upright(frame: VideoFrame) -> npt.NDArray[np.uint8]:
    """The picture of a frame, turned and mirrored as its display matrix says: phones film with the sensor's side up.

    The matrix is that of the ISO base media file format (ISO/IEC 14496-12, section 8.5.2, ``tkhd``): nine numbers
    a b u c d v x y w; a pixel at (x, y) is shown at (a x + c y, b x + d y), up to a shift. Turns by other than quarters
    are no turns here.
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
