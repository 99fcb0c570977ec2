"""Labels beside points that overlap neither each other nor other points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

FONT_SIZE = 8.5
# Where a label may stand beside its point: direction, then distance in points (1/72 inch), nearest first.
_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_DISTANCES = (7.0, 11.0, 16.0)
_POINT_RADIUS = 5.0

Box = tuple[float, float, float, float]


def place_labels(figure: Figure, axes: Axes, points: NDArray[np.float64], labels: Sequence[str]) -> list[Box]:
    """Write a label beside each point, in order of importance; one that finds no free place is left out.

    Args:
        figure: whose layout is settled by this.
        axes: whose limits are set.
        points: (N, 2) in data coordinates.
        labels: N texts; an empty one needs no place.

    Returns:
        The boxes of the labels that were placed, in pixels of the figure: left, bottom, right, top.
    """
    figure.draw_without_rendering()
    scale = figure.dpi / 72
    pixels = axes.transData.transform(points)
    frame = axes.get_window_extent()
    limits = (frame.x0, frame.y0, frame.x1, frame.y1)
    radius = _POINT_RADIUS * scale
    taken: list[Box] = [(x - radius, y - radius, x + radius, y + radius) for x, y in pixels]
    placed: list[Box] = []
    for (x, y), (px, py), label in zip(points, pixels, labels, strict=True):
        if not label:
            continue
        text = axes.text(x, y, label, fontsize=FONT_SIZE)
        extent = text.get_window_extent()
        text.remove()
        box = _free_spot((px, py), (extent.width, extent.height), scale, limits, taken)
        if box is None:
            continue
        taken.append(box)
        placed.append(box)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        axes.annotate(
            label,
            xy=(x, y),
            xytext=((middle[0] - px) / scale, (middle[1] - py) / scale),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=FONT_SIZE,
            zorder=4,
        )
    return placed


def _free_spot(
    point: tuple[float, float], size: tuple[float, float], scale: float, limits: Box, taken: Sequence[Box]
) -> Box | None:
    """The nearest box of a size beside a point that is free and within the limits."""
    for distance in _DISTANCES:
        for right, up in _DIRECTIONS:
            across = right * (distance * scale + size[0] / 2)
            along = up * ((distance * scale if not right else distance * scale * 0.7) + size[1] / 2)
            middle = (point[0] + across, point[1] + along)
            box = (
                middle[0] - size[0] / 2,
                middle[1] - size[1] / 2,
                middle[0] + size[0] / 2,
                middle[1] + size[1] / 2,
            )
            if _within(box, limits) and not any(_overlap(box, other) for other in taken):
                return box
    return None


def _within(box: Box, limits: Box) -> bool:
    return box[0] >= limits[0] and box[1] >= limits[1] and box[2] <= limits[2] and box[3] <= limits[3]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
