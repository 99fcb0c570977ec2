"""Inspect columns 7 and 8 of ground truth and warn about values that the rules may misread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mot_bench.datasets.mot_table import GROUND_TRUTH, FloatArray, parse_table
from mot_bench.datasets.text_lines import read_bytes
from mot_bench.errors import InputError

_CLASSES = range(1, 14)  # of MOTChallenge
_MOST_NUMBERS = 100  # a column with more different numbers does not hold classes
_NAMED = 10


@dataclass(frozen=True)
class TruthColumns:
    """The content of columns 7 and 8 of a file that has rows.

    Attributes:
        path: the file.
        numbers: the numbers in column 8; empty if there is no such column, or if one of them is not
            whole (MOT15's coordinates).
        part_marks: the number of rows with a mark between 0 and 1 in column 7, which counts as 0.
    """

    path: Path
    numbers: frozenset[int]
    part_marks: int

    @property
    def classed(self) -> bool:
        """Whether any row has a class of 1 to 13."""
        return not self.numbers.isdisjoint(_CLASSES)


def read_columns(path: Path) -> TruthColumns | None:
    """Return the content of columns 7 and 8 of a file; None if it has no rows or is faulty."""
    try:
        table = parse_table(read_bytes(path, "ground truth"), path, GROUND_TRUTH)
    except InputError:
        return None
    if not len(table):
        return None
    marks = np.abs(table[:, 6]) if table.shape[1] > 6 else np.ones(len(table))
    return TruthColumns(path, _whole_numbers(table), int(((marks > 0) & (marks < 1)).sum()))


def _whole_numbers(table: FloatArray) -> frozenset[int]:
    if table.shape[1] < 8 or (table[:, 7] != np.floor(table[:, 7])).any():
        return frozenset()
    return frozenset(np.unique(np.clip(table[:, 7], -1e9, 1e9)).astype(np.int64).tolist())


def doubts_of(files: Sequence[TruthColumns], *, classes_looked_at: bool) -> tuple[str, ...]:
    """Return one line for each doubt about columns 7 and 8.

    Args:
        files: the files of one dataset.
        classes_looked_at: whether the rules use column 8, or the user decided about them.
    """
    doubts = [] if classes_looked_at else _class_doubts(files)
    part = sum(file.part_marks for file in files)
    if part:
        first = next(file.path for file in files if file.part_marks)
        doubts.append(
            f"{part:,} rows of the ground truth have a mark between 0 and 1 in column 7 ({first}), "
            "which counts as 0, as in TrackEval: write 1 for rows that count"
        )
    return tuple(doubts)


def _class_doubts(files: Sequence[TruthColumns]) -> list[str]:
    """Return a warning if boxes of several classes may be scored as one class."""
    numbers = sorted(frozenset().union(*(file.numbers for file in files)))
    if not 1 < len(numbers) <= _MOST_NUMBERS or numbers[0] < -1:
        return []
    named = ", ".join(map(str, numbers[:_NAMED])) + (" ..." if len(numbers) > _NAMED else "")
    first = next(number for number in numbers if number >= 0)
    return [
        f"column 8 of the ground truth holds {len(numbers)} different numbers ({named}), which "
        f"these rules ignore: if they are classes, all are scored as one. --classes {first} scores "
        "only that class; --classes all confirms that all classes count"
    ]
