"""Claims: of several processes that want the same result, one makes it and the others wait for it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from mot_bench.errors import MotBenchError
from mot_bench.files.file_locks import locked_handle

try:
    import fcntl
except ModuleNotFoundError:  # not a POSIX system: results may be made twice there, and stay right
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def claimed(root: Path, stage: str, key: str) -> Iterator[None]:
    """Hold the claim to make a result; wait while another process holds it.

    The claim ends with the process that holds it, however that process ends. On a shared file
    system it holds between machines where ``flock`` does (NFS 4, Lustre with ``-o flock``); where
    it does not, a result is made twice, and the second one replaces the first with equal content.

    Args:
        root: folder of the store.
        stage: name of the stage.
        key: of the result.

    Raises:
        MotBenchError: the store cannot be written.
    """
    if fcntl is None:
        yield
        return
    file = root / stage / f".claim-{key}"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = locked_handle(file, lambda one: fcntl.flock(one, fcntl.LOCK_EX))
    except OSError as error:
        raise MotBenchError(
            f"{file.parent}: expected a folder that can be written, found: {error.strerror}"
        ) from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.unlink()
        os.close(handle)
