"""A variant is a run over all its seeds: its mean and span, and its differences to the base run.

Nothing here says anything about chance: means, the least and the most, and whether all seeds agree
in sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mot_bench.reports.schema import Bundle, Metric, Run, Status

DIFFERENCES = ("HOTA", "AssA", "IDF1", "MOTA", "IDSW")
"""The metrics in which runs are compared with the base run."""

GIVEN = "oracle"
PUBLISHED_SUFFIX = "-default"


@dataclass(frozen=True)
class Summary:
    """A figure over seeds: mean, least and most."""

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Difference:
    """A figure minus the base run's, over ``count`` pairs of seeds, of which ``agree`` have the sign of the mean."""

    mean: float
    low: float
    high: float
    agree: int
    count: int

    @property
    def unanimous(self) -> bool:
        """Whether all seeds point the same way, and there are several."""
        return self.count > 1 and self.agree == self.count


@dataclass(frozen=True)
class Variant:
    """A run over all its seeds (``runs``, in the suite's order)."""

    name: str
    runs: tuple[Run, ...]

    @property
    def first(self) -> Run:
        """Of its rows the first: for what all have in common."""
        return self.runs[0]

    @property
    def status(self) -> Status:
        """``ok`` where every seed is; otherwise what became of the worst one."""
        states = {run.status for run in self.runs}
        return "failed" if "failed" in states else "skipped" if "skipped" in states else "ok"

    def summary(self, name: str, group: str = "") -> Summary | None:
        """A metric over seeds.

        None where any seed lacks it, since a mean of the others would flatter.
        """
        return summary_of([run.metrics_in(group).get(name) for run in self.runs])


def summary_of(values: Iterable[float | None]) -> Summary | None:
    """Mean and span; None where there is no value, or one is missing.

    >>> summary_of([0.5, 0.7])
    Summary(mean=0.6, low=0.5, high=0.7, count=2)
    """
    found = [math.nan if value is None else float(value) for value in values]
    if not found or any(math.isnan(value) for value in found):
        return None
    return Summary(math.fsum(found) / len(found), min(found), max(found), len(found))


def variants_of(bundle: Bundle) -> tuple[Variant, ...]:
    """In the suite's order."""
    rows: dict[str, list[Run]] = {}
    for run in bundle.runs:
        rows.setdefault(run.run, []).append(run)
    return tuple(Variant(name, tuple(runs)) for name, runs in rows.items())


def ranked_variants(bundle: Bundle) -> tuple[Variant, ...]:
    """By mean HOTA, best first; what did not finish with every seed last.

    Otherwise in the suite's order.
    """

    def key(variant: Variant) -> float:
        hota = variant.summary("HOTA") if variant.status == "ok" else None
        return math.inf if hota is None else -hota.mean

    return tuple(sorted(variants_of(bundle), key=key))


def several_seeds(bundle: Bundle) -> bool:
    """Whether any run was done with more than one seed."""
    return any(len(variant.runs) > 1 for variant in variants_of(bundle))


def base_variant(bundle: Bundle) -> Variant | None:
    """The base run over its seeds, if the bundle has it."""
    return next((variant for variant in variants_of(bundle) if variant.name == bundle.base), None)


def is_published_row(bundle: Bundle, variant: Variant) -> bool:
    """Whether it is a calibrated run once more, with the values that its parameters say."""
    name = variant.name.removesuffix(PUBLISHED_SUFFIX)
    if name == variant.name or any(run.calibration for run in variant.runs):
        return False
    return any(run.run == name and run.calibration for run in bundle.runs)


def is_given(variant: Variant) -> bool:
    """Whether its detections are the ground truth's: a limit, and no contender."""
    return variant.first.detections.startswith(GIVEN)


def main_variants(bundle: Bundle) -> tuple[Variant, ...]:
    """Those that finished, best first, without calibrated runs' second rows."""
    return tuple(
        v for v in ranked_variants(bundle) if v.status == "ok" and not is_published_row(bundle, v)
    )


def difference(
    variant: Variant, base: Variant, value: Callable[[Run], float | None]
) -> Difference | None:
    """A figure of a variant minus the base's, seed by seed.

    A row without training that has but one seed is the same with every seed, and is paired with
    each of the other's.

    Args:
        variant: whose.
        base: minus whose.
        value: the figure of a row.

    Returns:
        None where a row lacks the figure, or no seeds can be paired.
    """
    changes = []
    for run, other in _pairs(variant, base):
        mine, theirs = value(run), value(other)
        if mine is None or theirs is None or math.isnan(mine) or math.isnan(theirs):
            return None
        changes.append(round(mine - theirs, 12))
    summary = summary_of(changes)
    if summary is None:
        return None
    agree = sum(change * summary.mean > 0 or change == summary.mean == 0 for change in changes)
    return Difference(summary.mean, summary.low, summary.high, agree, summary.count)


def metric_difference(
    variant: Variant, base: Variant, metric: Metric, group: str = ""
) -> Difference | None:
    """``difference`` of a metric over a group, over all sequences for ``""``.

    None where any of the seeds failed.
    """
    if variant.name == base.name or variant.status != "ok" or base.status != "ok":
        return None
    return difference(variant, base, lambda run: run.metrics_in(group).get(metric.name))


def _pairs(variant: Variant, base: Variant) -> list[tuple[Run, Run]]:
    """Return the rows of a variant and of the base that are compared: those of the same seed.

    A single row without training is the same with every seed, and is paired with each other row.
    """
    single, base_single = len(variant.runs) == 1, len(base.runs) == 1
    if single and not base_single and not variant.first.trained:
        return [(variant.first, other) for other in base.runs]
    if base_single and (single or not base.first.trained):
        return [(run, base.first) for run in variant.runs]
    base_runs = {run.seed: run for run in base.runs}
    return [(run, base_runs[run.seed]) for run in variant.runs if run.seed in base_runs]
