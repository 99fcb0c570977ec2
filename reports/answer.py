"""The question and the answer: does any run beat the base run, how sure that is, where it is worse, and why.

The answer is about HOTA. A run is said to beat another only where that holds with all runs judged
at once, since the best of many is picked after looking. Nothing is said that the bundle does not
hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mot_bench.reports.certainty import Verdict
from mot_bench.reports.schema import Bundle, Metric
from mot_bench.reports.standing import PRIMARY, Lead, lead_of, not_told_apart, with_verdict
from mot_bench.reports.trade_off import trade_off
from mot_bench.reports.variants import (
    Variant,
    is_given,
    is_published_row,
    main_variants,
    metric_difference,
    ranked_variants,
    several_seeds,
)
from mot_bench.reports.verdict_wording import is_judged, p_text, silence
from mot_bench.reports.why import why_of
from mot_bench.reports.wording import (
    change_interval,
    counted,
    listed,
    plain,
    plain_interval,
    signed_change,
)

_OPEN: Verdict = "not distinguishable here"


@dataclass(frozen=True)
class Answer:
    """Plain text: a question, and a few sentences for each part of the answer.

    Empty where nothing can be said.
    """

    question: str
    who: str
    sure: str = ""
    trade: str = ""
    why: str = ""


def answer(bundle: Bundle) -> Answer:
    """Return what the page says first."""
    runs = main_variants(bundle)
    contenders = [variant for variant in runs if not is_given(variant)] or list(runs)
    question = _question(bundle, contenders)
    if not contenders or contenders[0].summary(PRIMARY) is None:
        return Answer(question, "No run finished, so there is no answer.")
    if _nothing_matched(contenders):
        return Answer(
            question,
            "Nothing can be claimed: every HOTA is 0, so no track matches anything that counts.",
        )
    if len(contenders) == 1:
        return Answer(
            question,
            f"{_with_hota(bundle, contenders[0])}. There is no other run to compare it with.",
        )
    lead = lead_of(bundle, contenders)
    aside = _limits(bundle, runs, contenders) + _uncalibrated(bundle, contenders[0])
    if lead is None:
        text = f"{_highest(bundle, contenders)} No difference can be formed: the runs have no seed in common."
        return Answer(question, text + aside)
    who = _who(bundle, contenders, lead) + aside
    trade = trade_off(bundle, lead.winner, lead.other)
    why = why_of(bundle, lead) if lead.points > 0 else ""
    return Answer(question, who, _sure(bundle, lead, contenders), trade, why)


def _nothing_matched(contenders: list[Variant]) -> bool:
    found = [variant.summary(PRIMARY) for variant in contenders]
    return not any(summary is not None and summary.mean > 0 for summary in found)


def _question(bundle: Bundle, contenders: list[Variant]) -> str:
    dataset = bundle.dataset
    size = f"{counted(len(dataset.sequences), 'sequence')}, {counted(dataset.frames, 'frame')}"
    if len(contenders) < 2:
        return f"How well do people get tracked on {dataset.name} ({size})?"
    others = [variant for variant in contenders if variant.name != bundle.base]
    if len(others) < len(contenders):
        which = f"any of {len(others)} other runs" if len(others) > 1 else others[0].name
        return f"Does {which} beat the base run {bundle.base} on {dataset.name} ({size})?"
    return f"Which of {len(contenders)} runs tracks people best on {dataset.name} ({size})?"


def _with_hota(bundle: Bundle, variant: Variant) -> str:
    metric = bundle.metric(PRIMARY)
    summary = variant.summary(PRIMARY)
    text = (
        f"{variant.name} reaches a HOTA of {plain(metric, summary.mean if summary else math.nan)} %"
    )
    estimate = bundle.certainty.estimate(variant.name, PRIMARY) if bundle.certainty else None
    if estimate is not None and estimate.interval is not None:
        text += f" (95 % interval {plain_interval(metric, estimate.interval)} %)"
    return text


def _who(bundle: Bundle, contenders: list[Variant], lead: Lead) -> str:
    """Return whether any run beats the base run, and which is the highest measured."""
    if bundle.base not in (lead.winner.name, lead.other.name):
        return _highest(bundle, contenders)
    if lead.judged is None:
        return f"{_measured(bundle, lead)} {_highest(bundle, contenders)}"
    beating = with_verdict(bundle, contenders, "better")
    metric = bundle.metric(PRIMARY)
    base = lead.other if lead.winner.name != bundle.base else lead.winner
    if not beating:
        start = f"No: no run has a higher HOTA than {_named(metric, base)} beyond chance."
    else:
        verb = "has" if len(beating) == 1 else "have"
        names = listed([_with_change(bundle, variant, base) for variant in beating])
        start = f"Yes: {names} {verb} a higher HOTA than {_named(metric, base)} beyond chance."
    return f"{start} {_highest(bundle, contenders)}"


def _measured(bundle: Bundle, lead: Lead) -> str:
    """Return the difference to the base run where nothing is known about chance."""
    metric = bundle.metric(PRIMARY)
    by = f"{signed_change(metric, lead.points)} points"
    if lead.points == 0:
        return f"{lead.winner.name} and {lead.other.name} have the same HOTA."
    if lead.winner.name == bundle.base:
        return (
            f"Not as measured: the base run is {by} above the next, {_named(metric, lead.other)}."
        )
    return (
        f"As measured, {lead.winner.name} is {by} above the base run {_named(metric, lead.other)}."
    )


def _highest(bundle: Bundle, contenders: list[Variant]) -> str:
    """Return which HOTA is the highest, and which runs cannot be told apart from it."""
    metric, top = bundle.metric(PRIMARY), contenders[0]
    if not is_judged(bundle):
        return f"The highest measured HOTA is that of {_named(metric, top)}; next is {_named(metric, contenders[1])}."
    alike = not_told_apart(bundle, top, contenders)
    if not alike:
        return (
            f"{_named(metric, top)} is the highest, and every other run is below it beyond chance."
        )
    names = listed([_named(metric, variant) for variant in alike])
    return f"The highest measured HOTA is that of {_named(metric, top)}; it cannot be told apart from {names}."


def _named(metric: Metric, variant: Variant) -> str:
    summary = variant.summary(metric.name)
    return f"{variant.name} ({plain(metric, summary.mean)} %)" if summary else variant.name


def _with_change(bundle: Bundle, variant: Variant, base: Variant) -> str:
    """Return a run with its difference to the base run: the one that was judged, if there is one."""
    metric = bundle.metric(PRIMARY)
    known = (
        bundle.certainty.comparison(variant.name, base.name, PRIMARY) if bundle.certainty else None
    )
    change = metric_difference(variant, base, metric)
    value = (
        known.difference if known is not None else change.mean if change is not None else math.nan
    )
    return f"{variant.name} ({signed_change(metric, value)} points)"


def _limits(bundle: Bundle, runs: tuple[Variant, ...], contenders: list[Variant]) -> str:
    """Return what runs reach that were given the ground truth's boxes."""
    given = [
        _named(bundle.metric(PRIMARY), variant) for variant in runs if variant not in contenders
    ]
    if not given:
        return ""
    verb = "was" if len(given) == 1 else "were"
    return (
        f" Out of the contest, as a limit: {listed(given)} {verb} given the ground truth's boxes."
    )


