"""Two runs set against each other: for the terminal, as Markdown for a pull request, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from mot_bench.reports.markdown import markdown_table, markdown_text
from mot_bench.reports.run_comparison import (
    METRIC_HEADINGS,
    Versus,
    metric_rows,
    overview_rows,
    sentences,
    sequence_headings,
    sequence_rows,
    title_of,
)


def terminal(pairs: Sequence[Versus], remarks: Sequence[str] = ()) -> RenderableType:
    """One pair in full; of several an overview, then of each what differs in its making."""
    parts: list[RenderableType] = []
    if len(pairs) == 1:
        parts += _one(pairs[0])
    elif pairs:
        headings = [
            "run",
            *(f"{title_of(change.metric)}\n(difference)" for change in pairs[0].changes),
        ]
        title = f"{pairs[0].first} (first) and {pairs[0].second} (second): the second's, and second less first"
        rows = overview_rows(pairs)
        parts += [Text(pairs[0].scored), _table(title, headings, rows)]
        for one in pairs:
            if one.settings or one.notes:
                parts.append(Text(f"{one.name}: {_made_differently(one)}"))
    return Group(*parts, *(Text(remark) for remark in remarks))


def markdown(pairs: Sequence[Versus], remarks: Sequence[str] = ()) -> str:
    """Tables for a pull request: of several pairs an overview, and each pair folded away."""
    parts = []
    if len(pairs) > 1:
        headings = ["run", *(f"{title_of(change.metric)}" for change in pairs[0].changes)]
        rows = overview_rows(pairs)
        parts += [f"Second, with the difference to the first. {markdown_text(pairs[0].scored)}."]
        parts += [markdown_table(headings, rows)]
    for one in pairs:
        body = _markdown_of(one)
        if len(pairs) > 1:
            summary = markdown_text(one.name)
            body = [f"<details><summary>{summary}</summary>", *body, "</details>"]
        parts += body
    parts += [markdown_text(remark) for remark in remarks]
    return "\n\n".join(parts) + "\n"


def as_json(
    pairs: Sequence[Versus], only_first: Sequence[str] = (), only_second: Sequence[str] = ()
) -> str:
    """Everything, in fractions and counts; NaN as null."""
    content = {
        "pairs": [_plain(one) for one in pairs],
        "only_first": list(only_first),
        "only_second": list(only_second),
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _one(one: Versus) -> list[RenderableType]:
    parts: list[RenderableType] = [
        Text(f"first: {one.first}\nsecond: {one.second}\nscored on {one.scored}")
    ]
    if one.settings:
        rows = [[setting.name, setting.first, setting.second] for setting in one.settings]
        parts.append(
            _table(
                "what differs in their making", ["setting", "first", "second"], rows, numbers=False
            )
        )
    else:
        parts.append(Text("Nothing differs in their making, as far as it is known."))
    parts.append(_table("metrics, second less first", METRIC_HEADINGS, metric_rows(one.changes)))
    if one.sequences:
        parts.append(_table("by sequence", sequence_headings(one), sequence_rows(one)))
    return [*parts, *(Text(line) for line in sentences(one))]


def _table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True
) -> Table:
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(
            escape(heading),
            justify="right" if numbers and place else "left",
            overflow="fold",
            no_wrap=not place,
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _made_differently(one: Versus) -> str:
    parts = [
        f"{setting.name}: {setting.first or 'none'} -> {setting.second or 'none'}"
        for setting in one.settings
    ]
    return "; ".join([*parts, *one.notes])


def _markdown_of(one: Versus) -> list[str]:
    parts = [
        f"**{markdown_text(one.second)}** (second) against **{markdown_text(one.first)}** (first), "
        f"scored on {markdown_text(one.scored)}."
    ]
    if one.settings:
        rows = [[setting.name, setting.first, setting.second] for setting in one.settings]
        parts.append(markdown_table(["made with", "first", "second"], rows, numbers=False))
    parts.append(markdown_table(METRIC_HEADINGS, metric_rows(one.changes)))
    parts += [markdown_text(line) for line in sentences(one)]
    if one.sequences:
        table = markdown_table(sequence_headings(one), sequence_rows(one))
        parts.append(f"<details><summary>By sequence</summary>\n\n{table}\n\n</details>")
    return parts


def _plain(one: Versus) -> dict[str, object]:
    def number(value: float | None) -> float | None:
        return None if value is None or value != value else value

    return {
        "name": one.name,
        "first": one.first,
        "second": one.second,
        "scored": one.scored,
        "settings": [{"name": s.name, "first": s.first, "second": s.second} for s in one.settings],
        "metrics": [
            {
                "metric": change.metric.name,
                "kind": change.metric.kind,
                "first": number(change.first),
                "second": number(change.second),
                "difference": number(change.difference),
                "interval": None
                if change.interval is None
                else [change.interval.low, change.interval.high],
                "verdict": change.verdict,
            }
            for change in one.changes
        ],
        "sequences": [
            {
                "sequence": name,
                **{
                    c.metric.name: {"first": number(c.first), "second": number(c.second)}
                    for c in changes
                },
            }
            for name, changes in one.sequences
        ],
        "parts_of_hota": None
        if one.parts is None
        else {
            "detection": one.parts.detection,
            "association": one.parts.association,
            "localisation": one.parts.localisation,
        },
        "notes": list(one.notes),
    }
