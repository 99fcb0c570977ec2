"""Pictures of a sequence as JPEG files, made once: what is there already is not made again."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Ordered
from pathlib import Path

import numpy as np

from mot_bench.atomic import write_bytes
from mot_bench.datasets.dataset import FrameSource, Sequence
from mot_bench.datasets.frames import decode_ahead
from mot_bench.datasets.picture_decoding import Picture
from mot_bench.errors import MotBenchError

FULL, NONE = "full", "none"
DEFAULT_WIDTH = 960
QUALITY = 82


def parse_width(text: str) -> int | None:
    """The greatest width of pictures in pixels; 0 for none at all, None for pictures as they are.

    Raises:
        MotBenchError: it is none of these.
    """
    if text == FULL:
        return None
    if text == NONE:
        return 0
    if text.isdecimal() and 16 <= int(text) <= 16384:
        return int(text)
    raise MotBenchError(
        f"--pictures: expected full, none or a width of 16 to 16384 pixels, found {text!r}"
    )


def folder_name(sequence: Sequence, width: int | None) -> str:
    """The folder of a sequence's pictures: another width, another cut or other data have another."""
    size = "full" if width is None else f"w{width}"
    return f"{size}-{sequence.first_frame}-{sequence.digest[:8]}"


def picture_name(frame: int) -> str:
    """The file of a frame.

    >>> picture_name(7)
    '000007.jpg'
    """
    return f"{frame:06d}.jpg"


def write_pictures(
    sequence: Sequence, folder: Path, width: int | None, step: Callable[[], None]
) -> None:
    """Write the pictures of a sequence that are not there yet.

    Args:
        sequence: with pictures.
        folder: for ``000001.jpg`` and so on.
        width: greatest width in pixels; None for pictures as they are.
        step: is called once a frame.

    Raises:
        MotBenchError: a picture cannot be read, or the folder cannot be written.
    """
    assert sequence.load_frames is not None
    there = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    lacking = [frame for frame in range(1, sequence.length + 1) if picture_name(frame) not in there]
    for _ in range(sequence.length - len(lacking)):
        step()
    if not lacking:
        return
    source = sequence.load_frames()
    for frame, picture in zip(lacking, _read(source, lacking), strict=True):
        write_bytes(folder / picture_name(frame), encode(picture, width))
        step()


def _read(source: FrameSource, frames: Ordered[int]) -> Iterator[Picture]:
    """These frames, decoded ahead."""
    return decode_ahead(source.read(frame) for frame in frames)


def encode(picture: Picture, width: int | None = None) -> bytes:
    """A picture (H, W, 3) uint8 RGB as JPEG, at most so many pixels wide."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(picture))
    if width is not None and image.width > width:
        height = max(1, round(image.height * width / image.width))
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=QUALITY)
    return content.getvalue()
