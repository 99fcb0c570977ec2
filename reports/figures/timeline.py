"""Trajectories of runs as a timeline: who was followed when, under how many identities, with switches marked."""

from __future__ import annotations

from collections import Counter
from functools import partial

from matplotlib.axes import Axes

from mot_bench.reports.figures.drawing import Drawing, Mark, Panel, short
from mot_bench.reports.figures.palette import Look, Palette
from mot_bench.reports.schema import Bundle
from mot_bench.reports.timeline import Timeline

MAX_PEOPLE = 40
FIRST, NEXT, MISSED, SWITCH = Look(0), Look(2), Look(None), Look(1)


def timeline(bundle: Bundle, metrics: tuple[str, ...] = ()) -> Drawing | None:
    """Return a panel for each run with a row for each person, by first appearance.

    With many people, those whom the runs follow most differently are shown. None where no timeline
    was made.
    """
    del metrics
    found = bundle.timelines
    people = chosen_people(found)
    if not people:
        return None
    hidden = len({presence.person for one in found for presence in one.presences}) - len(people)
    panels = tuple(Panel(partial(_draw, one=one, people=people), _title(one)) for one in found)
    return Drawing(
        "timeline",
        f"People of {found[0].sequence} over time, and under which identity each run followed them"
        + (f"; {hidden} people whom the runs follow most alike are left out" if hidden else ""),
        panels,
        (
            Mark("followed", FIRST, hatch=0),
            Mark("under another identity", NEXT, hatch=1),
            Mark("there, not found", MISSED, points=False),
            Mark("identity switch", SWITCH, line=False, shape="X"),
        ),
        columns=2,
        height=0.95 + 0.17 * max(len(people), 4),
        shared_rows=True,
    )


def chosen_people(found: tuple[Timeline, ...]) -> list[int]:
    """Return the people that are shown, at most 40, by first appearance.

    Those come first for whom the runs differ most in the frames under one identity, then those with
    most switches.
    """
    first: dict[int, int] = {}
    switches: Counter[int] = Counter()
    for one in found:
        for presence in one.presences:
            first[presence.person] = min(first.get(presence.person, presence.first), presence.first)
        switches.update(switch.person for switch in one.switches)
    followed = [_followed_frames(one) for one in found]

    def telling(person: int) -> tuple[int, int, int, int]:
        frames = [each[person] for each in followed]
        return min(frames) - max(frames), -switches[person], first[person], person

    kept = sorted(first, key=telling)[:MAX_PEOPLE]
    return sorted(kept, key=lambda person: (first[person], person))


def _followed_frames(one: Timeline) -> Counter[int]:
    """Return for each person the frames under the identity that followed the person longest."""
    frames: Counter[tuple[int, int]] = Counter()
    for span in one.spans:
        frames[span.person, span.track] += span.last - span.first + 1
    longest: Counter[int] = Counter()
    for (person, _), count in frames.items():
        longest[person] = max(longest[person], count)
    return longest


def _title(one: Timeline) -> str:
    count = len(one.switches)
    return f"{one.run}: {count} identity switch{'' if count == 1 else 'es'}"


def _draw(axes: Axes, palette: Palette, *, one: Timeline, people: list[int]) -> None:
    row_of = {person: row for row, person in enumerate(people)}
    axes.grid(visible=False, axis="y")
    for presence in one.presences:
        if presence.person in row_of:
            row = row_of[presence.person]
            axes.plot(
                [presence.first - 0.5, presence.last + 0.5],
                [row, row],
                color=palette.rule,
                linewidth=1.2,
                zorder=0.8,
            )
    tracks: dict[int, list[int]] = {}
    for span in one.spans:
        if span.person not in row_of:
            continue
        known = tracks.setdefault(span.person, [])
        if not known or known[-1] != span.track:
            known.append(span.track)
        odd = len(known) % 2 == 0
        axes.barh(
            row_of[span.person], span.last - span.first + 1, 0.62, left=span.first - 0.5,
            color=palette.of(NEXT if odd else FIRST), hatch="////" if odd else "", edgecolor=palette.paper, linewidth=0,
        )  # fmt: skip
    marks = [
        (switch.frame, row_of[switch.person]) for switch in one.switches if switch.person in row_of
    ]
    if marks:
        frames, rows = zip(*marks, strict=True)
        axes.plot(
            frames, rows, "X", color=palette.of(SWITCH), mec=palette.paper, mew=0.6, markersize=6.5,
            linestyle="none", zorder=3, label="switches",
        )  # fmt: skip
    axes.set_yticks(range(len(people)), [str(person) for person in people], fontsize=7.5)
    axes.set(xlim=(0.5, one.frames + 0.5), ylim=(len(people) - 0.4, -0.6))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"frame of {short(one.sequence, 40)} ({one.frame_rate:g} a second)")
    axes.set_ylabel("person (identity in the ground truth)")
