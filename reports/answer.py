"""The question and the answer in three sentences: who wins and by how much, how sure that is, and why.

Everything is said of HOTA, and nothing is said that the bundle does not hold: without intervals the second sentence
says so, without explanations the third goes by detection and association accuracy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from reports.certainty import Comparison, Verdict
from reports.chance import deciding_p_value, flipped, is_judged, silence
from reports.explanation import RunExplanation, Split
from reports.schema import Bundle, Metric
from reports.variants import (
    Difference,
    Variant,
    base_variant,
    is_given,
    is_published_row,
    main_variants,
    metric_difference,
    ranked_variants,
    several_seeds,
)
from reports.wording import change_interval, counted, listed, plain, plain_interval, signed, signed_change

EVEN = 0.005
SAME = 0.0005  # of a difference in HOTA: half a digit of what is shown


@dataclass(frozen=True)
class Answer:
    """Plain text: a question, and one sentence or two for each part of the answer; empty where nothing can be said."""

    question: str
    who: str
    sure: str = ""
    why: str = ""


@dataclass(frozen=True)
class _Lead:
    """The winner against the run that the difference is told to: the base, or the next where the base wins.

    ``comparison`` and ``split`` are from the winner's side.
    """

    winner: Variant
    other: Variant
    change: Difference
    comparison: Comparison | None
    split: Split | None

    @property
    def points(self) -> float:
        """The difference in HOTA, a fraction: that which is judged, if there is one."""
        return self.change.mean if self.comparison is None else self.comparison.difference


def answer(bundle: Bundle) -> Answer:
    """What the page says first."""
    runs = main_variants(bundle)
    question = _question(bundle, len(runs))
    contenders = [variant for variant in runs if not is_given(variant)] or list(runs)
    if not contenders or contenders[0].summary("HOTA") is None:
        return Answer(question, "No run finished, so there is no answer.")
    if len(contenders) == 1:
        return Answer(question, f"{_with_hota(bundle, contenders[0])}. There is no other run to compare it with.")
    lead = _lead(bundle, contenders)
    who = _who(bundle, contenders, lead) + _limits(bundle, runs, contenders) + _uncalibrated(bundle, contenders[0])
    if lead is None:
        return Answer(question, who, "There is no finished base run to compare with.")
    return Answer(question, who, _sure(bundle, lead), _why(bundle, lead))


def _question(bundle: Bundle, finished: int) -> str:
    dataset = bundle.dataset
    size = f"{counted(len(dataset.sequences), 'sequence')}, {counted(dataset.frames, 'frame')}"
    if finished < 2:
        return f"How well do people get tracked on {dataset.name} ({size})?"
    base = f", and how do they differ from {bundle.base}" if bundle.base else ""
    return f"Which of {finished} runs tracks people best on {dataset.name} ({size}){base}?"


def _with_hota(bundle: Bundle, variant: Variant) -> str:
    metric = bundle.metric("HOTA")
    summary = variant.summary("HOTA")
    text = f"{variant.name} reaches a HOTA of {plain(metric, summary.mean if summary else math.nan)} %"
    estimate = bundle.certainty.estimate(variant.name, "HOTA") if bundle.certainty else None
    if estimate is not None and estimate.interval is not None:
        text += f" (95 % interval {plain_interval(metric, estimate.interval)} %)"
    return text


def _lead(bundle: Bundle, contenders: list[Variant]) -> _Lead | None:
    winner, base = contenders[0], base_variant(bundle)
    other = contenders[1] if base is None or winner.name == base.name else base
    change = metric_difference(winner, other, bundle.metric("HOTA"))
    return None if change is None else _Lead(winner, other, change, *_sides(bundle, winner.name, other.name))


def _sides(bundle: Bundle, winner: str, other: str) -> tuple[Comparison | None, Split | None]:
    """The comparison and the mean split over seeds, whichever way round they were made."""
    comparison = None
    if bundle.certainty:
        comparison = bundle.certainty.comparison(winner, other, "HOTA")
        back = bundle.certainty.comparison(other, winner, "HOTA")
        comparison = flipped(back) if comparison is None and back is not None else comparison
    split = mean_split(bundle, winner, other)
    back_split = mean_split(bundle, other, winner)
    if split is None and back_split is not None:
        one = back_split
        split = Split(winner, other, one.seed, -one.difference, -one.detection, -one.association, -one.localisation)
    return comparison, split


def mean_split(bundle: Bundle, run: str, base: str) -> Split | None:
    """Shapley parts of a difference, means over seeds; None where it was not split."""
    splits = bundle.explanation.splits if bundle.explanation else ()
    found = [one for one in splits if (one.run, one.base) == (run, base)]
    if not found:
        return None

    def mean(name: str) -> float:
        return math.fsum(getattr(one, name) for one in found) / len(found)

    names = ("difference", "detection", "association", "localisation")
    return Split(run, base, found[0].seed, *(mean(name) for name in names))


def _who(bundle: Bundle, contenders: list[Variant], lead: _Lead | None) -> str:
    winner, second = contenders[:2]
    metric = bundle.metric("HOTA")
    text = f"{_with_hota(bundle, winner)}, the highest"
    if lead is None:
        return f"{text}; next is {_named(metric, second)}."
    by = f"{signed_change(metric, lead.points)} percentage points"
    if lead.winner.name == bundle.base:
        return f"{text}: the base run leads the next, {_named(metric, second)}, by {by}."
    against = f"{by} against {'the base run ' if lead.other.name == bundle.base else ''}{_named(metric, lead.other)}"
    if second.name == lead.other.name:
        return f"{text}: {against}, which is next."
    return f"{text}: {against}; next is {_named(metric, second)}."


def _named(metric: Metric, variant: Variant) -> str:
    summary = variant.summary(metric.name)
    return f"{variant.name} ({plain(metric, summary.mean)} %)" if summary else variant.name


def _limits(bundle: Bundle, runs: tuple[Variant, ...], contenders: list[Variant]) -> str:
    """What runs reach that were given the ground truth's boxes."""
    given = [_named(bundle.metric("HOTA"), variant) for variant in runs if variant not in contenders]
    if not given:
        return ""
    verb = "was" if len(given) == 1 else "were"
    return f" Out of the contest, as a limit: {listed(given)} {verb} given the ground truth's boxes."


