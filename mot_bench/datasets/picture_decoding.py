"""Opening picture files (Pillow), whatever somebody left in them."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mot_bench.errors import InputError, reading

if TYPE_CHECKING:
    from PIL.Image import Image

Picture = npt.NDArray[np.uint8]

MOST_PIXELS = 80_000_000
"""Of a picture: twice what 8K has; decoded it takes 240 MB."""
_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM", "GIF", "JPEG2000")
_SIXTEEN_BITS = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_UNSCALED = frozenset({"I", "F"})


@contextmanager
def opened_picture(path: Path, expected: str = "a picture that can be decoded") -> Iterator[Image]:
    """Open a picture file; only its header is read until the picture is used.

    Formats that Pillow hands to other programs (EPS goes to Ghostscript) are refused, whatever the
    file is called.

    Raises:
        InputError: the file is missing, broken, no picture, or a picture of more than
            ``MOST_PIXELS``.
    """
    from PIL import Image

    _silence_pillow()
    with reading(path, expected), Image.open(path, formats=_FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise InputError(
                path,
                f"a picture of at most {MOST_PIXELS // 10**6} megapixels",
                f"{image.width} x {image.height}",
            )
        yield image


@functools.cache
def _silence_pillow() -> None:
    """Keep Pillow's warnings off the terminal: of headers that it mends, and of sizes that are refused here."""
    warnings.filterwarnings("ignore", module=r"PIL\.")


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height of a picture file, which is not decoded (errors as ``opened_picture``)."""
    with opened_picture(path, "a picture that can be opened") as image:
        return image.size


def read_picture(path: Path) -> Picture:
    """Decode a picture file as (H, W, 3) uint8 RGB; of 16 bits a pixel the upper 8 are taken.

    Raises:
        InputError: it is missing, broken, no picture, too large, or of numbers whose range nobody
            knows.
    """
    with opened_picture(path) as image:
        if image.mode in _UNSCALED:
            raise InputError(
                path, "a picture of 8 or 16 bits a channel", f"one of 32 bits (mode {image.mode})"
            )
        if image.mode in _SIXTEEN_BITS:
            grey = (np.asarray(image) >> 8).astype(np.uint8)
            return np.repeat(grey[:, :, None], 3, axis=2)
        return np.asarray(image.convert("RGB"))
