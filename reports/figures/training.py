"""Training curves: terms of the loss, AP on calibration frames, and people told right by ReID, over the steps."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from mot_bench.reports.balance import Network, networks_of
from mot_bench.reports.figures.drawing import Drawing, Mark, Panel
from mot_bench.reports.figures.palette import MAX_PLACES, Palette, look_at
from mot_bench.reports.schema import Bundle

TERMS = {
    "total": "total loss",
    "detection": "detection loss",
    "reid": "ReID loss",
    "triplet": "triplet loss",
    "AP": "AP, calibration frames (%)",
    "right": "right person (% of training crops)",
}
_PERCENT = ("AP", "right")
_WEIGHTS = {"reid": "reid_weight", "detection": "detection_weight", "AP": "detection_weight"}


def training(bundle: Bundle, metrics: tuple[str, ...] = ()) -> Drawing | None:
    """A panel a term, a line a network, means over seeds.

    None where no network was trained here.
    """
    del metrics
    networks = [one for one in networks_of(bundle) if one.first.curve][:MAX_PLACES]
    panels = [
        Panel(partial(_draw, networks=networks, term=term))
        for term in TERMS
        if any(term_curve(one, term)[0] for one in networks)
    ]
    if not panels:
        return None
    marks = [Mark(one.name, look_at(place)) for place, one in enumerate(networks)]
    return Drawing(
        "training",
        "Terms of the loss over the steps of training",
        tuple(panels),
        tuple(marks),
        columns=2,
        height=2.7,
    )


def term_curve(network: Network, term: str) -> tuple[list[float], list[float]]:
    """A term over steps, mean over the seeds that have it; AP and what is told right in percent.

    Nothing of a task that was not trained, and no total of separate ReID networks that it is the
    ReID loss of.
    """
    if term == "total" and network.first.kind == "reid" and "triplet" not in network.first.curve[0]:
        return [], []
    weight = _WEIGHTS.get(term)
    if weight is not None and getattr(network.first, weight) == 0.0:
        return [], []
    found: dict[float, list[float]] = {}
    for model in network.models:
        for row in model.curve:
            if term in row and np.isfinite(row[term]):
                found.setdefault(row["step"], []).append(
                    row[term] * (100 if term in _PERCENT else 1)
                )
    return sorted(found), [float(np.mean(found[step])) for step in sorted(found)]


def _draw(axes: Axes, palette: Palette, *, networks: list[Network], term: str) -> None:
    for place, one in enumerate(networks):
        steps, values = term_curve(one, term)
        if not steps:
            continue
        look = look_at(place)
        every = max(1, len(steps) // 6)
        axes.plot(
            steps,
            values,
            color=palette.of(look),
            linestyle=look.line,
            linewidth=1.2,
            marker=look.marker,
            markerfacecolor=look.face(palette),
            markevery=(place * every // max(len(networks), 1), every),
            markersize=4.5,
            label=one.name,
        )
    most = max(step for one in networks for step in term_curve(one, term)[0])
    axes.set(xlabel="training step", ylabel=TERMS[term], xlim=(0, 1.03 * most))