def _uncalibrated(bundle: Bundle, winner: Variant) -> str:
    """Return the best second row of a calibrated run, where its published thresholds beat the winner."""
    reached = winner.summary(PRIMARY)
    for variant in ranked_variants(bundle):
        summary = variant.summary(PRIMARY)
        if (
            summary
            and reached
            and summary.mean > reached.mean
            and is_published_row(bundle, variant)
        ):
            return f" With published thresholds, {_named(bundle.metric(PRIMARY), variant)} is above it."
    return ""


def _sure(bundle: Bundle, lead: Lead, contenders: list[Variant]) -> str:
    certainty, metric, judged = bundle.certainty, bundle.metric(PRIMARY), lead.judged
    if certainty is None or not is_judged(bundle):
        if not several_seeds(bundle):
            return f"Nothing can be said about chance: one seed, and {silence(bundle)}."
        agree = (
            f"{lead.change.agree} of {lead.change.count} seeds agree in the sign of this difference"
        )
        return f"{agree}; nothing else can be said about chance: {silence(bundle)}."
    if judged is None:
        reason = f": {lead.reason.rstrip('.')}" if lead.reason else ""
        pair = f"{lead.winner.name} and {lead.other.name}"
        return f"Whether chance made the difference between {pair} cannot be said here{reason}."
    together = (
        f", for all {judged.comparisons} comparisons at once" if judged.comparisons > 1 else ""
    )
    facts = (
        f"{lead.winner.name} differs from {lead.other.name} by {signed_change(metric, lead.points)} points of HOTA, "
        f"with a 95 % interval of "
        f"{change_interval(metric, judged.interval)} ({p_text(judged.p_value)}{together}; on "
        f"{counted(certainty.units, certainty.unit)} and {counted(certainty.seeds, 'seed')})"
    )
    said = "this can be chance" if judged.verdict == _OPEN else "this is beyond chance"
    needed = f" {judged.needed.rstrip('.')}." if judged.needed else ""
    return f"{facts}: {said}.{needed}{_tally(bundle, contenders)}"


def _tally(bundle: Bundle, contenders: list[Variant]) -> str:
    """Return how the other runs stand to the base run."""
    others = [variant for variant in contenders if variant.name != bundle.base]
    if not bundle.base or len(others) < 2:
        return ""
    words: dict[Verdict, str] = {"better": "better", "worse": "worse", _OPEN: "not distinguishable"}
    parts = []
    for verdict, word in words.items():
        number = len(with_verdict(bundle, others, verdict))
        if number:
            parts.append(f"{number} {'is' if number == 1 else 'are'} {word}")
    return (
        f" Of the {len(others)} runs compared with {bundle.base}, {listed(parts)}." if parts else ""
    )
