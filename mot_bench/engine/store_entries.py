"""Entries of the store: what a manifest says of an entry's files, and the check that they are still that.

``entry.json`` names the entry (stage and key), what its key stands for, and the digest of each
file; it ends with a digest of itself. An entry is whole if its folder, its manifest and every file
named there are real (no links), and all digests agree. Anything else, whatever happened to it,
counts as absent, so that its stage makes it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "entry.json"

_Signature = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Entry:
    """What a manifest says: ``inputs``, which the key stands for, and hex SHA-256 ``digests`` of the files by name."""

    inputs: dict[str, Any]
    digests: dict[str, str]


_verified: dict[Path, tuple[_Signature, Entry]] = {}


def manifest_bytes(
    stage: str, key: str, inputs: Mapping[str, object], digests: Mapping[str, str]
) -> bytes:
    """Return the content of an entry's manifest.

    Args:
        stage: name of the stage.
        key: of the entry within the stage.
        inputs: what the key stands for, for people to read.
        digests: hex SHA-256 of each file by its name.
    """
    content = {"stage": stage, "key": key, "inputs": inputs, "digests": dict(digests)}
    return json.dumps({**content, "digest": _digest_of(content)}, indent=1, sort_keys=True).encode()


def file_digest(path: Path) -> str:
    """Return the hex SHA-256 of a file without holding the file in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verified_entry(folder: Path, stage: str, key: str) -> Entry | None:
    """Return an entry, or None unless the entry is whole.

    Each process hashes an entry once: the result holds until inode, size or a time of one of its
    files changes.
    """
    known = _verified.get(folder)
    try:
        if known is not None and known[0] == _signature(folder, known[1].digests):
            return known[1]
        _verified.pop(folder, None)
        entry = _read_manifest(folder / MANIFEST, stage, key)
        if entry is None:
            return None
        signature = _signature(folder, entry.digests)
        if signature is None or any(
            file_digest(folder / name) != entry.digests[name] for name in entry.digests
        ):
            return None
    except OSError:
        return None
    _verified[folder] = (signature, entry)
    return entry


def _read_manifest(path: Path, stage: str, key: str) -> Entry | None:
    """Return what a manifest says; None if it is damaged, or the manifest of another entry."""
    try:
        content = json.loads(path.read_bytes())
        stated = content.pop("digest")
        intact = stated == _digest_of(content) and (content["stage"], content["key"]) == (
            stage,
            key,
        )
        entry = Entry(content["inputs"], content["digests"])
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return None
    return entry if intact else None


def _signature(folder: Path, names: Iterable[str]) -> _Signature | None:
    """Return what changes with a file of an entry.

    None unless all of them are files in a folder, not links.
    """
    if not stat.S_ISDIR(folder.lstat().st_mode):
        return None
    states = [(folder / name).lstat() for name in (MANIFEST, *names)]
    if not all(stat.S_ISREG(state.st_mode) for state in states):
        return None
    return tuple(_changing(state) for state in states)


def _changing(state: os.stat_result) -> tuple[int, ...]:
    return (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)


def _digest_of(content: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
