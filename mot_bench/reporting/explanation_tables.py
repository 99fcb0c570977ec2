"""What ``mot-bench explain`` prints: causes with counts and gains, and what a difference is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from mot_bench.explaining.differences import hota_parts
from mot_bench.records.results import RunResult
from mot_bench.reporting.explained_runs import ExplainedRun
from mot_bench.reports.certainty import Comparison
from mot_bench.reports.explanation import CAUSES, GAINS, KINDS, Cause, Kind, RunExplanation, Slice
from mot_bench.reports.wording import signed

_PARTS = {
    "detection": "who is found at all, and who is not there",
    "association": "whether each person keeps one identity",
    "localisation": "how exactly boxes fit",
}


def run_tables(
    answer: ExplainedRun, against_base: tuple[str, Mapping[str, Comparison]] | None
) -> Iterator[RenderableType]:
    """Yield causes by what their repair gains, what perfection would gain, parts of the truth, and how sure all is.

    Args:
        answer: the run that is asked about.
        against_base: the folder's base run, and the comparisons of this run with it by metric; None
            without a base.
    """
    row, explained = answer.row, answer.explanation
    yield Text(f"{row.run}, seed {row.seed}: {_scores(answer)}", style="bold")
    yield from _remarks(explained)
    yield _causes(explained)
    yield _kinds(explained)
    if explained.slices:
        yield _slices(explained.slices)
    if explained.ranked:
        yield Text(_sentence(explained.ranked[0]))
    yield from (Text(line) for line in _single_certainty(answer.row, against_base))


def _single_certainty(
    row: RunResult, against_base: tuple[str, Mapping[str, Comparison]] | None
) -> Iterator[str]:
    """Yield what one run's figures are of, and how sure its difference to the base run is."""
    yield (
        f"Counts and gains are exact for these {len(row.sequences)} sequences and seed {row.seed}. "
        f"On other sequences the causes can come in another order; "
        f"--against RUN says whether a difference between two runs can be chance."
    )
    if against_base is not None:
        base, certain = against_base
        yield from certainty_lines((row.run, f"{base} (the base run)"), certain)


def difference_tables(
    answer: ExplainedRun, other: ExplainedRun, certain: Mapping[str, Comparison]
) -> Iterator[RenderableType]:
    """Yield the parts of the difference in HOTA of two runs, how sure it is, and their errors cause by cause.

    Args:
        answer: the run that is asked about.
        other: the run that it is compared with.
        certain: the comparisons of the first with the second, by metric, over all their seeds.
    """
    ours, theirs = answer.explanation, other.explanation
    names = _names(answer, other)
    for name, one in zip(names, (answer, other), strict=True):
        yield Text(f"{name}: {_scores(one)}", style="bold")
    yield from _remarks(ours)
    if answer.row.track_digests == other.row.track_digests:
        yield Text(f"The track files of {names[0]} and {names[1]} are equal, byte for byte: what differs in their "
                   "settings does nothing here.", style="yellow")  # fmt: skip
    parts = hota_parts(answer.row, other.row)
    table = Table(
        title=f"HOTA of {names[0]} less HOTA of {names[1]}, in points", title_justify="left"
    )
    table.add_column("part")
    table.add_column("points", justify="right")
    table.add_column("what it is about")
    for part, meaning in _PARTS.items():
        table.add_row(part, _points(getattr(parts, part)), meaning)
    table.add_row("together", _points(parts.difference), "", end_section=True, style="bold")
    yield table
    yield _compared(ours, theirs, names)
    yield Text(_answer(names, parts.difference, {part: getattr(parts, part) for part in _PARTS}))
    yield from (Text(line) for line in certainty_lines(names, certain))
    yield from _telling_cause(ours, theirs, names)


def _scores(answer: ExplainedRun) -> str:
    metrics = answer.row.combined.metrics if answer.row.combined else {}
    return ", ".join(f"{name} {100 * metrics[name]:.3f}" for name in GAINS if name in metrics)


def _names(answer: ExplainedRun, other: ExplainedRun) -> tuple[str, str]:
    """What to call both: by name, by seed where the names are equal, by folder where the seeds are too."""
    if answer.row.run != other.row.run:
        return answer.row.run, other.row.run
    if answer.row.seed != other.row.seed:
        return (
            f"{answer.row.run}, seed {answer.row.seed}",
            f"{other.row.run}, seed {other.row.seed}",
        )
    return f"{answer.row.run} (first folder)", f"{other.row.run} (second folder)"


def _remarks(explained: RunExplanation) -> Iterator[Text]:
    if explained.inert:
        yield Text(
            "Its track files equal the base run's, byte for byte: this variant changes nothing.",
            style="yellow",
        )
    if not explained.detections_known:
        yield Text(
            "Detections are not known: what the detector missed and what the tracker lost is not told apart."
        )
    if not explained.visibility_given:
        yield Text(
            "The ground truth has no visibility: it is estimated from the boxes of people who stand nearer."
        )


def _causes(explained: RunExplanation) -> Table:
    table = Table(
        title="Errors by cause, and what repairing each alone would gain (points)",
        title_justify="left",
    )
    table.add_column("error", no_wrap=True)
    table.add_column("cause")
    for name in ("count", *GAINS):
        table.add_column(name, justify="right", no_wrap=True)
    for cause in explained.ranked:
        table.add_row(cause.kind, cause.cause, f"{cause.count}", *_gains(cause))
    return table


