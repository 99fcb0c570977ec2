"""Lock files that their holders remove at the end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def locked_handle(file: Path, lock: Callable[[int], None]) -> int:
    """Return the handle of a locked file, made again if its last holder removed it meanwhile.

    Args:
        file: made if it is missing; its folder must exist.
        lock: locks an open handle; whatever it raises is passed on.

    Raises:
        OSError: the file cannot be made.
    """
    while True:
        handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            lock(handle)
            if file.exists() and os.path.samestat(file.stat(), os.fstat(handle)):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
