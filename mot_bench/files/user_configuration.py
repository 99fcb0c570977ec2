"""The user's configuration file: ``config.toml`` where ``platformdirs`` has configurations."""

from __future__ import annotations

from pathlib import Path

from mot_bench.errors import InputError, quoted
from mot_bench.files.toml_files import read_toml

KEYS = ("data_root", "store")


def configuration_file() -> Path:
    """Return the path of the user's configuration file, whether it exists or not."""
    import platformdirs

    return Path(platformdirs.user_config_dir("mot-bench")) / "config.toml"


def configured_path(key: str) -> Path | None:
    """Return a path that the configuration file sets, relative to the file's folder; or None.

    Raises:
        InputError: the file is malformed, has an unknown key, or sets something else than a path.
    """
    path = configuration_file()
    if not path.is_file():
        return None
    _, settings = read_toml(path)
    unknown = sorted(settings.keys() - set(KEYS))
    if unknown:
        raise InputError(path, f"no keys but {' and '.join(KEYS)}", f"unknown key {unknown[0]}")
    value = settings.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(path, f"a path as text for {key}", quoted(value))
    return path.parent / Path(value).expanduser()
