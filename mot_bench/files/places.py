"""The one gate that names pass before they become paths.

Names of sequences, runs and datasets stand in files that others made: seqinfo.ini, results.json,
suites, zips. A name is refused where it could lead out of the folder that it belongs in, or where a
file system or a page cannot hold it. ``inside`` checks the finished place once more, with links
resolved.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from mot_bench.errors import InputError, MotBenchError, quoted

LONGEST_NAME = 251  # bytes of UTF-8: the 255 of common file systems, less a suffix such as .txt
LONGEST_PLACE = 1000  # bytes of UTF-8, of names with slashes between them
_UNPRINTABLE = ("Cc", "Zl", "Zp")  # control characters, separators of lines and of paragraphs


def name_fault(name: str) -> str | None:
    r"""Return what keeps a text from being the name of a file or folder, or None if it can be one.

    >>> name_fault("MOT17-02"), name_fault("../x"), name_fault("a\0")
    (None, 'a slash in it', 'a control character in it')
    """
    kinds = {unicodedata.category(letter) for letter in name}
    if not name:
        return "nothing in it"
    if "Cs" in kinds:
        return "bytes in it that are not UTF-8"
    if kinds.intersection(_UNPRINTABLE):
        return "a control character in it"
    if "/" in name or "\\" in name:
        return "a slash in it"
    if not name.strip(". "):
        return "only dots in it"
    size = len(name.encode())
    return f"{size} bytes in it" if size > LONGEST_NAME else None


def place_fault(place: str) -> str | None:
    """Return what keeps a text from being names with slashes between them, or None if it can be such.

    >>> place_fault("yolox/sort"), place_fault("/etc"), place_fault("a/../b"), place_fault("a" * 300)
    (None, 'a slash at its beginning', 'dots alone between slashes', '300 bytes in it')
    """
    if place.startswith("/"):
        return "a slash at its beginning"
    parts = place.split("/")
    if len(parts) > 1 and not all(part.strip(". ") for part in parts):
        return "dots alone between slashes" if all(parts) else "nothing between slashes"
    size = len(place.encode(errors="surrogateescape"))
    fault = next(filter(None, map(name_fault, parts)), None)
    return f"{size} bytes in it" if fault is None and size > LONGEST_PLACE else fault


def check_name(
    name: str, what: str, where: Path | str, way_out: str, line: int | None = None
) -> str:
    """Return a name that was read, if it can be the name of a file or folder.

    Args:
        name: as it was read.
        what: whose name it is, for the message: ``a sequence's name``.
        where: the file that it was read from.
        way_out: what the user can do, for the message.
        line: of the file, from 1; None where it is not known.

    Raises:
        InputError: it cannot; says why, and the way out.
    """
    _refuse(name_fault(name), f"{what} that can be a file's", name, where, way_out, line)
    return name


def check_place(
    place: str, what: str, where: Path | str, way_out: str, line: int | None = None
) -> str:
    """Return names with slashes between them, if they lead to a place further down (see ``check_name``)."""
    _refuse(place_fault(place), f"{what} that can be a folder's", place, where, way_out, line)
    return place


def _refuse(
    fault: str | None, expected: str, name: str, where: Path | str, way_out: str, line: int | None
) -> None:
    if fault is not None:
        raise InputError(where, expected, f"{quoted(name)}, with {fault} ({way_out})", line)


def inside(folder: Path, *names: str) -> Path:
    """Return the place of names within a folder; the place itself need not exist.

    Args:
        folder: that nothing may lead out of; it may itself be a link.
        names: one below the other; each may have slashes in it.

    Raises:
        MotBenchError: a name leads elsewhere or cannot be a file's, or a link on the way leads out
            of the folder.
    """
    for name in names:
        check_place(name, "a name", folder, "rename what is called so")
    place = folder.joinpath(*names)
    try:
        real, root = place.resolve(), folder.resolve()
    except (OSError, RuntimeError) as error:
        raise MotBenchError(
            f"{place}: expected a place that can be reached, found: {error}"
        ) from error
    if not real.is_relative_to(root):
        raise MotBenchError(
            f"{place}: expected a place inside {folder}, found a link that leads to {real} "
            "(put what it leads to in the place of the link)"
        )
    return place
