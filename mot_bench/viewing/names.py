"""Names of runs in pages.

Names of files, made from names of others: plain, short, unique whatever the names are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mot_bench.records.results import RunResult, SuiteResult

_LONGEST = 60


def run_label(result: SuiteResult, run: RunResult) -> str:
    """What a run with one seed is called where it is looked at: its name, with the seed where it has several."""
    several = sum(other.run == run.run for other in result.runs) > 1
    return f"{run.run}, seed {run.seed}" if several else run.run


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A file name for each name, of letters, digits, ``.``, ``_`` and ``-`` only.

    A name that is not plain, or that differs from another in upper and lower case alone, gets a
    part of its SHA-256 on.

    >>> file_names(["sort", "MOT17-02", "a b", "SORT"])
    {'sort': 'sort-646964943f', 'MOT17-02': 'MOT17-02', 'a b': 'a-b-c8687a08aa', 'SORT':
    'SORT-9c393bb33d'}
    """
    listed = list(dict.fromkeys(names))
    folded = [name.casefold() for name in listed]
    made = {}
    for name in listed:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:_LONGEST].strip(".-") or "name"
        if plain != name or folded.count(name.casefold()) > 1:
            plain = f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
        made[name] = plain
    return made
