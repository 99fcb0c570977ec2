"""Temporary folders of processes: made with the process's number in the name, swept once that process is gone."""

from __future__ import annotations

import os
import shutil
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path

_PREFIX = "mot-bench-"
_SHORT_PLACE = Path("/tmp")
_LONGEST_PLACE = (
    50  # letters; a socket's path has 104 at most, of which the folder and the socket take up to 50
)


def own_temporary_folder() -> str:
    """Make a temporary folder that is removed when this process ends; return its path.

    It lies in ``/tmp`` where the usual place has so long a path that no socket could be made in the
    folder.
    """
    usual = tempfile.gettempdir()
    place = (
        usual if len(usual) <= _LONGEST_PLACE or not _SHORT_PLACE.is_dir() else str(_SHORT_PLACE)
    )
    own = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place)
    Finalize(None, shutil.rmtree, (own, True), exitpriority=-100)
    return own


def sweep_temporary_folders() -> None:
    """Remove the temporary folders of processes that were killed."""
    for place in {Path(tempfile.gettempdir()), _SHORT_PLACE}:
        for folder in place.glob(f"{_PREFIX}*"):
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
