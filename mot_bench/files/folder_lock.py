"""Lock results folders and checkpoints, so that only one command writes at a time."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from pathlib import Path

from mot_bench.atomic import sweep
from mot_bench.errors import MotBenchError
from mot_bench.files.file_locks import locked_handle
from mot_bench.files.temporary import sweep_temporary_folders

_held: set[Path] = set()


@contextlib.contextmanager
def results_lock(folder: Path, *, make: bool = False) -> Iterator[None]:
    """Lock a results folder while something is written into it.

    The leftovers of killed processes in the folder and among temporary files are removed first. A
    process may lock a folder several times. There is no locking on systems without ``fcntl``.

    Args:
        folder: the folder; the lock is its file ``.lock``, which is removed at the end.
        make: whether to create a missing folder; without it, a missing folder is not locked.

    Raises:
        MotBenchError: another process holds the folder, or the folder cannot be written.
    """
    made = make and not folder.exists()
    if make:
        with _said(folder):
            folder.mkdir(parents=True, exist_ok=True)
    try:
        with _lock(folder, folder / ".lock") if folder.is_dir() else contextlib.nullcontext():
            sweep(folder)
            sweep_temporary_folders()
            yield
    finally:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()  # nothing was written


@contextlib.contextmanager
def checkpoint_lock(folder: Path) -> Iterator[None]:
    """Lock the place of a checkpoint; the lock is the file ``.NAME.lock`` beside it.

    Raises:
        MotBenchError: another process holds the place, or the folder above cannot be written.
    """
    with _said(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder, folder.parent / f".{folder.name}.lock"):
        yield


@contextlib.contextmanager
def _lock(folder: Path, file: Path) -> Iterator[None]:
    place = file.parent.resolve() / file.name
    if place in _held:
        yield
        return
    with _said(file.parent):
        handle = locked_handle(file, functools.partial(_lock_file, folder))
    _held.add(place)
    try:
        yield
    finally:
        _held.discard(place)
        with contextlib.suppress(OSError):
            file.unlink()
        os.close(handle)


def _lock_file(folder: Path, handle: int) -> None:
    try:
        import fcntl
    except ModuleNotFoundError:  # not a POSIX system: no locking there
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise MotBenchError(
            f"{folder}: expected no other mot-bench at work in it, found one "
            "(wait until it ends, or choose another folder)"
        ) from error


@contextlib.contextmanager
def _said(folder: Path) -> Iterator[None]:
    """Turn an OSError into a MotBenchError that the folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise MotBenchError(
            f"{folder}: expected a folder that can be written, found: {error.strerror}"
        ) from error
