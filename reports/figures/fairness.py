"""The fairness plane: AP against TPR of each network, with what the specialists of each task reach as limits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mot_bench.reports.balance import AP, TPR, Network, networks_of
from mot_bench.reports.figures.drawing import Drawing, Mark, Panel, short
from mot_bench.reports.figures.palette import Palette, look_at
from mot_bench.reports.figures.plane import LEAST_RUNS
from mot_bench.reports.labels import place_labels
from mot_bench.reports.schema import Bundle

MOST_NAMED = 10
_Limits = tuple[float | None, float | None]


def fairness(bundle: Bundle, metrics: tuple[str, ...] = ()) -> Drawing | None:
    """Return one panel with a point for each network and small ones for its seeds.

    None for fewer than two networks that serve both tasks: a single point compares nothing.
    """
    del metrics
    networks = [one for one in networks_of(bundle) if _both(one) and not one.first.specialist]
    if len(networks) < LEAST_RUNS:
        return None
    seeds = [
        np.array([[100 * float(m.worth(name) or 0) for name in (AP, TPR)] for m in one.models])
        for one in networks
    ]
    specialists = _specialist(bundle, "detection", AP), _specialist(bundle, "reid", TPR)
    drawn: dict[str, Any] = {"networks": networks, "seeds": seeds, "specialists": specialists}
    marks = [Mark(one.name, look_at(place), line=False) for place, one in enumerate(networks)]
    return Drawing(
        "fairness",
        "AP against TPR in percent, with what specialists reach as lines",
        (Panel(partial(_draw, **drawn), finish=partial(_name, **drawn)),),
        tuple(marks) if len(marks) > MOST_NAMED else (),
        height=4.2,
    )


def _draw(
    axes: Axes,
    palette: Palette,
    *,
    networks: Sequence[Network],
    seeds: list[NDArray[np.float64]],
    specialists: _Limits,
) -> None:
    dots = np.concatenate(seeds)
    across, along = (
        _limits([*dots[:, axis], *([] if limit is None else [limit])])
        for axis, limit in enumerate(specialists)
    )
    axes.set(xlim=across, ylim=along)
    axes.set_xlabel("AP, visible people, IoU 0.5 (%)")
    axes.set_ylabel("TPR at FAR 0.1 (%)")
    _specialist_lines(axes, palette, specialists)
    for place, (one, own) in enumerate(zip(networks, seeds, strict=True)):
        look = look_at(place)
        colour = palette.of(look)
        if len(own) > 1:
            axes.plot(
                own[:, 0],
                own[:, 1],
                ".",
                color=colour,
                markersize=4,
                alpha=0.7,
                label=f"_seeds of {one.name}",
            )
        (x,), (y,) = own[:, :1].mean(axis=0), own[:, 1:].mean(axis=0)
        axes.plot(
            [x],
            [y],
            look.marker,
            color=colour,
            mfc=look.face(palette),
            markersize=7,
            zorder=3,
            label=one.name,
        )


def _name(
    figure: Figure,
    axes: Axes,
    palette: Palette,
    *,
    networks: Sequence[Network],
    seeds: list[NDArray[np.float64]],
    specialists: _Limits,
) -> None:
    """Labels that keep off points and off the specialists' lines."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    detection, reid = specialists
    along = np.linspace(0, 1, 60)
    taken = [*seeds]
    if detection is not None:
        taken.append(np.column_stack((np.full(60, detection), bottom + along * (top - bottom))))
    if reid is not None:
        taken.append(np.column_stack((left + along * (right - left), np.full(60, reid))))
    means = np.array([own.mean(axis=0) for own in seeds])
    points = np.concatenate([means, *taken])
    labels = [short(one.name) for one in networks]
    place_labels(
        figure, axes, points, [*labels, *[""] * (len(points) - len(labels))], palette.muted
    )


def _specialist_lines(axes: Axes, palette: Palette, specialists: _Limits) -> None:
    """Draw what the specialists of detection and ReID reach, and name it."""
    left, right = axes.get_xlim()
    top = axes.get_ylim()[1]
    detection, reid = specialists
    way: dict[str, Any] = {
        "color": palette.muted,
        "linewidth": 1.0,
        "linestyle": (0, (4, 2)),
        "zorder": 1.0,
    }
    text: dict[str, Any] = {"fontsize": 7.5, "color": palette.muted, "va": "bottom"}
    if detection is not None:
        axes.axvline(detection, **way)
        axes.text(detection, top, f"detection specialist {detection:.1f}", ha="right", **text)
    if reid is not None:
        axes.axhline(reid, **way)
        axes.annotate(
            f"ReID specialist {reid:.1f}",
            (left + 0.02 * (right - left), reid),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="left",
            **text,
        )


def _limits(values: list[float]) -> tuple[float, float]:
    """Room around the points, in percent."""
    room = max(0.16 * (max(values) - min(values)), 2.0)
    return max(0.0, min(values) - room), min(101.0, max(values) + room)


def _both(network: Network) -> bool:
    return all(
        model.worth(AP) is not None and model.worth(TPR) is not None for model in network.models
    )


def _specialist(bundle: Bundle, task: str, name: str) -> float | None:
    """The mean of what a task's specialists reach, in percent."""
    values = [
        value
        for model in bundle.models
        if model.specialist == task and (value := model.worth(name)) is not None
    ]
    return 100 * float(np.mean(values)) if values else None
