"""Find the pictures of a folder and the frame of each, in one order for all readers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mot_bench.datasets.mot_table import LONGEST_SEQUENCE
from mot_bench.errors import InputError, reading

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"})

NaturalKey = tuple[tuple[bool, int, str], ...]


@dataclass(frozen=True)
class PictureFolder:
    """The pictures of a folder in their order.

    Attributes:
        folder: the folder.
        by_frame: the picture of each 1-based frame, in ascending order; frames may be missing.
        numbered: whether the frames are the numbers in the files' names.
        hidden: the number of hidden files with a picture's suffix, such as ``._000001.jpg``, which
            macOS writes.
    """

    folder: Path
    by_frame: dict[int, Path]
    numbered: bool
    hidden: int

    @property
    def length(self) -> int:
        """The last frame; 0 without pictures."""
        return max(self.by_frame, default=0)

    def notes(self) -> list[str]:
        """Return notes about what is unusual in the order of the pictures."""
        names = [file.name for file in self.by_frame.values()]
        notes = []
        if self.hidden:
            notes.append(f"{self.hidden} hidden files in {self.folder.name} skipped")
        if names and not self.numbered:
            notes.append(f"pictures in the order of their names, {names[0]} to {names[-1]}")
            if missing := _first_gap(names):
                notes.append(
                    f"no picture of number {missing} among them, the next one takes its frame"
                )
        elif names != sorted(names):
            notes.append(f"pictures in the order of their numbers, {names[0]} to {names[-1]}")
        if len({Path(name).suffix.lower() for name in names}) > 1:
            notes.append("pictures of several formats")
        return notes


def natural_key(name: str) -> NaturalKey:
    """Return a key that sorts names naturally: digits as numbers, letters regardless of case.

    >>> sorted(["frame_10.jpg", "frame_9.jpg", "Frame_1.jpg"], key=natural_key)
    ['Frame_1.jpg', 'frame_9.jpg', 'frame_10.jpg']
    """
    parts = re.split(r"([0-9]+)", name.lower())
    return tuple((part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts)


def is_picture(file: Path) -> bool:
    """Return whether a file has a picture's name; hidden files are not pictures."""
    return file.suffix.lower() in PICTURE_SUFFIXES and not file.name.startswith(".")


def list_folder(folder: Path) -> PictureFolder:
    """Return the pictures of a folder by 1-based frame.

    The number of a picture is its frame (``000001.jpg``), so a missing picture shifts no other;
    number 0 becomes frame 1. Names that are not numbers (``frame_1.jpg``) and time stamps are used
    in natural order.

    Raises:
        InputError: the folder cannot be read, or two pictures have the same number.
    """
    with reading(folder, "a folder of pictures that can be read"):
        entries = [file for file in folder.iterdir() if file.suffix.lower() in PICTURE_SUFFIXES]
        files = [file for file in entries if is_picture(file) and file.is_file()]
    files.sort(key=lambda file: (natural_key(file.stem), file.name))
    _check_names(folder, files)
    hidden = sum(not is_picture(file) for file in entries)
    by_number = _by_number(files)
    if by_number is None:
        return PictureFolder(folder, dict(enumerate(files, start=1)), False, hidden)
    return PictureFolder(folder, by_number, True, hidden)


def _by_number(files: list[Path]) -> dict[int, Path] | None:
    """Return the pictures by number, from 1; None if the names are not frame numbers."""
    numbers = [int(file.stem) for file in files if file.stem.isdecimal()]
    if len(numbers) < len(files) or max(numbers, default=0) > LONGEST_SEQUENCE:
        return None
    shift = 1 if 0 in numbers else 0
    return {number + shift: file for number, file in zip(numbers, files, strict=True)}


def _check_names(folder: Path, files: list[Path]) -> None:
    """Refuse pictures with the same number, such as ``1.jpg`` and ``000001.png``."""
    seen: dict[tuple[tuple[bool, int, str], ...], Path] = {}
    for file in files:
        key = tuple(
            (digits, number, "" if digits else text)
            for digits, number, text in natural_key(file.stem)
        )
        other = seen.setdefault(key, file)
        if other is not file:
            found = f"{other.name} and {file.name} (move one of them elsewhere)"
            raise InputError(folder, "one picture of each number", found)


def _first_gap(names: list[str]) -> int | None:
    """Return the first missing number among names that differ only in their last number."""
    found = [re.fullmatch(r"(.*?)([0-9]+)[^0-9]*", Path(name).stem) for name in names]
    matches = [match for match in found if match is not None]
    if len(matches) < len(names) or len({match[1] for match in matches}) != 1:
        return None
    numbers = [int(match[2]) for match in matches]
    return next((a + 1 for a, b in zip(numbers, numbers[1:], strict=False) if b > a + 1), None)
