"""Check the pictures of a sequence: their number, order and sizes, and whether they open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mot_bench.datasets.findings import MOST_FAULTS, Finding, finding_of
from mot_bench.datasets.motchallenge import SequenceFolder
from mot_bench.datasets.picture_decoding import picture_size
from mot_bench.datasets.picture_files import PictureFolder
from mot_bench.datasets.seqinfo import FILE_NAME, line_of
from mot_bench.errors import InputError

Size = tuple[int, int]


def check_pictures(folder: SequenceFolder, pictures: PictureFolder) -> Iterator[Finding]:
    """Yield the faults of a sequence's pictures, of which only the headers are read."""
    yield from _check_count(folder, pictures)
    known = folder.width is not None and folder.height is not None
    stated = (folder.width or 0, folder.height or 0) if known else None
    yield from _check_sizes(pictures.by_frame.values(), stated)


def _check_count(folder: SequenceFolder, pictures: PictureFolder) -> Iterator[Finding]:
    files, place = pictures.by_frame, pictures.folder
    if len(files) != folder.length:
        line = line_of(folder.path / FILE_NAME, "seqLength")
        path = folder.path if line is None else folder.path / FILE_NAME
        expected = f"seqLength = the {len(files)} pictures in {place.name}"
        yield Finding(path, line, expected, f"{folder.length}")
    elif missing := sorted(set(range(1, folder.length + 1)) - set(files)):
        expected = f"pictures 1 to {folder.length}"
        yield Finding(place, None, expected, f"none of number {missing[0]}")


def _check_sizes(files: Iterable[Path], stated: Size | None) -> Iterator[Finding]:
    """Yield a finding for pictures that do not open, and for the first of an unexpected size."""
    expected, source = stated, "seqinfo.ini"
    broken, differs = 0, False
    for path in files:
        try:
            size = picture_size(path)
        except InputError as error:
            broken += 1
            if broken <= MOST_FAULTS:
                yield finding_of(error)
            continue
        if expected is None:
            expected, source = size, f"as {path.name}"
        if size != expected and not differs:
            differs = True
            words = f"{expected[0]} x {expected[1]} pixels ({source})"
            yield Finding(path, None, words, f"{size[0]} x {size[1]}")
    if broken > MOST_FAULTS:
        yield Finding(
            path.parent, None, "pictures that can be opened", f"{broken - MOST_FAULTS} more"
        )
