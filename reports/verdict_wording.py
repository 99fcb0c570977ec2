"""What a bundle's intervals and comparisons allow to be said, and in which words."""

from __future__ import annotations

from dataclasses import replace

from mot_bench.reports.certainty import Comparison, Interval, Simultaneous, Verdict
from mot_bench.reports.schema import Bundle

OPPOSITE: dict[Verdict, Verdict] = {"better": "worse", "worse": "better"}
SIGNS: dict[Verdict, str] = {
    "better": "\N{BLACK UP-POINTING TRIANGLE}",
    "worse": "\N{BLACK DOWN-POINTING TRIANGLE}",
    "not distinguishable here": "\N{WHITE CIRCLE}",
}
NOT_COMPUTED = "no intervals were computed"


def is_judged(bundle: Bundle) -> bool:
    """Whether anything is said of chance: at least one comparison has a verdict."""
    return bundle.certainty is not None and any(
        one.verdict != "no statement" for one in bundle.certainty.comparisons
    )


def silence(bundle: Bundle) -> str:
    """Why nothing is said of chance, in a sentence without its end; empty where something is."""
    if is_judged(bundle):
        return ""
    comparisons = bundle.certainty.comparisons if bundle.certainty else ()
    return next((one.reason.rstrip(".") for one in comparisons if one.reason), NOT_COMPUTED)


def flipped(comparison: Comparison) -> Comparison:
    """Return the same comparison from the other side.

    What holds of all runs together is of another base then, and left out.
    """
    return replace(
        comparison,
        run=comparison.base,
        base=comparison.run,
        difference=0.0 - comparison.difference,
        interval=None if comparison.interval is None else _mirrored(comparison.interval),
        verdict=opposite(comparison.verdict),
        simultaneous=None,
    )


def turned(one: Simultaneous) -> Simultaneous:
    """Return what holds of all runs together, from the base's side."""
    return replace(one, interval=_mirrored(one.interval), verdict=opposite(one.verdict))


def opposite(verdict: Verdict) -> Verdict:
    """Return the verdict from the other side."""
    return OPPOSITE.get(verdict, verdict)


def _mirrored(interval: Interval) -> Interval:
    return Interval(0.0 - interval.high, 0.0 - interval.low)


def p_text(p_value: float) -> str:
    """A p-value for people.

    >>> p_text(0.0123), p_text(0.0001)
    ('p = 0.012', 'p < 0.001')
    """
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def shown_p_value(one: Comparison) -> str:
    """Return the p-value of a pair by itself, for people; empty where there is none."""
    return "" if one.p_value is None else p_text(one.p_value)
