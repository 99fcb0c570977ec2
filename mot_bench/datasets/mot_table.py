"""Tables of numbers in text, as MOTChallenge writes them: parsed fast, checked strictly, each fault named by its line.

Files are parsed whole by ``numpy.loadtxt`` and checked as arrays; a file in which that finds anything irregular is read
again line by line, only to name the line.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mot_bench.errors import InputError

FloatArray = npt.NDArray[np.float64]

_LARGEST_INTEGER = 2.0**53


@dataclass(frozen=True)
class Layout:
    """What rows of one kind of file must be.

    Attributes:
        what: the word for messages.
        columns: least and most columns.
        identity: whether column 2 is an identity (at least 0, once in a frame) or means nothing (detections).
        classes: whether column 8, where there is one, must be a MOTChallenge class 1 to 13.
        may_be_empty: whether no rows at all is legal.
    """

    what: str
    columns: tuple[int, int] = (6, 10)
    identity: bool = True
    classes: bool = False
    may_be_empty: bool = True


TRACKS = Layout("tracks")
DETECTIONS = Layout("detections", identity=False)
GROUND_TRUTH = Layout("ground truth", may_be_empty=False)
GROUND_TRUTH_WITH_CLASSES = Layout("ground truth", may_be_empty=False, classes=True)


@dataclass(frozen=True)
class Fault:
    """One finding in a file: line (1-based; None: the file as a whole), what was expected, what was found."""

    line: int | None
    expected: str
    found: str


def parse_table(content: bytes, path: Path | str, layout: Layout, length: int | None = None) -> FloatArray:
    """The rows of a file, checked: (N, C) float64; (0, 6) where there are none.

    Args:
        content: the file.
        path: its name, for messages.
        layout: what its rows must be.
        length: frames of the sequence; None where nobody knows.

    Raises:
        InputError: the first fault.
    """
    table = _parse_fast(content, layout)
    if table is None or not _is_sound(table, layout, length):
        table, _, faults = scan(content, layout, length, limit=1)
        if faults:
            raise InputError(path, faults[0].expected, faults[0].found, faults[0].line)
    return table


def _parse_fast(content: bytes, layout: Layout) -> FloatArray | None:
    """The table if every line parses and has the same number of columns; None otherwise."""
    if not content.strip():
        return None
    first = content.lstrip().split(b"\n", 1)[0]
    try:
        table = np.loadtxt(
            io.BytesIO(content), delimiter="," if b"," in first else None, comments=None, ndmin=2, dtype=np.float64
        )
    except (ValueError, UnicodeDecodeError):
        return None
    least, most = layout.columns
    return table if least <= table.shape[1] <= most else None


def _is_sound(table: FloatArray, layout: Layout, length: int | None) -> bool:
    """Whether no row has a fault that ``_row_fault`` or the search for duplicates would name."""
    if not np.isfinite(table).all():
        return False
    whole = table[:, :2] if layout.identity else table[:, :1]
    frames = table[:, 0]
    sound = bool(
        (whole == np.floor(whole)).all()
        and (np.abs(whole) <= _LARGEST_INTEGER).all()
        and frames.min() >= 1
        and (length is None or frames.max() <= length)
        and (table[:, 4:6] >= 0).all()
    )
    if sound and layout.classes and table.shape[1] >= 8:
        classes = table[:, 7]
        sound = bool(((classes == np.floor(classes)) & (classes >= 1) & (classes <= 13)).all())
    if not sound or not layout.identity:
        return sound
    ids = table[:, 1]
    if ids.min() < 0:
        return False
    order = np.lexsort((ids, frames))
    same = (np.diff(frames[order]) == 0) & (np.diff(ids[order]) == 0)
    return not same.any()


class Scan(NamedTuple):
    """What reading line by line gives: the sound rows (N, C), the line of each, and the faults."""

    table: FloatArray
    lines: list[int]
    faults: list[Fault]


def scan(content: bytes, layout: Layout, length: int | None = None, *, limit: int | None = None) -> Scan:
    """Read line by line, to the end or to the ``limit``-th fault."""
    rows: list[list[float]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    columns: int | None = None
    seen: dict[tuple[float, float], int] = {}
    for number, cells in lines_of(content):
        fault = _shape_fault(number, cells, columns, layout)
        if fault is None:
            columns = len(cells)
            row, fault = _numbers(number, cells)
            fault = fault or _row_fault(number, row, layout, length)
            if fault is None and layout.identity:
                earlier = seen.setdefault((row[0], row[1]), number)
                if earlier != number:
                    what = f"id {row[1]:.0f} a second time (first in line {earlier})"
                    fault = Fault(number, f"an id once in frame {row[0]:.0f}", what)
            if fault is None:
                rows.append(row)
                lines.append(number)
        if fault is not None:
            faults.append(fault)
            if limit is not None and len(faults) >= limit:
                break
    if not rows and not faults and not layout.may_be_empty:
        faults.append(Fault(None, f"rows of {layout.what}", "an empty file"))
    table = np.array(rows, np.float64) if rows else np.empty((0, layout.columns[0]))
    return Scan(table, lines, faults)


def lines_of(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number (from 1) and cells of each line that is not empty."""
    text = content.decode("utf-8-sig", errors="replace")
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip()
        if line:
            yield number, [cell.strip() for cell in line.split(",")] if "," in line else line.split()


def _shape_fault(number: int, cells: list[str], columns: int | None, layout: Layout) -> Fault | None:
    least, most = layout.columns
    if not least <= len(cells) <= most:
        return Fault(number, f"{least} to {most} columns of {layout.what}", _count(len(cells)))
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
            return row, Fault(number, f"a number in column {column}", repr(cell[:40]) if cell else "nothing")
        if not np.isfinite(value):
            return row, Fault(number, f"a finite number in column {column}", cell)
        row.append(value)
    return row, None


def _row_fault(number: int, row: list[float], layout: Layout, length: int | None) -> Fault | None:
    """The first thing wrong with the values of one row."""
    frame, identity, _, _, width, height = row[:6]
    if frame != int(frame) or not 1 <= frame <= _LARGEST_INTEGER:
        return Fault(number, "a whole frame number of at least 1", f"{frame:g}")
    if length is not None and frame > length:
        return Fault(number, f"a frame of 1 to {length}", f"frame {frame:.0f}, beyond the sequence")
    if layout.identity and (identity != int(identity) or not 0 <= identity <= _LARGEST_INTEGER):
        hint = " (is this a file of detections?)" if identity == -1 else ""
        return Fault(number, "a whole id of at least 0", f"{identity:g}{hint}")
    if width < 0 or height < 0:
        return Fault(number, "a width and height of at least 0", f"{width:g} x {height:g}")
    if layout.classes and len(row) >= 8 and (row[7] != int(row[7]) or not 1 <= row[7] <= 13):
        return Fault(number, "a class of 1 to 13 in column 8", f"{row[7]:g}")
    return None
