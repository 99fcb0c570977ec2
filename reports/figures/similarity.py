"""Embedding similarity: histograms of pairs of one person and of different people."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from mot_bench.reports.figures.drawing import Drawing, Mark, Panel, short
from mot_bench.reports.figures.palette import Look, Palette
from mot_bench.reports.schema import Bundle
from mot_bench.reports.similarity import Similarity

SAME, DIFFERENT = Look(0), Look(1, 1)
MAX_PANELS = 12


def similarity(bundle: Bundle, metrics: tuple[str, ...] = ()) -> Drawing | None:
    """A panel a network, of its first seed: the less the two overlap, the better.

    None where none was measured.
    """
    del metrics
    first: dict[str, Similarity] = {}
    for one in bundle.similarities:
        if sum(one.same) and sum(one.different):
            first.setdefault(one.model, one)
    shown = list(first.values())[:MAX_PANELS]
    if not shown:
        return None
    least = min(_low(one) for one in shown)
    return Drawing(
        "similarity",
        "Cosine similarity of embeddings of the same person and of different people",
        tuple(Panel(partial(_draw, one=one, least=least), short(one.model)) for one in shown),
        (
            Mark("same person", SAME, points=False),
            Mark("different people", DIFFERENT, points=False),
        ),
        height=2.3,
    )


def _draw(axes: Axes, palette: Palette, *, one: Similarity, least: float) -> None:
    edges = np.array(one.edges)
    top = 0.0
    for counts, look, label in (
        (one.same, SAME, "same person"),
        (one.different, DIFFERENT, "different people"),
    ):
        share = 100 * np.array(counts) / sum(counts)
        top = max(top, float(share.max()))
        colour = palette.of(look)
        axes.stairs(share, edges, color=colour, linewidth=1.4, linestyle=look.line, label=label)
        axes.stairs(share, edges, color=colour, fill=True, alpha=0.18, label="_fill")
    axes.axvline(
        one.threshold, color=palette.muted, linewidth=1, linestyle=(0, (1, 1.5)), label="threshold"
    )
    axes.text(
        0.02, 0.98, f"TPR {100 * one.tpr:.0f} %\nat FAR 10 %", transform=axes.transAxes,
        fontsize=7.5, color=palette.muted, ha="left", va="top",
    )  # fmt: skip
    axes.set(xlim=(least, 1.0), ylim=(0, 1.45 * top))
    axes.xaxis.set_major_locator(MultipleLocator(0.5))
    axes.set_xlabel("cosine similarity")
    axes.set_ylabel("part of the pairs (%)")


def _low(one: Similarity) -> float:
    """The lower end of the bins that have anything."""
    filled = np.flatnonzero(np.array(one.same) + np.array(one.different))
    return one.edges[int(filled[0])]
