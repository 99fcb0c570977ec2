"""Errors of a run as events, and ``events.csv``, the file that they are kept in.

One row an event, sorted by sequence (in the dataset's order), frame, kind and identity:

===============
====================================================================================================
``sequence``    name of the sequence ``frame``       1-based, within the split ``kind``        one
of ``mot_bench.reports.explanation.KINDS`` ``cause``       a few words, see
``mot_bench.explaining.causes`` ``truth_id``    the person, as in the ground truth file; empty for a
false positive that is near nobody. For one that is
                near somebody: who it overlaps most
``track_id``    the track, as in the track file: of the wrong box, or from this frame on (switch,
                fragmentation); empty for a false negative
``other_id``    another track: who had the person before (switch, fragmentation, false negative
                after the first match), or has the person in this frame (duplicate); else empty
``since_frame`` the person's last matched frame before this one; empty where there is none, and for
false positives ``iou``         overlap of track and person in this frame, four decimals; empty
where one is missing ===============
====================================================================================================

A false negative, a false positive and a loose box are what CLEAR left unmatched in one frame; a
loose box is one event that stands for a false negative *and* a false positive. So, for every run
and sequence, to the last one::

    CLR_FN = false negatives + loose boxes          IDSW = identity switches
    CLR_FP = false positives + loose boxes          Frag = fragmentations
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.errors import InputError, quoted
from mot_bench.files.places import inside
from mot_bench.records.results import run_folder
from mot_bench.reports.explanation import KINDS, Kind

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[np.object_]

EVENTS = "events.csv"
COLUMNS = (
    "sequence",
    "frame",
    "kind",
    "cause",
    "truth_id",
    "track_id",
    "other_id",
    "since_frame",
    "iou",
)
NOBODY = -1  # an id, or a frame, that there is none of
_HEADER = ",".join(COLUMNS) + "\n"


@dataclass(frozen=True)
class Event:
    """One error; ids and ``since_frame`` are None where there is none, and so is ``iou``."""

    sequence: str
    frame: int
    kind: Kind
    cause: str
    truth_id: int | None
    track_id: int | None
    other_id: int | None
    since_frame: int | None
    iou: float | None


@dataclass(frozen=True)
class EventTable:
    """Many events, a column each, all of length N; in the order of the file.

    Attributes:
        sequence: (N,) names.
        frame: (N,) 1-based.
        kind: (N,) indices into ``KINDS``.
        cause: (N,) words.
        truth_id, track_id, other_id, since_frame: (N,), ``NOBODY`` where there is none.
        iou: (N,) fractions, NaN where there is none.
    """

    sequence: TextArray
    frame: IntArray
    kind: IntArray
    cause: TextArray
    truth_id: IntArray
    track_id: IntArray
    other_id: IntArray
    since_frame: IntArray
    iou: FloatArray

    def __len__(self) -> int:
        """How many events there are."""
        return len(self.frame)

    def __iter__(self) -> Iterator[Event]:
        """Each event."""
        for index in range(len(self)):
            iou = float(self.iou[index])
            yield Event(
                str(self.sequence[index]),
                int(self.frame[index]),
                KINDS[int(self.kind[index])],
                str(self.cause[index]),
                _known(self.truth_id[index]),
                _known(self.track_id[index]),
                _known(self.other_id[index]),
                _known(self.since_frame[index]),
                None if np.isnan(iou) else iou,
            )

    def where(self, chosen: BoolArray) -> EventTable:
        """The events that a (N,) mask chooses."""
        return EventTable(*(getattr(self, name)[chosen] for name in COLUMNS))

    def of(self, sequence: str) -> EventTable:
        """The events of one sequence."""
        return self.where(np.asarray(self.sequence == sequence, np.bool_))

    def of_kind(self, kind: Kind) -> EventTable:
        """The events of one kind."""
        return self.where(self.kind == KINDS.index(kind))


def _known(value: np.int64) -> int | None:
    return None if value == NOBODY else int(value)


def events_path(out: Path, run: str, seed: int) -> Path:
    """Where the events of a run lie in a results folder (errors as ``run_folder``)."""
    return inside(run_folder(out, run, seed), EVENTS)


def no_events() -> EventTable:
    """A table of none."""
    return _table([[] for _ in COLUMNS])


def joined(tables: Sequence[EventTable]) -> EventTable:
    """Several tables as one, in the order given."""
    if not tables:
        return no_events()
    return EventTable(
        *(np.concatenate([getattr(table, name) for table in tables]) for name in COLUMNS)
    )


def format_events(events: EventTable) -> str:
    """The text of ``events.csv``."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    columns: list[Iterable[object]] = [events.sequence, events.frame.tolist()]
    columns += [[KINDS[code] for code in events.kind.tolist()], events.cause]
    for name in COLUMNS[4:8]:
        columns.append(
            ["" if value == NOBODY else value for value in getattr(events, name).tolist()]
        )
    columns.append(["" if value != value else f"{value:.4f}" for value in events.iou.tolist()])
    writer.writerows(zip(*columns, strict=True))
    return buffer.getvalue()


def load_events(path: Path) -> EventTable:
    """Read an ``events.csv``.

    Raises:
        InputError: it is missing, something else, or a row is malformed; says which.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            path, "events.csv as mot-bench explain writes it", "no such file"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, "events.csv as mot-bench explain writes it", str(error)) from error
    return parse_events(text, path)


def parse_events(text: str, path: Path | str) -> EventTable:
    """Events from the text of an ``events.csv`` (``path`` is for messages.

    Errors as ``load_events``).
    """
    if not text.startswith(_HEADER):
        raise InputError(path, f"the header {_HEADER.strip()}", quoted(text.partition("\n")[0]))
    rows = list(csv.reader(io.StringIO(text)))[1:]
    for number, row in enumerate(rows, start=2):
        fault = _fault(row)
        if fault:
            raise InputError(path, *fault, number)
    return _table(
        [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in COLUMNS]
    )


def _fault(row: list[str]) -> tuple[str, str] | None:
    """What is wrong with a row: expected and found."""
    if len(row) != len(COLUMNS):
        return f"{len(COLUMNS)} columns", str(len(row))
    if row[2] not in KINDS:
        return f"a kind among {', '.join(KINDS)}", repr(row[2])
    for name, cell in zip(COLUMNS, row, strict=True):
        if name == "frame" and not cell.isdecimal():
            return "a whole frame number", repr(cell)
        if name.endswith(("_id", "_frame")) and cell and not cell.isdecimal():
            return f"a whole number or nothing as {name}", repr(cell)
    try:
        float(row[-1] or "0")
    except ValueError:
        return "a number or nothing as iou", repr(row[-1])
    return None


def _table(columns: list[list[str]]) -> EventTable:
    """A table from text, column by column."""
    sequence, frame, kind, cause, truth, track, other, since, iou = columns
    codes = {name: code for code, name in enumerate(KINDS)}
    return EventTable(
        np.array(sequence, np.object_),
        np.array([int(cell) for cell in frame], np.int64),
        np.array([codes[cell] for cell in kind], np.int64),  # type: ignore[index]
        np.array(cause, np.object_),
        _whole(truth),
        _whole(track),
        _whole(other),
        _whole(since),
        np.array([float(cell) if cell else np.nan for cell in iou], np.float64),
    )


def _whole(cells: list[str]) -> IntArray:
    return np.array([int(cell) if cell else NOBODY for cell in cells], np.int64)
