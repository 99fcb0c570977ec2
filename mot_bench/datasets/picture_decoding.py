"""Open and decode picture files with Pillow, refusing files that are not safe to decode."""

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
"""The largest number of pixels in a picture: twice that of 8K, or 240 MB when decoded."""
_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM", "GIF", "JPEG2000")
_SIXTEEN_BITS = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_UNSCALED = frozenset({"I", "F"})


@contextmanager
def opened_picture(path: Path, expected: str = "a picture that can be decoded") -> Iterator[Image]:
    """Open a picture file; only its header is read until the picture is used.

    Formats that Pillow passes to other programs (EPS goes to Ghostscript) are refused, whatever the
    name of the file.

    Raises:
        InputError: the file is missing, broken, not a picture, or larger than ``MOST_PIXELS``.
    """
    from PIL import Image

    _silence_pillow()
    with reading(path, expected), Image.open(path, formats=_FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            expected = f"a picture of at most {MOST_PIXELS // 10**6} megapixels"
            raise InputError(path, expected, f"{image.width} x {image.height}")
        yield image


@functools.cache
def _silence_pillow() -> None:
    """Silence Pillow's warnings about headers that it repairs and sizes that are refused here."""
    warnings.filterwarnings("ignore", module=r"PIL\.")


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height of a picture file, undecoded (errors as ``opened_picture``)."""
    with opened_picture(path, "a picture that can be opened") as image:
        return image.size


def read_picture(path: Path) -> Picture:
    """Decode a picture file as (H, W, 3) uint8 RGB, with the upper 8 of 16 bits.

    Raises:
        InputError: the file is missing, broken, not a picture, too large, or has 32 bits a channel.
    """
    with opened_picture(path) as image:
        if image.mode in _UNSCALED:
            found = f"one of 32 bits (mode {image.mode})"
            raise InputError(path, "a picture of 8 or 16 bits a channel", found)
        if image.mode in _SIXTEEN_BITS:
            grey = (np.asarray(image) >> 8).astype(np.uint8)
            return np.repeat(grey[:, :, None], 3, axis=2)
        return np.asarray(image.convert("RGB"))
