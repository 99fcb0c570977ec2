"""Match result files to sequences by name, taking MOT17's copies into account.

MOT17 has each sequence three times, ``MOT17-02-DPM``, ``-FRCNN`` and ``-SDP``, with different
detections and the same ground truth. The ground truth of one copy therefore serves the result files
of all copies, and a result file without a suffix serves every copy.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from mot_bench.datasets.alignment import COPIES, base_name
from mot_bench.datasets.dataset import Dataset, Sequence

_File = TypeVar("_File")


def with_copies(dataset: Dataset, runs: Iterable[Iterable[str]]) -> Dataset:
    """Return the dataset with a sequence for each of MOT17's copies that every run has a file for.

    A sequence is kept unchanged if no copy of it is in all runs, or if the dataset has several of
    its copies.

    Args:
        dataset: the ground truth.
        runs: for each run, the names of its files without ``.txt``.
    """
    names_by_run = [set(run) for run in runs]
    shared = set.intersection(*names_by_run) if names_by_run else set()
    present_copies = Counter(base_name(sequence.name) for sequence in dataset.sequences)
    sequences: list[Sequence] = []
    for sequence in dataset.sequences:
        base = base_name(sequence.name)
        copies = _copies_of(base, shared) if present_copies[base] == 1 else []
        sequences += [replace(sequence, name=copy) for copy in copies] or [sequence]
    return replace(dataset, sequences=tuple(sequences))


def _copies_of(base: str, names: set[str]) -> list[str]:
    """Return those of ``names`` that are copies of a MOT17 sequence."""
    if not base.upper().startswith("MOT17-"):
        return []
    return [base + copy for copy in COPIES if base + copy in names]


def files_by_sequence(files: Mapping[str, _File], dataset: Dataset) -> dict[str, _File]:
    """Return the file of each sequence that has one.

    The sequence's own name comes first, then its base name, then a similar name.
    """
    by_base: dict[str, _File] = {}
    for name in sorted(files):
        by_base.setdefault(_alike(name), files[name])
    copies = [_alike(sequence.name) for sequence in dataset.sequences]
    found: dict[str, _File] = {}
    for sequence, base in zip(dataset.sequences, copies, strict=True):
        other = by_base.get(base) if copies.count(base) == 1 else None
        file = files.get(sequence.name) or files.get(base_name(sequence.name)) or other
        if file is not None:
            found[sequence.name] = file
    return found


def _alike(name: str) -> str:
    """Return a name without differences in case, in MOT17's detector, or in the form of accents."""
    return unicodedata.normalize("NFC", base_name(name.upper())).casefold()


def of_name(name: str, sequences: Iterable[Sequence]) -> Sequence | None:
    """Return the sequence of a name, or another MOT17 copy of it renamed; None without either."""
    known = list(sequences)
    exact = next((one for one in known if one.name == name), None)
    copy = next((one for one in known if base_name(one.name) == base_name(name)), None)
    return exact or (None if copy is None else replace(copy, name=name))
