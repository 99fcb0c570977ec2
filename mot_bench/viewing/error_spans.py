"""Errors of a run from its ``events.csv``, those that go on over consecutive frames joined."""

from __future__ import annotations

from collections.abc import Iterable

from mot_bench.explaining.events import Event
from mot_bench.reports.explanation import KINDS, Kind
from mot_bench.reports.viewer_files import Span

LASTING: frozenset[Kind] = frozenset({"false negative", "false positive", "loose box"})


def spans_of(events: Iterable[Event]) -> list[Span]:
    """Events of one sequence joined to spans: a person who is missed in ten frames on end is one span of ten frames.

    What is over at once (an identity switch, a fragmentation) stays a span of one frame.
    """
    spans: list[Span] = []
    going_on: dict[tuple[object, ...], list[Event]] = {}
    for event in sorted(events, key=lambda event: event.frame):
        if event.kind not in LASTING:
            spans.append(_span([event]))
            continue
        key = (event.kind, event.cause, event.truth_id, event.track_id, event.other_id)
        before = going_on.get(key)
        if before is not None and before[-1].frame == event.frame - 1:
            before.append(event)
            continue
        if before is not None:
            spans.append(_span(before))
        going_on[key] = [event]
    spans.extend(_span(events) for events in going_on.values())
    return sorted(spans, key=_place)


def _place(span: Span) -> tuple[int, ...]:
    ids = (-1 if number is None else number for number in (span.truth, span.track, span.other))
    return (span.frame, KINDS.index(span.kind), *ids)


def _span(events: list[Event]) -> Span:
    first = events[0]
    overlaps = [event.iou for event in events if event.iou is not None]
    return Span(
        frame=first.frame,
        last=events[-1].frame,
        kind=first.kind,
        cause=first.cause,
        truth=first.truth_id,
        track=first.track_id,
        other=first.other_id,
        iou=sum(overlaps) / len(overlaps) if overlaps else None,
    )
