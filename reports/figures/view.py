"""Choose which points a scatter shows; points far off would crowd all others into a corner."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from mot_bench.reports.figures.palette import Look, Palette

LEAST_POINTS = 6
MOST_LEFT_OUT = 0.2
_FENCE = 2.5  # interquartile ranges beyond the quartiles
_CROWDED = 0.6  # worth it where the rest would have less than this share of either side


def in_view(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of (N, 2) points are shown: all, or all but a few that are far from the others in either direction.

    At most a fifth is left out, and only where that gives the others a good deal more room.
    """
    everything = np.ones(len(points), np.bool_)
    if len(points) < LEAST_POINTS:
        return everything
    low, high = np.quantile(points, (0.25, 0.75), axis=0)
    room = _FENCE * np.maximum(high - low, 1e-9)
    inside: NDArray[np.bool_] = ((points >= low - room) & (points <= high + room)).all(axis=1)
    if inside.all() or (~inside).mean() > MOST_LEFT_OUT:
        return everything
    share = np.ptp(points[inside], axis=0) / np.maximum(np.ptp(points, axis=0), 1e-9)
    return inside if share.min() < _CROWDED else everything


def mark_outside(
    axes: Axes,
    palette: Palette,
    points: NDArray[np.float64],
    looks: Sequence[Look],
    texts: Sequence[str],
) -> None:
    """Draw the points that are out of view at the edge that they lie behind, and name them.

    Args:
        axes: whose limits are set.
        palette: colours of the medium.
        points: (N, 2) in data coordinates.
        looks: N looks, those of the points' runs in every figure.
        texts: N names with the points' values; those out of view are listed above the axes.
    """
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    edge = np.clip(points, (left, bottom), (right, top))
    outside: list[int] = np.flatnonzero((edge != points).any(axis=1)).tolist()
    for place in outside:
        look, (x, y) = looks[place], edge[place]
        colour = palette.of(look, points=True)
        axes.plot(
            [x], [y], look.marker, color=colour, markerfacecolor=look.face(palette),
            markersize=5.5, clip_on=False, zorder=3.5, label="_edge",
        )  # fmt: skip
    if outside:
        named = "; ".join(texts[place] for place in outside)
        lines = textwrap.wrap(f"at the edge, out of view: {named}", 62)
        axes.set_title("\n".join(lines), fontsize=7.5, color=palette.muted, loc="left")
