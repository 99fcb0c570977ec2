"""Explain that a folder has no sequences, and where its text files should lie."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path

from mot_bench.errors import InputError

_MOST_LOOKED_AT = 1000


def no_sequences(folder: Path) -> InputError:
    """Return the error that a folder has no sequences; it names a misplaced text file, if any."""
    expected = "sequence folders (with seqinfo.ini, gt/gt.txt, det/det.txt or img1)"
    files = chain.from_iterable(folder.glob(pattern) for pattern in ("*/*", "*/*/*"))
    for file in islice(files, _MOST_LOOKED_AT):
        name = file.name.lower()
        kind = "gt" if name.startswith("gt") else "det" if name.startswith("det") else None
        if kind is not None and file.is_file():
            hint = f"{file} is in the wrong place: move it to SEQUENCE/{kind}/{kind}.txt"
            return InputError(folder, expected, f"none in it; {hint}")
    return InputError(folder, expected, "none in it")
