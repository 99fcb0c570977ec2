"""MOTChallenge text: ground truth, detections and tracks, read strictly and fast, and written.

A line is ``frame,id,left,top,width,height[,score[,class or x[,visibility or y[,z]]]]``, separated by commas or by
spaces, with Unix or Windows line ends; empty lines are passed over. What people really have is tolerated: 6 columns
(score 1) to 10, whole numbers written as ``7.0``, rows in any order. Nothing else is: each fault is an ``InputError``
that names file, line, expectation and finding.

Files are parsed whole by ``numpy.loadtxt`` and checked as arrays; a file in which that finds anything irregular is read
again line by line, only to name the line.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.atomic import write_text
from mot_bench.datasets.types import GroundTruth
from mot_bench.errors import InputError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

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


@dataclass(frozen=True)
class TrackRows:
    """Tracks of one sequence, in file order.

    Attributes:
        frames: (N,) int64, 1-based.
        ids: (N,) int64, at least 0.
        boxes_ltwh: (N, 4) float64, pixels.
        scores: (N,) float64; 1 where the file has none.
        classes: (N,) int64, column 8 (-1 in most files); 1 where the file has none.
    """

    frames: IntArray
    ids: IntArray
    boxes_ltwh: FloatArray
    scores: FloatArray
    classes: IntArray

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.frames)


@dataclass(frozen=True)
class DetectionRows:
    """Detections of one sequence, in file order: frames (N,), boxes_ltwh (N, 4), scores (N,)."""

    frames: IntArray
    boxes_ltwh: FloatArray
    scores: FloatArray


def read_bytes(path: Path, what: str) -> bytes:
    """The content of a file.

    Raises:
        InputError: it is missing, a folder, or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(path, f"a file with {what}", "no such file") from None
    except IsADirectoryError:
        raise InputError(path, f"a file with {what}", "a folder") from None
    except OSError as error:
        raise InputError(path, f"a file with {what} that can be read", error.strerror or str(error)) from error


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
        table, faults = scan(content, layout, length, limit=1)
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


