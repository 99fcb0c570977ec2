"""How runs stand to the base run and to each other in HOTA, where all of them are judged at once."""

from __future__ import annotations

from dataclasses import dataclass

from mot_bench.reports.certainty import Simultaneous, Verdict
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import Difference, Variant, base_variant, metric_difference
from mot_bench.reports.verdict_wording import turned

PRIMARY = "HOTA"


@dataclass(frozen=True)
class Lead:
    """The run that the answer is about, and the one that it is compared with.

    Attributes:
        winner: the best run that beats the base beyond chance; without one, the highest measured.
        other: the base run; the next run where the base is the highest, or where there is no base.
        change: of HOTA, winner less other.
        judged: the same when all runs are judged at once; None where nothing was computed.
        reason: why nothing was, where it is known.
    """

    winner: Variant
    other: Variant
    change: Difference
    judged: Simultaneous | None
    points: float
    reason: str = ""


def judged_together(bundle: Bundle, run: str, other: str, base: str) -> Simultaneous | None:
    """Return a run against another in HOTA, among the comparisons of all runs with ``base`` (one of the two)."""
    if bundle.certainty is None:
        return None
    second = other if run == base else run
    found = bundle.certainty.comparison(second, base, PRIMARY)
    one = found.simultaneous if found is not None else None
    return turned(one) if one is not None and run == base else one


def with_verdict(bundle: Bundle, contenders: list[Variant], verdict: Verdict) -> list[Variant]:
    """Return the runs of which a verdict against the base run holds, with all runs judged at once."""
    if bundle.base is None:
        return []
    found = [
        (variant, judged_together(bundle, variant.name, bundle.base, bundle.base))
        for variant in contenders
    ]
    return [variant for variant, one in found if one is not None and one.verdict == verdict]


def lead_of(bundle: Bundle, contenders: list[Variant]) -> Lead | None:
    """Return the run that the answer is about, and the one that it is compared with.

    Args:
        bundle: what the runs are from.
        contenders: two or more, the best first.

    Returns:
        None where the two cannot be compared.
    """
    beating = with_verdict(bundle, contenders, "better")
    winner = beating[0] if beating else contenders[0]
    base = base_variant(bundle)
    against_base = base is not None and winner.name != base.name
    other = base if base is not None and against_base else contenders[1]
    change = metric_difference(winner, other, bundle.metric(PRIMARY))
    if change is None:
        return None
    family = other.name if against_base else winner.name
    judged = judged_together(bundle, winner.name, other.name, family)
    points, reason = _computed(bundle, winner.name, other.name)
    return Lead(winner, other, change, judged, change.mean if points is None else points, reason)


def _computed(bundle: Bundle, run: str, other: str) -> tuple[float | None, str]:
    """Return the computed difference in HOTA, run less other, and why no more is known of it.

    The difference is None where nothing was computed; the reason is empty where there is none.
    """
    if bundle.certainty is None:
        return None, ""
    there = bundle.certainty.comparison(run, other, PRIMARY)
    back = bundle.certainty.comparison(other, run, PRIMARY)
    reason = next((one.reason for one in (there, back) if one is not None and one.reason), "")
    if there is not None:
        return there.difference, reason
    return (-back.difference if back is not None else None), reason


def not_told_apart(bundle: Bundle, top: Variant, contenders: list[Variant]) -> list[Variant]:
    """Return the other runs that cannot be told apart from the highest, or of which nothing is known."""
    others = [variant for variant in contenders if variant.name != top.name]
    found = [
        (variant, judged_together(bundle, top.name, variant.name, top.name)) for variant in others
    ]
    return [variant for variant, one in found if one is None or one.verdict != "better"]
