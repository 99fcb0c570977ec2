"""Errors of a run from its ``events.csv``, those that go on over consecutive frames joined."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mot_bench.errors import InputError
from reports.explanation import KINDS, Kind
from reports.viewer_files import Span

COLUMNS = ("sequence", "frame", "kind", "cause", "truth_id", "track_id", "other_id", "iou")
LASTING: frozenset[Kind] = frozenset({"false negative", "false positive", "loose box"})


@dataclass(frozen=True)
class Event:
    """One error in one frame, as a row of ``events.csv``; ids and overlap are None where there is none."""

    frame: int
    kind: Kind
    cause: str
    truth: int | None
    track: int | None
    other: int | None
    iou: float | None


def read_events(path: Path) -> dict[str, list[Event]]:
    """The errors of a run by sequence.

    Raises:
        InputError: the file is missing, lacks a column, or has a row that is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, "events.csv as mot-bench explain writes it", str(error)) from error
    rows = csv.DictReader(text.splitlines())
    lacking = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if lacking:
        raise InputError(path, f"columns {', '.join(COLUMNS)}", f"none called {lacking[0]}")
    found: dict[str, list[Event]] = {}
    for number, row in enumerate(rows, start=2):
        try:
            found.setdefault(row["sequence"], []).append(_event(row))
        except (ValueError, TypeError) as error:
            raise InputError(path, "an event", str(error), number) from None
    return found


def _event(row: dict[str, str]) -> Event:
    if row["kind"] not in KINDS:
        raise ValueError(f"kind {row['kind']!r}")
    return Event(
        frame=int(row["frame"]),
        kind=row["kind"],
        cause=row["cause"],
        truth=_number(row["truth_id"]),
        track=_number(row["track_id"]),
        other=_number(row["other_id"]),
        iou=float(row["iou"]) if row["iou"] else None,
    )


def _number(text: str) -> int | None:
    return int(text) if text else None


def spans_of(events: Iterable[Event]) -> list[Span]:
    """Events joined to spans: a person who is missed in ten frames on end is one span of ten frames.

    What is over at once (an identity switch, a fragmentation) stays a span of one frame.
    """
    spans: list[Span] = []
    going_on: dict[tuple[object, ...], list[Event]] = {}
    for event in sorted(events, key=lambda event: event.frame):
        if event.kind not in LASTING:
            spans.append(_span([event]))
            continue
        key = (event.kind, event.cause, event.truth, event.track)
        before = going_on.get(key)
        if before is not None and before[-1].frame == event.frame - 1:
            before.append(event)
            continue
        if before is not None:
            spans.append(_span(before))
        going_on[key] = [event]
    spans.extend(_span(events) for events in going_on.values())
    return sorted(spans, key=lambda span: (span.frame, KINDS.index(span.kind), span.truth or 0, span.track or 0))


def _span(events: list[Event]) -> Span:
    first = events[0]
    overlaps = [event.iou for event in events if event.iou is not None]
    mean = sum(overlaps) / len(overlaps) if overlaps else None
    return Span(first.frame, events[-1].frame, first.kind, first.cause, first.truth, first.track, first.other, mean)
