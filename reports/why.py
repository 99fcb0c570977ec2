"""Why one run is above another: parts of the difference in HOTA, and the cause of errors that differs most."""

from __future__ import annotations

import math

from mot_bench.reports.explanation import RunExplanation, Split
from mot_bench.reports.schema import Bundle
from mot_bench.reports.standing import Lead
from mot_bench.reports.variants import Variant, metric_difference
from mot_bench.reports.wording import listed, signed, signed_change

EVEN = 0.005
SAME = 0.0005  # of a difference in HOTA: half a digit of what is shown


def mean_split(bundle: Bundle, run: str, base: str) -> Split | None:
    """Return the Shapley parts of a difference, means over seeds; None where it was not split."""
    splits = bundle.explanation.splits if bundle.explanation else ()
    found = [one for one in splits if (one.run, one.base) == (run, base)]
    if not found:
        return None

    def mean(name: str) -> float:
        return math.fsum(getattr(one, name) for one in found) / len(found)

    names = ("difference", "detection", "association", "localisation")
    return Split(run, base, found[0].seed, *(mean(name) for name in names))


def _split(bundle: Bundle, winner: str, other: str) -> Split | None:
    """Return the parts from the winner's side, whichever way round they were made."""
    split, back = mean_split(bundle, winner, other), mean_split(bundle, other, winner)
    if split is not None or back is None:
        return split
    parts = (-back.difference, -back.detection, -back.association, -back.localisation)
    return Split(winner, other, back.seed, *parts)


def why_of(bundle: Bundle, lead: Lead) -> str:
    """Return what makes the difference: parts of HOTA and the cause that differs most, or the two accuracies."""
    split = _split(bundle, lead.winner.name, lead.other.name)
    if split is None:
        return _by_accuracies(bundle, lead)
    parts = {
        "detection": split.detection,
        "association": split.association,
        "localisation": split.localisation,
    }
    order = sorted(parts, key=lambda name: -abs(parts[name]))
    first, *rest = (f"{name} makes {signed(100 * parts[name])}" for name in order)
    shares = listed([first, *(text.replace(" makes", "") for text in rest)])
    of = "" if abs(split.difference - lead.points) < SAME else " between runs of equal seeds"
    return f"Of the {signed(100 * split.difference)} points{of}, {shares} (Shapley values).{_cause(bundle, lead)}"


def _by_accuracies(bundle: Bundle, lead: Lead) -> str:
    changes = []
    for name in ("AssA", "DetA"):
        metric = bundle.metric(name)
        change = metric_difference(lead.winner, lead.other, metric)
        if change is not None:
            changes.append(
                (change.mean, f"{name} differs by {signed_change(metric, change.mean)} points")
            )
    if len(changes) < 2:
        return ""
    if abs(changes[0][0] - changes[1][0]) < EVEN:
        return f"{changes[0][1]} and {changes[1][1]}: association and detection make it alike.{_unsplit(bundle)}"
    ahead = "association" if changes[0][0] > changes[1][0] else "detection"
    text = f"{changes[0][1]} and {changes[1][1]}: it is mainly {ahead} that makes it"
    return f"{text}.{_unsplit(bundle)}"


def _unsplit(bundle: Bundle) -> str:
    return " Errors were not split by cause." if bundle.explanation is None else ""


def _cause(bundle: Bundle, lead: Lead) -> str:
    """Return the cause whose cost differs most in the winner's favour, of those that it has fewer of."""
    mine, theirs = (costs(bundle, variant) for variant in (lead.winner, lead.other))
    none = (0.0, 0.0)
    saved = {
        key: gain - mine.get(key, none)[1]
        for key, (count, gain) in theirs.items()
        if mine.get(key, none)[0] < count
    }
    key = max(saved, key=lambda key: saved[key], default=None)
    if key is None or saved[key] <= 0:
        return ""
    kind, cause = key
    plural = f"{kind}{'es' if kind[-1] in 'hx' else 's'}"
    here, there = mine.get(key, none)[0], theirs[key][0]
    name = f"{plural} ({cause})" if cause else plural
    return f" It saves most on {name}: {here:,.0f}, where {lead.other.name} has {there:,.0f}."


def costs(
    bundle: Bundle, variant: Variant, kinds: bool = False
) -> dict[tuple[str, str], tuple[float, float]]:
    """Return by kind and cause how often it occurs, and the gain in HOTA if it were repaired.

    Both are means over the seeds that were explained; with ``kinds`` all causes of a kind are taken
    together.
    """
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    found = explained_seeds(bundle, variant)
    for one in found:
        for cause in one.kinds if kinds else one.causes:
            count, gain = sums.get((cause.kind, cause.cause), (0.0, 0.0))
            sums[cause.kind, cause.cause] = (
                count + cause.count,
                gain + cause.gains.get("HOTA", 0.0),
            )
    return {key: (count / len(found), gain / len(found)) for key, (count, gain) in sums.items()}


def explained_seeds(bundle: Bundle, variant: Variant) -> list[RunExplanation]:
    """Return the seeds of a run whose errors were explained."""
    if bundle.explanation is None:
        return []
    return [
        one for run in variant.runs if (one := bundle.explanation.of(run.run, run.seed)) is not None
    ]
