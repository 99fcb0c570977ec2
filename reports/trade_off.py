"""Where a run that is above another in HOTA is worse than it."""

from __future__ import annotations

from reports.certainty import Comparison
from reports.chance import flipped
from reports.schema import Bundle, Metric
from reports.variants import Variant, metric_difference
from reports.wording import better, change_unit, listed, signed_change

LOOKED_AT = ("DetA", "AssA", "MOTA", "IDF1", "IDSW")
_MOST = 9


def pair_comparison(bundle: Bundle, run: str, other: str, metric: str) -> Comparison | None:
    """Return what was computed of two runs, from the side of ``run``; None where nothing was."""
    if bundle.certainty is None:
        return None
    found = bundle.certainty.comparison(run, other, metric)
    back = bundle.certainty.comparison(other, run, metric)
    return flipped(back) if found is None and back is not None else found


def trade_off(bundle: Bundle, winner: Variant, other: Variant) -> str:
    """Return in which metrics the winner is worse than the other run, each difference judged by itself."""
    certain, possible, known = [], [], []
    for name in LOOKED_AT:
        metric = bundle.metric(name)
        comparison = pair_comparison(bundle, winner.name, other.name, name)
        change = metric_difference(winner, other, metric)
        value = comparison.difference if comparison is not None else change.mean if change is not None else None
        if value is None:
            continue
        known.append(metric.title)
        text = _worse_by(metric, value)
        if text and comparison is not None and comparison.verdict == "worse":
            certain.append(text)
        elif text:
            possible.append(text)
    if not known:
        return ""
    parts = []
    if certain:
        parts.append(f"{winner.name} is worse than {other.name} in {listed(certain, _MOST)}")
    if possible:
        start = "in" if certain else f"{winner.name} is measured worse than {other.name} in"
        parts.append(f"{start} {listed(possible, _MOST)}, which can be chance")
    if not parts:
        return f"{winner.name} is measured worse than {other.name} in none of {listed(known, _MOST)}."
    return f"{'; '.join(parts)}."


def _worse_by(metric: Metric, value: float) -> str:
    """Return a difference for the worse with its metric; empty where it is none as it is shown."""
    shown = signed_change(metric, value)
    if better(metric, value) >= 0 or shown.startswith("±"):
        return ""
    return f"{metric.title} ({' '.join(filter(None, (shown, change_unit(metric))))})"
