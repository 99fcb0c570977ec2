"""Where a run that is above another in HOTA is worse than it."""

from __future__ import annotations

from mot_bench.reports.certainty import Comparison
from mot_bench.reports.schema import Bundle, Metric
from mot_bench.reports.variants import Variant, metric_difference
from mot_bench.reports.verdict_wording import flipped
from mot_bench.reports.wording import better, change_unit, listed, signed_change

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
    """Return in which metrics the winner is worse than the other run.

    Each difference is judged by itself. The text is empty where no metric of the two is known.
    """
    known: list[str] = []
    certain: list[str] = []
    possible: list[str] = []
    for name in LOOKED_AT:
        metric = bundle.metric(name)
        comparison = pair_comparison(bundle, winner.name, other.name, name)
        value = _difference(metric, winner, other, comparison)
        if value is None:
            continue
        known.append(metric.title)
        if text := _worse_by(metric, value):
            is_certain = comparison is not None and comparison.verdict == "worse"
            (certain if is_certain else possible).append(text)
    if not known:
        return ""
    if not certain and not possible:
        worse = f"{winner.name} is measured worse than {other.name}"
        return f"{worse} in none of {listed(known, _MOST)}."
    return _worse_sentence(winner.name, other.name, certain, possible)


def _difference(
    metric: Metric,
    winner: Variant,
    other: Variant,
    comparison: Comparison | None,
) -> float | None:
    """Return the computed difference, else the measured one; None where a run lacks the metric."""
    if comparison is not None:
        return comparison.difference
    change = metric_difference(winner, other, metric)
    return change.mean if change is not None else None


def _worse_sentence(winner: str, other: str, certain: list[str], possible: list[str]) -> str:
    """Return where a run is worse beyond chance, and where it may be worse by chance."""
    parts = []
    if certain:
        parts.append(f"{winner} is worse than {other} in {listed(certain, _MOST)}")
    if possible:
        start = "in" if certain else f"{winner} is measured worse than {other} in"
        parts.append(f"{start} {listed(possible, _MOST)}, which can be chance")
    return f"{'; '.join(parts)}."


def _worse_by(metric: Metric, value: float) -> str:
    """Return a difference for the worse with its metric; empty where it is none as it is shown."""
    shown = signed_change(metric, value)
    if better(metric, value) >= 0 or shown.startswith("±"):
        return ""
    return f"{metric.title} ({' '.join(filter(None, (shown, change_unit(metric))))})"
