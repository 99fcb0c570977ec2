"""Limit the size that zips may unpack to."""

from __future__ import annotations

import zipfile
from pathlib import Path

_MOST_RATIO = 100  # of unpacked to packed bytes; deflate can reach 1000, but real data does not
_ALWAYS_ALLOWED = 128 << 20  # unpacked bytes that are allowed for any ratio


def most_unpacked(size: int) -> int:
    """Return how many bytes a zip of ``size`` bytes may unpack to."""
    return max(_ALWAYS_ALLOWED, _MOST_RATIO * size)


def unpacked_size(path: Path) -> int:
    """Return the unpacked size that a zip states, which zipfile does not exceed."""
    with zipfile.ZipFile(path) as archive:
        return sum(member.file_size for member in archive.infolist())
