"""Check that the splits for training and evaluation have no identity in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.findings import Finding
from mot_bench.datasets.motchallenge import file_stems
from mot_bench.datasets.splits import HALVES

_NAMED = 8
_LEAST_SHARED = 0.05  # a sequence with more rows of another one is a copy of it


def check_split_pair(path: Path, first: str, second: str) -> list[Finding]:
    """Return a finding for each pair of sequences that share identities between two splits.

    Two sequences share identities if they are the same sequence (as MOT17's three copies are), or
    if they have equal rows of ground truth, so that one is a renamed copy of the other.

    Args:
        path: the dataset that named splits belong to.
        first: the name of a split (``half-train``, ``frames:1-300``) of ``path``, or a dataset
            folder.
        second: the second split, likewise.

    Raises:
        MotBenchError: a dataset cannot be opened, or a split does not exist.
    """
    a, b = _open(path, first), _open(path, second)
    findings = []
    for ours in a.sequences:
        for theirs in b.sequences:
            shared = _shared(ours, theirs)
            if shared and theirs.folder is not None:
                found = f"{len(shared)} of {ours.name} that are in {first} too: {_some(shared)}"
                truth_path = theirs.folder / "gt" / "gt.txt"
                findings.append(Finding(truth_path, None, f"identities of {second} alone", found))
    return findings


def _open(path: Path, name: str) -> Dataset:
    if name == "full" or name in HALVES or name.startswith("frames:"):
        return open_dataset(str(path), None, name)
    return open_dataset(name, None)


def _shared(a: Sequence, b: Sequence) -> list[int]:
    """Return the identities that two sequences share."""
    truth_a, truth_b = a.ground_truth, b.ground_truth
    if truth_a is None or truth_b is None:
        return []
    if file_stems(a.name)[-1] == file_stems(b.name)[-1]:
        return sorted(set(truth_a.ids[_people(a)].tolist()) & set(truth_b.ids[_people(b)].tolist()))
    rows_a, rows_b = (
        {(int(i), *box) for i, box in zip(t.ids, t.boxes_ltwh.tolist(), strict=True)}
        for t in (truth_a, truth_b)
    )
    equal_rows = rows_a & rows_b
    if len(equal_rows) <= _LEAST_SHARED * min(len(rows_a), len(rows_b)):
        return []
    return sorted({row[0] for row in equal_rows})


def _people(sequence: Sequence) -> npt.NDArray[np.bool_]:
    truth = sequence.ground_truth
    assert truth is not None
    people: npt.NDArray[np.bool_] = truth.considered & (truth.classes == 1)
    return people


def _some(ids: list[int]) -> str:
    text = ", ".join(map(str, ids[:_NAMED]))
    return text if len(ids) <= _NAMED else f"{text}, ..."
