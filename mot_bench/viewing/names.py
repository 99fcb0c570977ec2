"""Make names of files from any other names: plain, short and unique."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_LONGEST = 60


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
