"""Temporary folders of processes: made with the process's number in the name, swept once that process is gone."""

from __future__ import annotations

import os
import shutil
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path

_PREFIX = "mot-bench-"


def own_temporary_folder() -> str:
    """Make a temporary folder that is removed when this process ends; return its path."""
    own = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
    Finalize(None, shutil.rmtree, (own, True), exitpriority=-100)
    return own


def sweep_temporary_folders() -> None:
    """Remove the temporary folders of processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        number = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if number.isdigit() and not _is_alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(number: int) -> bool:
    """Return whether there is a process of this number."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
