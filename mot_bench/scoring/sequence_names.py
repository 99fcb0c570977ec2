"""Which result file belongs to which sequence: by its name, and by the names of MOT17's copies.

MOT17 has each sequence three times, ``MOT17-02-DPM``, ``-FRCNN`` and ``-SDP``: other detections,
one ground truth. So ground truth of one copy serves result files of all, and a file without a
suffix serves every copy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from mot_bench.datasets.alignment import COPIES, base_name
from mot_bench.datasets.dataset import Dataset, Sequence

_File = TypeVar("_File")


def with_copies(dataset: Dataset, runs: Iterable[Iterable[str]]) -> Dataset:
    """Return the dataset with a sequence for each of MOT17's copies that every run has a file for.

    A sequence of which no copy is in all runs stays as it is, and so does one whose copies the
    dataset has itself.

    Args:
        dataset: the ground truth.
        runs: of each run the names of its files, without ``.txt``.
    """
    names = [sequence.name for sequence in dataset.sequences]
    given = [set(run) for run in runs]
    shared = set.intersection(*given) if given else set()
    sequences: list[Sequence] = []
    for sequence in dataset.sequences:
        base = base_name(sequence.name)
        copies = [base + copy for copy in COPIES if base + copy in shared]
        alone = sum(base_name(name) == base for name in names) == 1
        if alone and copies and base.upper().startswith("MOT17-"):
            sequences += [replace(sequence, name=copy) for copy in copies]
        else:
            sequences.append(sequence)
    return replace(dataset, sequences=tuple(sequences))


def files_by_sequence(files: Mapping[str, _File], dataset: Dataset) -> dict[str, _File]:
    """Return the file of each sequence that has one: of its name, else of its base name, else of one alike."""
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
    """Return what names have in common that differ in case, in MOT17's detector, or in how accents are written."""
    return unicodedata.normalize("NFC", base_name(name.upper())).casefold()


def of_name(name: str, sequences: Iterable[Sequence]) -> Sequence | None:
    """Return the sequence of a name, or MOT17's other copy of it under that name.

    None where there is neither.
    """
    known = list(sequences)
    exact = next((one for one in known if one.name == name), None)
    copy = next((one for one in known if base_name(one.name) == base_name(name)), None)
    return exact or (None if copy is None else replace(copy, name=name))
