"""Labels beside points that overlap neither each other nor other points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

FONT_SIZE = 8.5
# Where a label may stand beside its point: direction, then distance in points (1/72 inch), nearest
# first.
_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_DISTANCES = (7.0, 11.0, 16.0, 24.0, 34.0, 46.0)
_LEADER_FROM = 9.0  # from this distance on a thin line leads from the label to its point
_POINT_RADIUS = 5.0

Box = tuple[float, float, float, float]


def place_labels(
    figure: Figure,
    axes: Axes,
    points: NDArray[np.float64],
    labels: Sequence[str],
    leader: str = "grey",
) -> list[Box]:
    """Write a label beside each point, in order of importance.

    One that finds no free place is left out.

    A label that stands far from its point is joined to it by a thin line, which keeps off other
    labels.

    Args:
        figure: whose layout is settled by this.
        axes: whose limits are set.
        points: (N, 2) in data coordinates.
        labels: N texts; an empty one needs no place.
        leader: colour of the lines.

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
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        far = _line_length((px, py), box) >= _LEADER_FROM * scale
        if far:
            taken.extend(_along((px, py), box))
        taken.append(box)
        placed.append(box)
        axes.annotate(
            label,
            xy=(x, y),
            xytext=((middle[0] - px) / scale, (middle[1] - py) / scale),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=FONT_SIZE,
            zorder=4,
            arrowprops={
                "arrowstyle": "-",
                "color": leader,
                "linewidth": 0.6,
                "shrinkA": 0,
                "shrinkB": 3,
            }
            if far
            else None,
        ).set_in_layout(False)
    return placed


def _free_spot(
    point: tuple[float, float],
    size: tuple[float, float],
    scale: float,
    limits: Box,
    taken: Sequence[Box],
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
            blocked = [box, *(_along(point, box) if distance >= _LEADER_FROM else ())]
            if _within(box, limits) and not any(
                _overlap(part, other) for other in taken for part in blocked
            ):
                return box
    return None


def _within(box: Box, limits: Box) -> bool:
    return (
        box[0] >= limits[0] and box[1] >= limits[1] and box[2] <= limits[2] and box[3] <= limits[3]
    )


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _nearest(point: tuple[float, float], box: Box) -> tuple[float, float]:
    """Of a box the place that is nearest to a point."""
    return min(max(point[0], box[0]), box[2]), min(max(point[1], box[1]), box[3])


def _line_length(point: tuple[float, float], box: Box) -> float:
    end = _nearest(point, box)
    return float(np.hypot(end[0] - point[0], end[1] - point[1]))


def _along(point: tuple[float, float], box: Box) -> list[Box]:
    """The line from a point to a box as small boxes, without the point's own surroundings."""
    end = _nearest(point, box)
    length = max(_line_length(point, box), 1e-9)
    shares = np.arange(0.5 * length, length - 1.0, 3.0) / length
    return [
        (x - 0.5, y - 0.5, x + 0.5, y + 0.5)
        for x, y in (
            (point[0] + share * (end[0] - point[0]), point[1] + share * (end[1] - point[1]))
            for share in shares
        )
    ]
