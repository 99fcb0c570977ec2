"""Check names before they become paths.

Names of sequences, runs and datasets come from untrusted files: seqinfo.ini, results.json, suites,
zips. A name is refused if it could lead out of its folder, or if a file system or a page cannot
hold it. ``inside`` checks the resulting path again with links resolved.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from mot_bench.errors import InputError, MotBenchError, quoted

LONGEST_NAME = 251  # bytes of UTF-8: the 255 of common file systems, less a suffix such as .txt
LONGEST_PLACE = 1000  # bytes of UTF-8, of names with slashes between them
_UNPRINTABLE = ("Cc", "Zl", "Zp")  # control characters, separators of lines and of paragraphs


def name_fault(name: str) -> str | None:
    r"""Return why a text cannot be the name of a file or folder, or None if it can be one.

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
    """Return why a text cannot be a relative path, or None if it can be one.

    >>> place_fault("yolox/sort"), place_fault("/etc"), place_fault("a/../b")
    (None, 'a slash at its beginning', 'dots alone between slashes')
    >>> place_fault("a" * 300)
    '300 bytes in it'
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
    """Return a name if it can be the name of a file or folder.

    Args:
        name: the name.
        what: the kind of name for the message, such as ``a sequence's name``.
        where: the file that the name was read from.
        way_out: what the user can do, for the message.
        line: the 1-based line in the file; None if unknown.

    Raises:
        InputError: the name is unsuitable; the message says why, and what to do.
    """
    _refuse(name_fault(name), f"{what} that can be a file's", name, where, way_out, line)
    return name


def check_place(
    place: str, what: str, where: Path | str, way_out: str, line: int | None = None
) -> str:
    """Return a relative path if it leads to a place inside its folder (see ``check_name``)."""
    _refuse(place_fault(place), f"{what} that can be a folder's", place, where, way_out, line)
    return place


def _refuse(
    fault: str | None, expected: str, name: str, where: Path | str, way_out: str, line: int | None
) -> None:
    if fault is not None:
        raise InputError(where, expected, f"{quoted(name)}, with {fault} ({way_out})", line)


def inside(folder: Path, *names: str) -> Path:
    """Return the path of names within a folder; the path need not exist.

    Args:
        folder: the folder that the path must not leave; it may be a link.
        names: the parts of the path; each may contain slashes.

    Raises:
        MotBenchError: a name is unsuitable, or a link leads out of the folder.
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
