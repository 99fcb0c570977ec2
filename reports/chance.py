"""What a bundle's intervals and comparisons allow to be said, and in which words."""

from __future__ import annotations

from reports.certainty import Comparison, Interval, Verdict
from reports.schema import Bundle

OPPOSITE: dict[Verdict, Verdict] = {"better": "worse", "worse": "better"}
SIGNS: dict[Verdict, str] = {
    "better": "\N{BLACK UP-POINTING TRIANGLE}",
    "worse": "\N{BLACK DOWN-POINTING TRIANGLE}",
    "not distinguishable here": "\N{WHITE CIRCLE}",
}
NOT_COMPUTED = "no intervals were computed"


def is_judged(bundle: Bundle) -> bool:
    """Whether anything is said of chance: at least one comparison has a verdict."""
    return bundle.certainty is not None and any(one.verdict != "no statement" for one in bundle.certainty.comparisons)


def silence(bundle: Bundle) -> str:
    """Why nothing is said of chance, in a sentence without its end; empty where something is."""
    if is_judged(bundle):
        return ""
    comparisons = bundle.certainty.comparisons if bundle.certainty else ()
    return next((one.reason.rstrip(".") for one in comparisons if one.reason), NOT_COMPUTED)


def flipped(comparison: Comparison) -> Comparison:
    """The same comparison from the other side."""
    interval = comparison.interval
    return Comparison(
        comparison.base,
        comparison.run,
        comparison.metric,
        -comparison.difference,
        Interval(-interval.high, -interval.low) if interval else None,
        comparison.p_value,
        comparison.adjusted_p_value,
        OPPOSITE.get(comparison.verdict, comparison.verdict),
        comparison.needed,
        comparison.reason,
    )


def p_text(p_value: float) -> str:
    """A p-value for people.

    >>> p_text(0.0123), p_text(0.0001)
    ('p = 0.012', 'p < 0.001')
    """
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def both_p_values(one: Comparison) -> str:
    """``p = 0.004; p = 0.012 after Holm's correction``; empty where there is none."""
    if one.p_value is None:
        return ""
    text = p_text(one.p_value)
    return text if one.adjusted_p_value is None else f"{text}; {p_text(one.adjusted_p_value)} after Holm's correction"


def deciding_p_value(one: Comparison) -> str:
    """The one that the verdict goes by; empty where there is none."""
    if one.adjusted_p_value is not None:
        return f"{p_text(one.adjusted_p_value)} after Holm's correction"
    return "" if one.p_value is None else p_text(one.p_value)
