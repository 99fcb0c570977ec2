"""Find the data root: the folder under which named datasets lie.

It is ``--data-root``, else the environment variable ``MOT_BENCH_DATA``, else ``data_root`` in the
user's configuration file (``config.toml`` in the folder that ``platformdirs`` names for
``mot-bench``).
"""

from __future__ import annotations

import os
from pathlib import Path

from mot_bench.errors import InputError, MotBenchError, quoted
from mot_bench.files.toml_files import read_toml


def config_file() -> Path:
    """Return the path of the user's configuration file, which need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("mot-bench")) / "config.toml"


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
    path = config_file()
    if not path.is_file():
        return None
    _, settings = read_toml(path)
    unknown = sorted(settings.keys() - {"data_root"})
    if unknown:
        raise InputError(path, "the key data_root alone", f"unknown key {unknown[0]}")
    root = settings.get("data_root")
    if root is None:
        return None
    if not isinstance(root, str):
        raise InputError(path, "a path as text for data_root", quoted(root))
    return _folder(path.parent / Path(root).expanduser(), f"data_root in {path}")


def _folder(path: Path, where: str) -> Path:
    if not path.is_dir():
        found = "a file" if path.exists() else "nothing"
        raise MotBenchError(f"{where}: expected a folder with data, found {found} at {path}")
    return path