def _kinds(explained: RunExplanation) -> Table:
    table = Table(title="All of a kind repaired, and perfection (points)", title_justify="left")
    table.add_column("repaired")
    for name in ("count", *GAINS):
        table.add_column(name, justify="right", no_wrap=True)
    for kind in explained.kinds:
        table.add_row(f"every {kind.kind}", f"{kind.count}", *_gains(kind))
    table.add_section()
    names = {
        "identities": "perfect identities",
        "boxes": "perfect boxes",
        "everything": "everything",
    }
    for limit in explained.limits:
        table.add_row(names[limit.name], "", *(_points(limit.gains[name]) for name in GAINS))
    return table


def _slices(slices: tuple[Slice, ...]) -> Table:
    table = Table(title="Parts of the ground truth (percent)", title_justify="left")
    table.add_column("by")
    table.add_column("part")
    for name in ("boxes", "AP", "recall", "IDF1"):
        table.add_column(name, justify="right", no_wrap=True)
    last = ""
    for part in slices:
        if last and part.by != last:
            table.add_section()
        shown = [_percent(value) for value in (part.ap, part.recall, part.idf1)]
        table.add_row(part.by if part.by != last else "", part.label, f"{part.boxes}", *shown)
        last = part.by
    return table


def _compared(ours: RunExplanation, theirs: RunExplanation, names: tuple[str, str]) -> Table:
    """Causes of both side by side; first those whose cost differs most."""
    table = Table(
        title="HOTA points that each cause costs (and how many cases there are)",
        title_justify="left",
    )
    table.add_column("error", no_wrap=True)
    table.add_column("cause")
    for name in names:
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("more by", justify="right", no_wrap=True)
    for difference, key, shown in _compared_rows(ours, theirs):
        table.add_row(*key, *shown, f"{round(100 * difference, 2) + 0.0:+.2f}")
    return table


def _compared_rows(
    ours: RunExplanation, theirs: RunExplanation
) -> list[tuple[float, tuple[Kind, str], list[str]]]:
    """Return for each cause the difference in its cost, its name, and the cost in both runs."""
    our_causes, their_causes = (
        {(cause.kind, cause.cause): cause for cause in one.causes} for one in (ours, theirs)
    )
    rows = []
    for key in {**our_causes, **their_causes}:
        pair = our_causes.get(key), their_causes.get(key)
        cost, other_cost = (cause.gains["HOTA"] if cause else 0.0 for cause in pair)
        rows.append((cost - other_cost, key, [_cost_and_count(cause) for cause in pair]))
    return sorted(rows, key=lambda row: (-abs(row[0]), KINDS.index(row[1][0]), row[1][1]))


def _cost_and_count(cause: Cause | None) -> str:
    return f"{100 * cause.gains['HOTA']:.2f} ({cause.count})" if cause else "0"


def _telling_cause(
    ours: RunExplanation, theirs: RunExplanation, names: tuple[str, str]
) -> Iterator[Text]:
    """The cause whose costs differ most, in a sentence."""
    costs: dict[tuple[Kind, str], float] = {}
    for sign, explained in ((1, ours), (-1, theirs)):
        for cause in explained.causes:
            key = cause.kind, cause.cause
            costs[key] = costs.get(key, 0.0) + sign * cause.gains["HOTA"]
    if not costs:
        return
    kind, name = max(costs, key=lambda key: abs(costs[key]))
    loser, other = names if costs[kind, name] > 0 else names[::-1]
    points = f"{100 * abs(costs[kind, name]):.2f}"
    if float(points):
        meaning = CAUSES[kind][name]
        yield Text(f"Of the causes, this one differs most: {kind}, {name} ({meaning}): "
                   f"it costs {loser} {points} points of HOTA more than {other}.")  # fmt: skip


def _sentence(cause: Cause) -> str:
    gain = f"{100 * cause.gains['HOTA']:.2f}"
    what = f"{cause.kind}, {cause.cause} ({cause.meaning})"
    return f"What costs most: {what}: {gain} points of HOTA in {cause.count} cases."


def _answer(names: tuple[str, str], difference: float, parts: dict[str, float]) -> str:
    if round(100 * difference, 3) == 0:
        return f"{names[0]} and {names[1]} have the same HOTA."
    word = "better" if difference > 0 else "worse"
    largest = max(parts, key=lambda part: parts[part] if difference > 0 else -parts[part])
    others = [f"{_points(value)} by {part}" for part, value in parts.items() if part != largest]
    return (
        f"{names[0]} is {abs(100 * difference):.2f} points of HOTA {word} than {names[1]}: "
        f"{_points(parts[largest])} by {largest}, {' and '.join(others)}."
    )


def certainty_lines(names: tuple[str, str], certain: Mapping[str, Comparison]) -> Iterator[str]:
    """Yield for HOTA, IDF1 and MOTA whether the difference can be chance, in the words of compare and of the report."""
    for name in GAINS:
        one = certain.get(name)
        if one is None:
            continue
        start = f"{name} of {names[0]} against {names[1]}, over all seeds: {signed(100 * one.difference, 2)} points"
        if one.interval is None:
            yield f"{start}; there is no interval, so this may be chance: {one.reason or 'nothing is known'}."
            continue
        low, high = (signed(100 * end, 2) for end in (one.interval.low, one.interval.high))
        yield f"{start}, 95 % interval {low} to {high}: {one.verdict}."
        if one.needed and name == GAINS[0]:
            yield one.needed


def _gains(cause: Cause) -> list[str]:
    return [_points(cause.gains[name]) for name in GAINS]


def _points(fraction: float) -> str:
    return f"{round(100 * fraction, 3) + 0.0:+.3f}"


def _percent(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:.1f}"
