"""Bounds on zips: what a small file may unpack to."""

from __future__ import annotations

import zipfile
from pathlib import Path

_MOST_RATIO = (
    100  # of unpacked to packed bytes: deflate can reach 1000, measurements and texts do not
)
_ALWAYS_ALLOWED = 128 << 20  # bytes unpacked, whatever the ratio


def most_unpacked(size: int) -> int:
    """Return how many bytes a zip of ``size`` bytes may unpack to."""
    return max(_ALWAYS_ALLOWED, _MOST_RATIO * size)


def unpacked_size(path: Path) -> int:
    """Return the bytes that the members of a zip claim to unpack to (zipfile yields no more than that)."""
    with zipfile.ZipFile(path) as archive:
        return sum(member.file_size for member in archive.infolist())
