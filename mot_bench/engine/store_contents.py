"""What the store holds, which results folders use it, and removing what nobody needs."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mot_bench import atomic
from mot_bench.engine.claims import claimed
from mot_bench.engine.store import WORK

USES = "uses"
"""The folder of the store that notes which results folders use which results."""


@dataclass(frozen=True)
class Stored:
    """A result in the store.

    Attributes:
        stage, key: its place.
        size_bytes: of all its files.
        used: seconds since the epoch when it was made, or last used if that is later.
        users: results folders that use it and still exist.
    """

    stage: str
    key: str
    size_bytes: int
    used: float
    users: tuple[Path, ...]


def note_use(root: Path, results: Path, entries: Iterable[tuple[str, str]]) -> None:
    """Note that a results folder uses results of the store, in place of what was noted before.

    Args:
        root: folder of the store.
        results: the results folder.
        entries: stage and key of each result.
    """
    place = results.resolve()
    name = hashlib.sha256(str(place).encode(errors="surrogateescape")).hexdigest()[:32]
    content = {"results": str(place), "entries": sorted(map(list, entries))}
    atomic.write_text(root / USES / f"{name}.json", json.dumps(content, indent=1) + "\n")


def stored(root: Path) -> list[Stored]:
    """Return everything in the store, by stage and key."""
    used: dict[tuple[str, str], list[tuple[Path, float]]] = {}
    for results, noted, entries in _uses(root):
        for entry in entries:
            used.setdefault(entry, []).append((results, noted))
    folders = [folder for folder in sorted(root.glob("*/[!.]*")) if folder.is_dir()]
    return [
        _stored(folder, used.get((folder.parent.name, folder.name), []))
        for folder in folders
        if folder.parent.name not in (WORK, USES)
    ]


def _stored(folder: Path, users: list[tuple[Path, float]]) -> Stored:
    """Describe one result, of which ``users`` says which results folders used it and when."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    latest = max([folder.stat().st_mtime, *(noted for _, noted in users)])
    there = tuple(results for results, _ in users if results.is_dir())
    return Stored(folder.parent.name, folder.name, size, latest, there)


def chosen_to_prune(
    entries: list[Stored],
    *,
    older_than_s: float | None = None,
    unused: bool = False,
    most_bytes: int | None = None,
) -> list[Stored]:
    """Return the results that pruning removes: those that match every criterion that is given.

    Args:
        entries: of the store.
        older_than_s: neither made nor used within so many seconds.
        unused: no results folder that exists uses them.
        most_bytes: of what is left, the results that were used longest ago, until all that stays
            is no larger than this.
    """
    candidates = entries
    if older_than_s is not None:
        latest = time.time() - older_than_s
        candidates = [entry for entry in candidates if entry.used < latest]
    if unused:
        candidates = [entry for entry in candidates if not entry.users]
    if most_bytes is None:
        return candidates
    excess = sum(entry.size_bytes for entry in entries) - most_bytes
    return _oldest(candidates, excess)


def _oldest(entries: list[Stored], size_bytes: int) -> list[Stored]:
    """Return the results that were used longest ago, of at least so many bytes if there are."""
    chosen: list[Stored] = []
    for entry in sorted(entries, key=lambda each: each.used):
        if size_bytes <= 0:
            break
        chosen.append(entry)
        size_bytes -= entry.size_bytes
    return chosen


def remove(root: Path, entries: Iterable[Stored]) -> None:
    """Remove results from the store, none of which another process is making at the moment."""
    for entry in entries:
        with claimed(root, entry.stage, entry.key):
            shutil.rmtree(root / entry.stage / entry.key, ignore_errors=True)


def _uses(root: Path) -> Iterator[tuple[Path, float, list[tuple[str, str]]]]:
    """Yield each noted use: the results folder, when it was noted, and what it uses."""
    for file in sorted((root / USES).glob("*.json")):
        try:
            content = json.loads(file.read_bytes())
            entries = [(str(stage), str(key)) for stage, key in content["entries"]]
            yield Path(content["results"]), file.stat().st_mtime, entries
        except (OSError, ValueError, RecursionError, KeyError, TypeError):
            continue  # damaged: what it noted counts as unused
