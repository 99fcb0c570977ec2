"""Create temporary folders named after their process, and remove those of processes that ended."""

from __future__ import annotations

import os
import shutil
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path

_PREFIX = "mot-bench-"
_SHORT_PLACE = Path("/tmp")
# A socket's path has at most 104 characters, of which the folder and the socket take up to 50.
_LONGEST_PLACE = 50


def own_temporary_folder() -> str:
    """Create a temporary folder that is removed when this process ends, and return its path.

    It lies in ``/tmp`` if the path of the usual place is too long for a socket.
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
            if number.isdigit() and not is_alive(int(number)):
                shutil.rmtree(folder, ignore_errors=True)


def is_alive(number: int) -> bool:
    """Return whether a process with this number exists."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
