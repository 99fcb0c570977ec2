"""Atomic writing: a temporary name beside the target, fsync, rename.

A half-written file is never taken for a whole.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mot_bench.errors import MotBenchError


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, making its folder if need be.

    Raises:
        MotBenchError: the folder cannot be written or the disk is full; names the path and the
            reason.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".tmp", dir=path.parent
        )
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise MotBenchError(
            f"{path}: expected a place that can be written, found: {error.strerror or error}"
        ) from error


def write_text(path: Path, content: str) -> None:
    """Write UTF-8 text with Unix line ends, whole or not at all (errors as ``write_bytes``)."""
    write_bytes(path, content.encode("utf-8"))


def write_copy(path: Path, content: bytes) -> None:
    """Make a file of one's own with this content.

    One that has it already stays (errors as ``write_bytes``).

    A file that is a link, or that shares its content with another name (a hard link), is replaced:
    whoever edits the copy must not edit the original.
    """
    try:
        own = not path.is_symlink() and path.stat().st_nlink == 1 and path.read_bytes() == content
    except OSError:
        own = False
    if not own:
        write_bytes(path, content)


def sweep(folder: Path) -> None:
    """Remove what killed processes left of files that they were writing in a results folder and its runs."""
    runs = folder / "runs"
    below = (
        [] if runs.is_symlink() else runs.rglob(".*.tmp")
    )  # a link may lead to what is somebody else's
    for leftover in [*folder.glob(".*.tmp"), *below]:
        if leftover.is_file() and not leftover.is_symlink():
            leftover.unlink(missing_ok=True)
