"""The store: what stages made, keyed by everything that can change it, published whole or not at all.

``ROOT/<stage>/<key>/`` holds the files of one result. The key is a hash of resolved parameters,
digests of data and the stage's code version (``mot_bench.engine.versions``); not of the number of
workers, nor of where the store lies. An entry is written into a folder with a temporary name,
synced and renamed: after ``kill -9`` it is there or it is not. Whatever is read is checked against
what was published (``mot_bench.engine.store_entries``); a damaged entry counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from mot_bench.files.temporary import is_alive

WORK = "work"
_TEMPORARY = ".unfinished-"
_TIMES = "times.json"
_Content = TypeVar("_Content")
_LONGEST_WRITE_S = 24 * 3600.0  # of an unfinished entry whose writer is on another machine


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
    """Results on disk, one folder each; several processes may use a store at once."""

    def __init__(self, root: Path, also: Sequence[Path] = ()) -> None:
        """Use the store in a folder, which is made when the first result is published.

        Args:
            root: of the store.
            also: roots of other stores, which are read where this one lacks a result.
        """
        self.root = root
        self._also = tuple(place for place in also if place.is_dir())

    def folder(self, stage: str, key: str) -> Path:
        """Return the folder where a result lies, or would lie (``has`` says whether it is whole)."""
        found = self._find(stage, key)
        return self.root / stage / key if found is None else found[0]

    def entry(self, stage: str, key: str) -> Entry | None:
        """Return a result's manifest; None unless every file is as it was published."""
        found = self._find(stage, key)
        return None if found is None else found[1]

    def _find(self, stage: str, key: str) -> tuple[Path, Entry] | None:
        """Return the folder and the manifest of a whole result, from the first store that has it."""
        for root in (self.root, *self._also):
            folder = root / stage / key
            entry = verified_entry(folder, stage, key)
            if entry is not None:
                return folder, entry
        return None

    def entries(self, stage: str) -> Iterator[tuple[str, Entry]]:
        """Yield all whole results of a stage with their keys, sorted by key."""
        places = (self.root, *self._also)
        keys = {folder.name for root in places for folder in (root / stage).glob("[!.]*")}
        for key in sorted(keys):
            entry = self.entry(stage, key)
            if entry is not None:
                yield key, entry

    def has(self, stage: str, key: str) -> bool:
        """Return whether a result is there, and every file of it as it was published."""
        return self.entry(stage, key) is not None

    def file(self, stage: str, key: str, name: str) -> Path | None:
        """Return the path of a file to map or stream; None unless the whole result is there."""
        found = self._find(stage, key)
        return None if found is None or name not in found[1].digests else found[0] / name

    def read(self, stage: str, key: str, name: str) -> bytes | None:
        """Return the content of a file; None unless the whole result is there."""
        found = self._find(stage, key)
        if found is None or name not in found[1].digests:
            return None
        folder, entry = found
        try:
            content = (folder / name).read_bytes()
        except OSError:
            return None
        return content if entry.digests[name] == digest_of(content) else None

    def parsed(
        self, stage: str, key: str, name: str, parse: Callable[[bytes], _Content], expected: str
    ) -> _Content | None:
        """Return what ``parse`` makes of a file; None unless the whole result is there.

        Raises:
            InputError: the file is as it was published, but holds something else than ``expected``:
                something else than this version of mot-bench filled the store.
        """
        content = self.read(stage, key, name)
        if content is None:
            return None
        way_out = "its folder can be removed, and is made again"
        with reading(self.folder(stage, key) / name, f"{expected} ({way_out})"):
            return parse(content)

    def files(self, stage: str, name: str) -> Iterator[Path]:
        """Yield the paths of a file of all results of a stage, whole or damaged, sorted."""
        for root in (self.root, *self._also):
            yield from sorted(root.glob(f"{stage}/[!.]*/{name}"))

    def work_folder(self, stage: str, key: str) -> Path:
        """Return the folder for an unfinished result that can be gone on with after a kill."""
        return self.root / WORK / f"{stage}-{key}"

    def publish(
        self,
        stage: str,
        key: str,
        files: Mapping[str, bytes] | Callable[[Path], None],
        inputs: Mapping[str, object],
        times: object = None,
    ) -> None:
        """Put a result there, whole or not at all; whatever lies in its place is replaced.

        Args:
            stage: name of the stage.
            key: ``key_of(inputs)``.
            files: contents by name, or a function that writes the files into a folder.
            inputs: what the key stands for, kept for people to read.
            times: seconds spent, kept in ``times.json`` beside; no part of the result.

        Raises:
            MotBenchError: the folder cannot be written or the disk is full.
        """
        parent = self.root / stage
        try:
            parent.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix=_unfinished_prefix(), dir=parent))
            try:
                _write_entry(unfinished, files, (stage, key, inputs), times)
                _move_into_place(unfinished, self.root / stage / key)
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
        except OSError as error:
            raise MotBenchError(
                f"{parent}: expected a folder that can be written, found: {error.strerror}"
            ) from error
        shutil.rmtree(self.work_folder(stage, key), ignore_errors=True)

    def sweep(self) -> None:
        """Remove what killed processes left: unfinished entries, and work that is finished."""
        for leftover in self.root.glob(f"*/*{_TEMPORARY}*"):
            if not _may_be_written(leftover):
                shutil.rmtree(leftover, ignore_errors=True)
        for work in (self.root / WORK).glob("*-*"):
            stage, _, key = work.name.rpartition("-")
            if self.has(stage, key):
                shutil.rmtree(work, ignore_errors=True)


def _unfinished_prefix() -> str:
    return f"{_TEMPORARY}{platform.node()}-{os.getpid()}-"


def _may_be_written(leftover: Path) -> bool:
    """Return whether the process that made an unfinished entry may still be at it."""
    host, number, *_ = [*leftover.name.removeprefix(_TEMPORARY).rsplit("-", 2), "", ""]
    if host == platform.node() and number.isdigit():
        return is_alive(int(number))
    with contextlib.suppress(OSError):
        return time.time() - leftover.stat().st_mtime < _LONGEST_WRITE_S
    return False


def _write_entry(
    folder: Path,
    files: Mapping[str, bytes] | Callable[[Path], None],
    about: tuple[str, str, Mapping[str, object]],
    times: object,
) -> None:
    """Write files, manifest and times into a folder, and see that they are on the disk."""
    if callable(files):
        files(folder)
    else:
        for name, content in files.items():
            (folder / name).write_bytes(content)
    digests = {path.name: file_digest(path) for path in sorted(folder.iterdir())}
    (folder / MANIFEST).write_bytes(manifest_bytes(*about, digests))
    if times is not None:
        (folder / _TIMES).write_text(json.dumps(times, indent=1, sort_keys=True), "utf-8")
    for path in folder.iterdir():
        _sync(path)
    folder.chmod(0o755)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _move_into_place(unfinished: Path, place: Path) -> None:
    try:
        unfinished.rename(place)
    except OSError:
        if not os.path.lexists(place):
            raise
        outdated = Path(tempfile.mkdtemp(prefix=_unfinished_prefix(), dir=place.parent))
        place.rename(outdated / "outdated")
        unfinished.rename(place)
        shutil.rmtree(outdated, ignore_errors=True)