def _uncalibrated(bundle: Bundle, winner: Variant) -> str:
    """The best second row of a calibrated run, where its published thresholds beat the winner."""
    reached = winner.summary("HOTA")
    for variant in ranked_variants(bundle):
        summary = variant.summary("HOTA")
        if summary and reached and summary.mean > reached.mean and is_published_row(bundle, variant):
            return f" With published thresholds, {_named(bundle.metric('HOTA'), variant)} is above it."
    return ""


def _sure(bundle: Bundle, lead: _Lead) -> str:
    certainty = bundle.certainty
    if certainty is None or not is_judged(bundle):
        if not several_seeds(bundle):
            return f"Nothing can be said about chance: one seed, and {silence(bundle)}."
        agree = f"{lead.change.agree} of {lead.change.count} seeds agree in the sign of this difference"
        return f"{agree}; nothing else can be said about chance: {silence(bundle)}."
    one, metric = lead.comparison, bundle.metric("HOTA")
    if one is None or one.verdict == "no statement":
        reason = f": {one.reason.rstrip('.')}" if one is not None and one.reason else ""
        return f"Whether chance made this difference cannot be said here{reason}.{_tally(bundle)}"
    interval = f"its 95 % interval is {change_interval(metric, one.interval)} points" if one.interval else ""
    chance = deciding_p_value(one)
    facts = "; ".join(filter(None, (interval, chance)))
    basis = f"on {counted(certainty.units, certainty.unit)} and {counted(certainty.seeds, 'seed')}"
    if one.verdict == "not distinguishable here":
        needed = f" {one.needed.rstrip('.')}." if one.needed else ""
        return f"This difference can be chance ({facts}; {basis}).{needed}{_tally(bundle)}"
    return f"This difference is beyond chance ({facts}; {basis}).{_tally(bundle)}"