def scan(
    content: bytes, layout: Layout, length: int | None = None, *, limit: int | None = None
) -> tuple[FloatArray, list[Fault]]:
    """Read line by line: the sound rows (N, C), and every fault (or the first ``limit``)."""
    rows: list[list[float]] = []
    faults: list[Fault] = []
    columns: int | None = None
    seen: dict[tuple[float, float], int] = {}
    for number, cells in _lines(content):
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
        if fault is not None:
            faults.append(fault)
            if limit is not None and len(faults) >= limit:
                break
    if not rows and not faults and not layout.may_be_empty:
        faults.append(Fault(None, f"rows of {layout.what}", "an empty file"))
    table = np.array(rows, np.float64) if rows else np.empty((0, layout.columns[0]))
    return table, faults


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is not empty."""
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


def has_class_column(table: FloatArray, benchmark: str | None) -> bool:
    """Whether columns 8 and 9 of ground truth are class and visibility, not MOT15's coordinates in the world.

    MOT15 never has a class. Where the benchmark is not known, ten columns are MOT15's unless column 8 holds nothing
    but classes (1 to 13).
    """
    if benchmark == "MOT15" or table.shape[1] < 8:
        return False
    if benchmark is not None or table.shape[1] < 10:
        return True
    return bool(np.isin(table[:, 7], np.arange(1, 14)).all())


def ground_truth_layout(content: bytes, benchmark: str | None) -> Layout:
    """The layout for ground truth of this benchmark (None: judged by the first line's columns)."""
    if benchmark == "MOT15":
        return GROUND_TRUTH
    if benchmark is not None:
        return GROUND_TRUTH_WITH_CLASSES
    columns = next((len(cells) for _, cells in _lines(content[:4096])), 0)
    return GROUND_TRUTH if columns >= 10 else GROUND_TRUTH_WITH_CLASSES


def read_ground_truth(path: Path, *, benchmark: str | None = None, length: int | None = None) -> GroundTruth:
    """Read ground truth.

    MOT16, MOT17, MOT20, DanceTrack and SportsMOT have nine columns (class and visibility in 8 and 9); MOT15 has ten, of
    which 8 to 10 are coordinates in the world, so that its class is 1 and its visibility 1 throughout. Column 7 is 0
    (its whole part, as TrackEval reads it) where a row is to be ignored.

    Args:
        path: the file.
        benchmark: name of the benchmark; None: judged by the columns (see ``has_class_column``).
        length: frames of the sequence; None where nobody knows.

    Raises:
        InputError: the first fault; an empty file is one.
    """
    content = read_bytes(path, "ground truth")
    table = parse_table(content, path, ground_truth_layout(content, benchmark), length)
    count, columns = table.shape
    classed = has_class_column(table, benchmark)
    return GroundTruth(
        frames=table[:, 0].astype(np.int64),
        ids=table[:, 1].astype(np.int64),
        boxes_ltwh=np.ascontiguousarray(table[:, 2:6]),
        considered=table[:, 6].astype(np.int64) != 0 if columns > 6 else np.ones(count, np.bool_),
        classes=table[:, 7].astype(np.int64) if classed else np.ones(count, np.int64),
        visibility=table[:, 8].copy() if classed and columns > 8 else np.ones(count),
    )


def read_detections(path: Path, length: int | None = None) -> DetectionRows:
    """Read detections (column 2 means nothing; score 1 where there is no column 7). An empty file has none.

    Raises:
        InputError: the first fault.
    """
    table = parse_table(read_bytes(path, "detections"), path, DETECTIONS, length)
    scores = table[:, 6].copy() if table.shape[1] > 6 else np.ones(len(table))
    return DetectionRows(table[:, 0].astype(np.int64), np.ascontiguousarray(table[:, 2:6]), scores)


def parse_tracks(text: str | bytes, path_for_messages: Path | str, length: int | None = None) -> TrackRows:
    """Tracks from the content of a file (from a zip, for instance); errors as ``read_tracks``."""
    content = text.encode() if isinstance(text, str) else text
    table = parse_table(content, path_for_messages, TRACKS, length)
    count, columns = table.shape
    return TrackRows(
        frames=table[:, 0].astype(np.int64),
        ids=table[:, 1].astype(np.int64),
        boxes_ltwh=np.ascontiguousarray(table[:, 2:6]),
        scores=table[:, 6].copy() if columns > 6 else np.ones(count),
        classes=table[:, 7].astype(np.int64) if columns > 7 else np.ones(count, np.int64),
    )


def read_tracks(path: Path, length: int | None = None) -> TrackRows:
    """Read a result file. An empty file is zero tracks.

    Raises:
        InputError: the first fault.
    """
    return parse_tracks(read_bytes(path, "tracks"), path, length)


def format_tracks(tracks: TrackRows, decimals: int | None) -> str:
    """Tracks as text, ``frame,id,left,top,width,height,score,-1,-1,-1``, in the order given.

    Args:
        tracks: the rows.
        decimals: digits after the point of the boxes; None for the shortest text that reads back exactly. Scores are
            always written exactly.
    """
    if decimals is None:
        boxes = [",".join(map(repr, box)) for box in tracks.boxes_ltwh.tolist()]
    else:
        pattern = ",".join([f"%.{decimals}f"] * 4)
        boxes = [pattern % tuple(box) for box in tracks.boxes_ltwh.tolist()]
    columns = zip(tracks.frames.tolist(), tracks.ids.tolist(), boxes, tracks.scores.tolist(), strict=True)
    return "".join(f"{frame},{identity},{box},{score!r},-1,-1,-1\n" for frame, identity, box, score in columns)


def write_tracks(path: Path, tracks: TrackRows, decimals: int | None = None) -> None:
    """Write tracks as MOTChallenge text (see ``format_tracks``), whole or not at all.

    Raises:
        MotBenchError: the place cannot be written.
    """
    write_text(path, format_tracks(tracks, decimals))
