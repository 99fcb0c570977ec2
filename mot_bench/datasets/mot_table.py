"""Parse MOTChallenge's tables of numbers fast, check them strictly, and name faults by line.

``numpy.loadtxt`` parses a file as a whole, and the values are checked as arrays. Only an irregular
file is read again line by line, to name the line at fault.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.foreign_formats import foreign_format
from mot_bench.datasets.text_lines import comma_separated, lines_of, plain_text
from mot_bench.errors import InputError, quoted

FloatArray = npt.NDArray[np.float64]

LONGEST_SEQUENCE = 1_000_000
"""The largest frame number and sequence length: over nine hours at 30 frames a second."""

LARGEST_COORDINATE = 1e6
"""The largest coordinate and size of a box in pixels, far beyond any real picture."""

_LARGEST_INTEGER = 2.0**53


@dataclass(frozen=True)
class Layout:
    """The format of rows in one kind of file.

    Attributes:
        what: the kind of rows, for messages.
        columns: the least and the largest number of columns. TrackEval ignores columns beyond the
            ninth; the limit detects two rows that lost the line end between them.
        identity: whether column 2 is an identity (at least 0, unique in a frame); it has no meaning
            in detections.
        classes: whether column 8, if present, must be a MOTChallenge class of 1 to 13.
    """

    what: str
    columns: tuple[int, int] = (6, 17)
    identity: bool = True
    classes: bool = False


TRACKS = Layout("tracks")
DETECTIONS = Layout("detections", identity=False)
GROUND_TRUTH = Layout("ground truth")
GROUND_TRUTH_WITH_CLASSES = Layout("ground truth", classes=True)


@dataclass(frozen=True)
class Fault:
    """A fault in a file: its 1-based line (None for the whole file), expectation and finding."""

    line: int | None
    expected: str
    found: str


def parse_table(
    content: bytes, path: Path | str, layout: Layout, length: int | None = None
) -> FloatArray:
    """Check a file and return its rows, (N, C) float64; (0, 6) if it has none.

    Args:
        content: the content of the file.
        path: the path of the file, for messages.
        layout: the format of its rows.
        length: the number of frames in the sequence; None if unknown.

    Raises:
        InputError: the first fault.
    """
    text = plain_text(content)
    table = _parse_fast(text, layout)
    if table is None or not _is_sound(table, layout, length):
        table, _, faults = scan(text, layout, length, limit=1)
        if faults:
            other = foreign_format(text, layout.what)
            found = faults[0].found if other is None else other
            raise InputError(path, faults[0].expected, found, faults[0].line)
    return table


def _parse_fast(text: bytes, layout: Layout) -> FloatArray | None:
    """Return the table if every line parses and has the same number of columns; else None."""
    if not text.strip():
        return None
    separated = comma_separated(text)
    if separated is None:
        return None
    text, separator = separated
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "error", UserWarning
            )  # white space that only NumPy takes for such
            table = np.loadtxt(
                io.BytesIO(text), delimiter=separator, comments=None, ndmin=2, dtype=np.float64
            )
    except (ValueError, UserWarning):
        return None
    least, most = layout.columns
    return table if least <= table.shape[1] <= most else None


def _is_sound(table: FloatArray, layout: Layout, length: int | None) -> bool:
    """Return whether no row has a fault that ``_row_fault`` or ``_repetition`` would name."""
    if not _is_bounded(table, length) or not _is_whole(table[:, 0]):
        return False
    if layout.classes and table.shape[1] >= 8:
        classes = table[:, 7]
        if not (classes.min() >= 1 and classes.max() <= 13 and _is_whole(classes)):
            return False
    return not layout.identity or _are_identities(table[:, 0], table[:, 1])


def _is_bounded(table: FloatArray, length: int | None) -> bool:
    """Return whether all numbers are finite, and all frames and boxes are within their limits."""
    low, high = table.min(axis=0), table.max(axis=0)  # NaN and infinity come through
    return bool(
        np.isfinite(low).all()
        and np.isfinite(high).all()
        and low[0] >= 1
        and high[0] <= min(length or LONGEST_SEQUENCE, LONGEST_SEQUENCE)
        and low[4:6].min() >= 0
        and high[2:6].max() <= LARGEST_COORDINATE
        and low[2:4].min() >= -LARGEST_COORDINATE
    )


def _are_identities(frames: FloatArray, ids: FloatArray) -> bool:
    """Return whether ids are whole numbers of at least 0 and unique in their frame."""
    if ids.min() < 0 or ids.max() > _LARGEST_INTEGER or not _is_whole(ids):
        return False
    order = np.lexsort((ids, frames))
    same = (np.diff(frames[order]) == 0) & (np.diff(ids[order]) == 0)
    return not same.any()


def _is_whole(column: FloatArray) -> bool:
    return bool((column == np.floor(column)).all())


class Scan(NamedTuple):
    """The result of reading line by line: the valid rows (N, C), their lines, and the faults."""

    table: FloatArray
    lines: list[int]
    faults: list[Fault]


def scan(
    content: bytes, layout: Layout, length: int | None = None, *, limit: int | None = None
) -> Scan:
    """Read line by line, to the end or to the ``limit``-th fault."""
    scanner = _Scanner(layout, length)
    rows: list[list[float]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for number, cells in lines_of(plain_text(content)):
        row, fault = scanner.read(number, cells)
        if fault is None:
            rows.append(row)
            lines.append(number)
            continue
        faults.append(fault)
        if limit is not None and len(faults) >= limit:
            break
    table = np.array(rows, np.float64) if rows else np.empty((0, layout.columns[0]))
    return Scan(table, lines, faults)


class _Scanner:
    """Reads rows one by one and compares each with the rows before it."""

    def __init__(self, layout: Layout, length: int | None) -> None:
        self._layout, self._length = layout, length
        self._columns: int | None = None
        self._first_lines: dict[tuple[float, float], int] = {}

    def read(self, number: int, cells: list[str]) -> tuple[list[float], Fault | None]:
        """Return the numbers of a row, or its first fault."""
        fault = _shape_fault(number, cells, self._columns, self._layout)
        if fault is not None:
            return [], fault
        self._columns = len(cells)
        row, fault = _numbers(number, cells)
        fault = fault or _row_fault(number, row, self._layout, self._length)
        if fault is None and self._layout.identity:
            fault = self._repetition(number, row)
        return row, fault

    def _repetition(self, number: int, row: list[float]) -> Fault | None:
        """Return a fault if the id of a row was seen in its frame before."""
        first_line = self._first_lines.setdefault((row[0], row[1]), number)
        if first_line == number:
            return None
        found = f"id {row[1]:.0f} a second time (first in line {first_line})"
        return Fault(number, f"an id once in frame {row[0]:.0f}", found)


def _shape_fault(
    number: int, cells: list[str], columns: int | None, layout: Layout
) -> Fault | None:
    least, most = layout.columns
    if cells[0].startswith("#"):
        return Fault(number, f"a row of {layout.what}", "a comment (delete this line)")
    if not least <= len(cells) <= most:
        found = _count(len(cells))
        if len(cells) == 1:
            found += f" ({quoted(cells[0])}; write commas between the columns)"
        return Fault(number, f"{least} to {most} columns of {layout.what}", found)
    if columns is not None and len(cells) != columns:
        return Fault(number, f"{columns} columns as in the lines above", _count(len(cells)))
    return None


def _count(columns: int) -> str:
    return "1 column" if columns == 1 else f"{columns} columns"


def _numbers(number: int, cells: list[str]) -> tuple[list[float], Fault | None]:
    row: list[float] = []
    for column, cell in enumerate(cells, start=1):
        try:
            value = float(cell) if "_" not in cell else float("x")
        except ValueError:
            found = repr(cell[:40]) + _way_out(cell) if cell else "nothing"
            return row, Fault(number, f"a number in column {column}", found)
        if not np.isfinite(value):
            return row, Fault(number, f"a finite number in column {column}", cell[:40])
        row.append(value)
    return row, None


def _way_out(cell: str) -> str:
    """Return a hint about a cell that is not a number, or an empty text."""
    if cell.replace(",", "", 1).lstrip("+-").isdecimal():
        return " (write decimals with a point)"
    return ""


def _row_fault(number: int, row: list[float], layout: Layout, length: int | None) -> Fault | None:
    """Return the first fault in the values of a row, or None."""
    left, top, width, height = row[2:6]
    if width < 0 or height < 0:
        size = Fault(number, "a width and height of at least 0", f"{width:g} x {height:g}")
    elif max(-left, -top, left, top, width, height) > LARGEST_COORDINATE:
        box = f"{left:g}, {top:g}, {width:g}, {height:g}"
        size = Fault(number, f"a box within {LARGEST_COORDINATE:.0f} pixels", f"({box})")
    else:
        size = None
    return (
        _frame_fault(number, row[0], length)
        or (_identity_fault(number, row[1]) if layout.identity else None)
        or size
        or (_class_fault(number, row) if layout.classes else None)
    )


def _frame_fault(number: int, frame: float, length: int | None) -> Fault | None:
    if frame > LONGEST_SEQUENCE:
        found = f"{frame:.0f} (a time stamp? number the frames 1, 2, 3, ...)"
        return Fault(number, f"a frame number of 1 to {length or LONGEST_SEQUENCE}", found)
    if frame != int(frame) or frame < 1:
        hint = " (frames count from 1: add 1 to each)" if frame == 0 else ""
        return Fault(number, "a whole frame number of at least 1", f"{frame:g}{hint}")
    if length is not None and frame > length:
        return Fault(number, f"a frame of 1 to {length}", f"frame {frame:.0f}, beyond the sequence")
    return None


def _identity_fault(number: int, identity: float) -> Fault | None:
    if identity == int(identity) and 0 <= identity <= _LARGEST_INTEGER:
        return None
    hint = " (is this a file of detections?)" if identity == -1 else ""
    if identity > _LARGEST_INTEGER:
        return Fault(number, f"an id of at most {_LARGEST_INTEGER:.0f}", f"{identity:.0f}")
    return Fault(number, "a whole id of at least 0", f"{identity:g}{hint}")


def _class_fault(number: int, row: list[float]) -> Fault | None:
    if len(row) < 8 or (row[7] == int(row[7]) and 1 <= row[7] <= 13):
        return None
    return Fault(number, "a class of 1 to 13 in column 8", f"{row[7]:g}")
