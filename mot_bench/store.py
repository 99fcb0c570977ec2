"""The store: what stages made, keyed by everything that can change it, published whole or not at all.

``ROOT/<stage>/<key>/`` holds the files of one result. The key is a hash of resolved parameters, digests of data and the
stage's code version (``mot_bench.code_version``); not of the number of workers, nor of where the store lies. An entry
is written into a folder with a temporary name, synced and renamed: after ``kill -9`` it is there or it is not.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mot_bench.errors import MotBenchError

_TEMPORARY = ".unfinished-"
_MANIFEST = "entry.json"


def digest_of(content: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(content).hexdigest()


def key_of(inputs: Mapping[str, object]) -> str:
    """The key of a result: a hash of all that can change it, as canonical JSON.

    >>> key_of({"a": 1, "b": [1.5, None]}) == key_of({"b": [1.5, None], "a": 1})
    True
    """
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Store:
    """Results on disk, one folder each."""

    def __init__(self, root: Path) -> None:
        """A store in this folder; it is made when the first result is published."""
        self.root = root

    def folder(self, stage: str, key: str) -> Path:
        """Where a result lies, or would."""
        return self.root / stage / key

    def has(self, stage: str, key: str) -> bool:
        """Whether a result is there, whole."""
        return (self.folder(stage, key) / _MANIFEST).is_file()

    def read(self, stage: str, key: str, name: str) -> bytes | None:
        """A file of a result; None if the result is not there, or the file is not what was published."""
        folder = self.folder(stage, key)
        try:
            manifest = json.loads((folder / _MANIFEST).read_bytes())
            content = (folder / name).read_bytes()
        except (OSError, json.JSONDecodeError):
            return None
        return content if manifest["digests"].get(name) == digest_of(content) else None

    def publish(
        self, stage: str, key: str, files: Mapping[str, bytes], inputs: Mapping[str, object], times: object = None
    ) -> None:
        """Put a result there, whole or not at all; one that is there already is replaced.

        Args:
            stage: name of the stage.
            key: ``key_of(inputs)``.
            files: contents by name; digests of them are kept, so that a damaged file is made again.
            inputs: what the key stands for, kept for people to read.
            times: seconds spent, kept in ``times.json`` beside; no part of the result.

        Raises:
            MotBenchError: the folder cannot be written or the disk is full.
        """
        manifest = {"stage": stage, "inputs": inputs, "digests": {name: digest_of(files[name]) for name in files}}
        contents = dict(files) | {_MANIFEST: json.dumps(manifest, indent=1, sort_keys=True).encode()}
        if times is not None:
            contents["times.json"] = json.dumps(times, indent=1, sort_keys=True).encode()
        parent = self.root / stage
        try:
            parent.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=parent))
            try:
                for name, content in contents.items():
                    _write_synced(unfinished / name, content)
                unfinished.chmod(0o755)
                _move_into_place(unfinished, self.folder(stage, key))
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
        except OSError as error:
            raise MotBenchError(f"{parent}: expected a folder that can be written, found: {error.strerror}") from error

    def sweep(self) -> None:
        """Remove what killed processes left unfinished. Only where no other process writes to this store."""
        for leftover in self.root.glob(f"*/{_TEMPORARY}*"):
            shutil.rmtree(leftover, ignore_errors=True)


def link_or_copy(source: Path, target: Path) -> None:
    """Make ``target`` the file that ``source`` is, atomically: a hard link, or a copy where links are not possible.

    Raises:
        MotBenchError: the folder cannot be written or the disk is full.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
        temporary.replace(target)
        temporary.unlink(missing_ok=True)  # replacing a link by another of the same file leaves both
    except OSError as error:
        raise MotBenchError(f"{target}: expected a place that can be written, found: {error.strerror}") from error


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _move_into_place(unfinished: Path, place: Path) -> None:
    try:
        unfinished.rename(place)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        outdated = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=place.parent))
        place.rename(outdated / "outdated")
        unfinished.rename(place)
        shutil.rmtree(outdated, ignore_errors=True)
