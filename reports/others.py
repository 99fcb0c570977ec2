"""Figures of others beside the measured ones: a table of its own, in which the two never share a column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mot_bench.reports.schema import REFERENCE_KINDS, Bundle, Metric, Run
from mot_bench.reports.variants import ranked_variants

REFERENCE_TITLES = {
    "original": "original implementation, same detections",
    "published": "published",
}


@dataclass(frozen=True)
class OthersRow:
    """What one source says of one run.

    Attributes:
        name: of the run.
        kind: what kind of figures they are, in words.
        note: the number of the source.
        cells: for each metric the measured figure and the source's, as texts; empty where there is
            none.
    """

    name: str
    kind: str
    note: int
    cells: tuple[tuple[str, str], ...]


def others_metrics(bundle: Bundle) -> list[Metric]:
    """Return the metrics of which any source gives a figure, in the order of the leaderboard."""
    named = {metric.name for kind in REFERENCE_KINDS for metric in bundle.reference_metrics(kind)}
    return [metric for metric in bundle.metrics if metric.name in named]


def others_rows(bundle: Bundle) -> list[OthersRow]:
    """Return a row for each run and source, runs in the order of the leaderboard."""
    metrics, notes = others_metrics(bundle), source_notes(bundle.ranked)
    rows = []
    for variant in ranked_variants(bundle):
        means = {metric.name: variant.summary(metric.name) for metric in metrics}
        for reference in variant.first.references:
            cells = tuple(
                (
                    metric.shown(found.mean) if (found := means[metric.name]) else "",
                    metric.shown_printed(reference.metrics.get(metric.name)),
                )
                for metric in metrics
            )
            note = notes[reference.source, reference.note]
            rows.append(OthersRow(variant.name, REFERENCE_TITLES[reference.kind], note, cells))
    return rows


def source_notes(runs: Iterable[Run]) -> dict[tuple[str, str], int]:
    """Return the sources with their notes, numbered from 1 in the order of their first use."""
    notes: dict[tuple[str, str], int] = {}
    for run in runs:
        for kind in REFERENCE_KINDS:
            for reference in run.references_of(kind):
                notes.setdefault((reference.source, reference.note), len(notes) + 1)
    return notes
