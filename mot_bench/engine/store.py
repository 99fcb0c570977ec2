"""The store: what stages made, keyed by everything that can change it, published whole or not at all.

``ROOT/<stage>/<key>/`` holds the files of one result. The key is a hash of resolved parameters,
digests of data and the stage's code version (``mot_bench.engine.versions``); not of the number of
workers, nor of where the store lies. An entry is written into a folder with a temporary name,
synced and renamed: after ``kill -9`` it is there or it is not. Whatever is read is checked against
what was published (``mot_bench.engine.store_entries``); a damaged entry counts as absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from mot_bench.engine.store_entries import (
    MANIFEST,
    Entry,
    file_digest,
    manifest_bytes,
    verified_entry,
)
from mot_bench.errors import MotBenchError, reading

_TEMPORARY = ".unfinished-"
_TIMES = "times.json"
_Content = TypeVar("_Content")


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
        """Return the folder where a result lies, or would lie.

        Whether it is whole, ``has`` says.
        """
        return self.root / stage / key

    def entry(self, stage: str, key: str) -> Entry | None:
        """Return what is known of a result.

        None unless every file of the result is as it was published.
        """
        return verified_entry(self.folder(stage, key), stage, key)

    def entries(self, stage: str) -> Iterator[tuple[str, Entry]]:
        """Yield all whole results of a stage with their keys, sorted by key."""
        for folder in sorted((self.root / stage).glob("[!.]*")):
            entry = self.entry(stage, folder.name)
            if entry is not None:
                yield folder.name, entry

    def has(self, stage: str, key: str) -> bool:
        """Return whether a result is there, and every file of it as it was published."""
        return self.entry(stage, key) is not None

    def file(self, stage: str, key: str, name: str) -> Path | None:
        """Return the path of a file to be mapped or streamed.

        None unless the whole result is as published.
        """
        entry = self.entry(stage, key)
        return (
            None if entry is None or name not in entry.digests else self.folder(stage, key) / name
        )

    def read(self, stage: str, key: str, name: str) -> bytes | None:
        """Return the content of a file.

        None unless the whole result is there as it was published.
        """
        entry = self.entry(stage, key)
        if entry is None or name not in entry.digests:
            return None
        try:
            content = (self.folder(stage, key) / name).read_bytes()
        except OSError:
            return None
        return content if entry.digests[name] == digest_of(content) else None

    def parsed(
        self, stage: str, key: str, name: str, parse: Callable[[bytes], _Content], expected: str
    ) -> _Content | None:
        """Return what ``parse`` makes of a file.

        None unless the whole result is there as it was published.

        Raises:
            InputError: the file is as it was published, but holds something else than ``expected``:
                the store was filled by something else than this version of mot-bench.
        """
        content = self.read(stage, key, name)
        if content is None:
            return None
        way_out = "its folder can be removed, and is made again"
        with reading(self.folder(stage, key) / name, f"{expected} ({way_out})"):
            return parse(content)

    def publish(
        self,
        stage: str,
        key: str,
        files: Mapping[str, bytes],
        inputs: Mapping[str, object],
        times: object = None,
    ) -> None:
        """Put a result there, whole or not at all; whatever lies in its place is replaced.

        Args:
            stage: name of the stage.
            key: ``key_of(inputs)``.
            files: contents by name.
            inputs: what the key stands for, kept for people to read.
            times: seconds spent, kept in ``times.json`` beside; no part of the result.

        Raises:
            MotBenchError: the folder cannot be written or the disk is full.
        """

        def write(folder: Path) -> None:
            for name, content in files.items():
                (folder / name).write_bytes(content)

        self.publish_written(stage, key, write, inputs, times)

    def publish_written(
        self,
        stage: str,
        key: str,
        write: Callable[[Path], None],
        inputs: Mapping[str, object],
        times: object = None,
    ) -> None:
        """Publish the files that ``write`` makes in the folder that it is given.

        Otherwise like ``publish``.
        """
        parent = self.root / stage
        try:
            parent.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=parent))
            try:
                write(unfinished)
                digests = {path.name: file_digest(path) for path in sorted(unfinished.iterdir())}
                (unfinished / MANIFEST).write_bytes(manifest_bytes(stage, key, inputs, digests))
                if times is not None:
                    (unfinished / _TIMES).write_text(
                        json.dumps(times, indent=1, sort_keys=True), "utf-8"
                    )
                for path in unfinished.iterdir():
                    _sync(path)
                unfinished.chmod(0o755)
                _move_into_place(unfinished, self.folder(stage, key))
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
        except OSError as error:
            raise MotBenchError(
                f"{parent}: expected a folder that can be written, found: {error.strerror}"
            ) from error

    def sweep(self) -> None:
        """Remove what killed processes left unfinished.

        Only where no other process writes to this store.
        """
        for leftover in self.root.glob(f"*/*{_TEMPORARY}*"):
            shutil.rmtree(leftover, ignore_errors=True)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _move_into_place(unfinished: Path, place: Path) -> None:
    try:
        unfinished.rename(place)
    except OSError:
        if not os.path.lexists(place):
            raise
        outdated = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=place.parent))
        place.rename(outdated / "outdated")
        unfinished.rename(place)
        shutil.rmtree(outdated, ignore_errors=True)
