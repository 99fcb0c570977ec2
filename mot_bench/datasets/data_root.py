"""Find the data root: the folder under which named datasets lie.

It is ``--data-root``, else the environment variable ``MOT_BENCH_DATA``, else ``data_root`` in the
user's configuration file (``config.toml`` in the folder that ``platformdirs`` names for
``mot-bench``).
"""

from __future__ import annotations

import os
from pathlib import Path

from mot_bench.errors import MotBenchError
from mot_bench.files.user_configuration import configuration_file, configured_path


def resolve_data_root(option: Path | None) -> Path | None:
    """Return the data root, or None if none is configured.

    The option comes first, then ``MOT_BENCH_DATA``, then the user's configuration file.

    Raises:
        MotBenchError: the path is not a folder, or the configuration file is malformed.
    """
    if option is not None:
        return _folder(option, "--data-root")
    variable = os.environ.get("MOT_BENCH_DATA")
    if variable:
        return _folder(Path(variable), "MOT_BENCH_DATA")
    root = configured_path("data_root")
    return None if root is None else _folder(root, f"data_root in {configuration_file()}")


def _folder(path: Path, where: str) -> Path:
    if not path.is_dir():
        found = "a file" if path.exists() else "nothing"
        raise MotBenchError(f"{where}: expected a folder with data, found {found} at {path}")
    return path
