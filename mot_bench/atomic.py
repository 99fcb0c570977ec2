"""Write files atomically: a temporary file beside the target, fsync, rename."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mot_bench.errors import MotBenchError


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically, and create its folder if necessary.

    Raises:
        MotBenchError: the file cannot be written; the message names the path and the reason.
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
    """Write UTF-8 text with Unix line ends atomically (errors as ``write_bytes``)."""
    write_bytes(path, content.encode("utf-8"))


def write_copy(path: Path, content: bytes) -> None:
    """Write an independent copy unless the file has this content (errors as ``write_bytes``).

    A symbolic or hard link is replaced, so that editing the copy does not change the original.
    """
    try:
        own = not path.is_symlink() and path.stat().st_nlink == 1 and path.read_bytes() == content
    except OSError:
        own = False
    if not own:
        write_bytes(path, content)


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a results folder and its runs."""
    runs = folder / "runs"
    below = [] if runs.is_symlink() else runs.rglob(".*.tmp")  # do not follow links elsewhere
    for leftover in [*folder.glob(".*.tmp"), *below]:
        if leftover.is_file() and not leftover.is_symlink():
            leftover.unlink(missing_ok=True)
