"""What to say of a folder without sequences: where the text files that it has should lie."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path

from mot_bench.errors import InputError

_MOST_LOOKED_AT = 1000


def no_sequences(folder: Path) -> InputError:
    """Return the error that a folder holds no sequences.

    It names text files that lie in other places than expected.
    """
    expected = "sequence folders (with seqinfo.ini, gt/gt.txt, det/det.txt or img1)"
    files = chain.from_iterable(folder.glob(pattern) for pattern in ("*/*", "*/*/*"))
    for file in islice(files, _MOST_LOOKED_AT):
        kind = next(
            (
                kind
                for kind in ("gt", "det")
                if file.name.lower().startswith(kind) and file.is_file()
            ),
            None,
        )
        if kind is not None:
            found = f"none in it; {file} is not where it is looked for: move it to SEQUENCE/{kind}/{kind}.txt"
            return InputError(folder, expected, found)
    return InputError(folder, expected, "none in it")
