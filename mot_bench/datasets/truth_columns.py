"""What columns 7 and 8 of files of ground truth hold, whatever the rules, and what of it deserves a warning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mot_bench.datasets.mot_table import GROUND_TRUTH, FloatArray, parse_table
from mot_bench.datasets.text_lines import read_bytes
from mot_bench.errors import InputError

_CLASSES = range(1, 14)  # of MOTChallenge
_MOST_NUMBERS = 100  # more different ones are no classes
_NAMED = 10


@dataclass(frozen=True)
class TruthColumns:
    """Columns 7 and 8 of a file with rows.

    Attributes:
        path: of the file.
        numbers: in column 8; empty where there is no such column, or one of them is not whole
            (MOT15's coordinates).
        part_marks: how many rows have a mark between 0 and 1 in column 7, which counts as 0.
    """

    path: Path
    numbers: frozenset[int]
    part_marks: int

    @property
    def classed(self) -> bool:
        """Whether any row has a class of 1 to 13."""
        return not self.numbers.isdisjoint(_CLASSES)


def read_columns(path: Path) -> TruthColumns | None:
    """Return what columns 7 and 8 of a file hold.

    None where there are no rows, or they are at fault.
    """
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
    """Return what is doubtful about columns 7 and 8, a line each.

    Args:
        files: of one dataset.
        classes_looked_at: whether the rules look at column 8, or the user said that they need not.
    """
    doubts = [] if classes_looked_at else _class_doubts(files)
    part = sum(file.part_marks for file in files)
    if part:
        first = next(file.path for file in files if file.part_marks)
        doubts.append(
            f"{part:,} rows of the ground truth have a mark between 0 and 1 in column 7 ({first}), which counts as 0, "
            f"as in TrackEval: write 1 where a row counts"
        )
    return tuple(doubts)


def _class_doubts(files: Sequence[TruthColumns]) -> list[str]:
    """Say that boxes of several classes may be scored as one."""
    numbers = sorted(frozenset().union(*(file.numbers for file in files)))
    if not 1 < len(numbers) <= _MOST_NUMBERS or numbers[0] < -1:
        return []
    named = ", ".join(map(str, numbers[:_NAMED])) + (" ..." if len(numbers) > _NAMED else "")
    first = next(number for number in numbers if number >= 0)
    return [
        f"column 8 of the ground truth holds {len(numbers)} different numbers ({named}), and these rules do not look "
        f"at it: if they are classes, all are scored as one, and --classes {first} scores that one alone "
        f"(--classes all: this is meant)"
    ]
