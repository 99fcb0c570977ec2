"""What a scatter shows: room around its points; points far off would crowd all others into a corner."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from reports.figures.palette import Palette

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


def note_outside(axes: Axes, palette: Palette, points: NDArray[np.float64], texts: Sequence[str]) -> None:
    """Say above the axes, whose limits are set, which of (N, 2) points are not in view."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    inside: NDArray[np.bool_] = np.all((points >= (left, bottom)) & (points <= (right, top)), axis=1)
    texts = [text for text, here in zip(texts, inside, strict=True) if not here]
    if texts:
        lines = textwrap.wrap(f"not in view: {'; '.join(texts)}", 62)
        axes.set_title("\n".join(lines), fontsize=7.5, color=palette.muted, loc="left")
