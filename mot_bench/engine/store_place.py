"""Where the store lies: one for all suites of a user, unless somebody chooses another place."""

from __future__ import annotations

import os
from pathlib import Path

from mot_bench.engine.store import Store
from mot_bench.files.user_configuration import configured_path

VARIABLE = "MOT_BENCH_STORE"
IN_RESULTS = "store"
"""The folder in a results folder where versions up to 0.1 had the store; it is still read."""


def store_root(chosen: Path | None = None) -> Path:
    """Return the folder of the store.

    It is the chosen one, else that of ``MOT_BENCH_STORE``, else that of ``store`` in the user's
    configuration file, else a folder in the user's cache.

    Raises:
        MotBenchError: the configuration file is malformed.
    """
    if chosen is not None:
        return chosen
    variable = os.environ.get(VARIABLE)
    if variable:
        return Path(variable)
    configured = configured_path("store")
    if configured is not None:
        return configured
    import platformdirs

    return Path(platformdirs.user_cache_dir("mot-bench")) / "store"


def open_store(chosen: Path | None = None, results: Path | None = None) -> Store:
    """Return the store; that of an old results folder is read too.

    Args:
        chosen: the folder of the store; None for the user's (``store_root``).
        results: a results folder.

    Raises:
        MotBenchError: the user's configuration file is malformed.
    """
    root = store_root(chosen)
    old = None if results is None else results / IN_RESULTS
    return Store(root, () if old is None or old == root else (old,))