def _tally(bundle: Bundle) -> str:
    """How the runs stand to the base run."""
    if bundle.certainty is None or not bundle.base:
        return ""
    others = [
        variant.name for variant in main_variants(bundle) if variant.name != bundle.base and not is_given(variant)
    ]
    found = [bundle.certainty.comparison(name, bundle.base, "HOTA") for name in others]
    states: list[tuple[Verdict, str]] = [("better", "better"), ("worse", "worse"), ("not distinguishable here", "")]
    parts = []
    for verdict, word in states:
        number = sum(one is not None and one.verdict == verdict for one in found)
        if number:
            parts.append(f"{number} {'is' if number == 1 else 'are'} {word or 'not distinguishable'}")
    return f" Of the {counted(len(others), 'other run')}, {listed(parts)} against {bundle.base}." if parts else ""


def _why(bundle: Bundle, lead: _Lead) -> str:
    split = lead.split
    if split is None:
        return _by_accuracies(bundle, lead)
    parts = {"detection": split.detection, "association": split.association, "localisation": split.localisation}
    order = sorted(parts, key=lambda name: -abs(parts[name]))
    first, *rest = (f"{name} makes {signed(100 * parts[name])}" for name in order)
    shares = listed([first, *(text.replace(" makes", "") for text in rest)])
    of = "" if abs(split.difference - lead.points) < SAME else " between runs of equal seeds"
    return f"Of the {signed(100 * split.difference)} points{of}, {shares} (Shapley values).{_cause(bundle, lead)}"


def _by_accuracies(bundle: Bundle, lead: _Lead) -> str:
    changes = []
    for name in ("AssA", "DetA"):
        metric = bundle.metric(name)
        change = metric_difference(lead.winner, lead.other, metric)
        if change is not None:
            changes.append((change.mean, f"{name} differs by {signed_change(metric, change.mean)} points"))
    if len(changes) < 2:
        return ""
    if abs(changes[0][0] - changes[1][0]) < EVEN:
        return f"{changes[0][1]} and {changes[1][1]}: association and detection make the lead alike.{_unsplit(bundle)}"
    ahead = "association" if changes[0][0] > changes[1][0] else "detection"
    text = f"{changes[0][1]} and {changes[1][1]}: it is mainly {ahead} that makes the lead"
    return f"{text}.{_unsplit(bundle)}"


def _unsplit(bundle: Bundle) -> str:
    return " Errors were not split by cause." if bundle.explanation is None else ""


def _cause(bundle: Bundle, lead: _Lead) -> str:
    """The cause of errors whose cost differs most in the winner's favour, of those that it has fewer of."""
    mine, theirs = (costs(bundle, variant) for variant in (lead.winner, lead.other))
    none = (0.0, 0.0)
    saved = {
        key: gain - mine.get(key, none)[1] for key, (count, gain) in theirs.items() if mine.get(key, none)[0] < count
    }
    key = max(saved, key=lambda key: saved[key], default=None)
    if key is None or saved[key] <= 0:
        return ""
    kind, cause = key
    plural = f"{kind}{'es' if kind[-1] in 'hx' else 's'}"
    here, there = mine.get(key, none)[0], theirs[key][0]
    name = f"{plural} ({cause})" if cause else plural
    return f" It saves most on {name}: {here:,.0f}, where {lead.other.name} has {there:,.0f}."


def costs(bundle: Bundle, variant: Variant, kinds: bool = False) -> dict[tuple[str, str], tuple[float, float]]:
    """By kind and cause how often, and the gain in HOTA if it were repaired: means over the seeds explained.

    With ``kinds`` all causes of a kind together.
    """
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    found = explained_seeds(bundle, variant)
    for one in found:
        for cause in one.kinds if kinds else one.causes:
            count, gain = sums.get((cause.kind, cause.cause), (0.0, 0.0))
            sums[cause.kind, cause.cause] = (count + cause.count, gain + cause.gains.get("HOTA", 0.0))
    return {key: (count / len(found), gain / len(found)) for key, (count, gain) in sums.items()}


def explained_seeds(bundle: Bundle, variant: Variant) -> list[RunExplanation]:
    """Of a run those seeds whose errors were explained."""
    if bundle.explanation is None:
        return []
    return [one for run in variant.runs if (one := bundle.explanation.of(run.run, run.seed)) is not None]
