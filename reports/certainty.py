"""How sure the figures are: intervals, differences and verdicts, as reports show them.

The harness computes them (``mot_bench.statistics``); everything here is in fractions and counts, as
in ``schema``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["better", "worse", "not distinguishable here", "no statement"]


@dataclass(frozen=True)
class Interval:
    """An interval that holds the true value in 95 of 100 cases."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A metric of a variant over all sequences and seeds.

    ``reason`` says in one line why there is no interval, where there is none.
    """

    run: str
    metric: str
    value: float
    interval: Interval | None = None
    reason: str = ""


@dataclass(frozen=True)
class Simultaneous:
    """A comparison as it stands when all runs are judged against the same base at once.

    Attributes:
        interval: one of ``comparisons`` intervals that hold together in 95 of 100 cases
            (Bonferroni).
        p_value: times ``comparisons``, at most 1.
        verdict: ``better`` or ``worse`` exactly where the interval leaves out 0.
        needed: as of ``Comparison``, at this stricter level.
        comparisons: how many runs were judged against the base.
    """

    interval: Interval
    p_value: float
    verdict: Verdict
    needed: str
    comparisons: int


@dataclass(frozen=True)
class Comparison:
    """A variant against another one in one metric; ``difference`` is variant less base.

    Interval, p-value and verdict are of this pair by itself, as if nothing else had been compared.

    Attributes:
        p_value: two-sided; None where nothing can be said.
        verdict: from the variant's side, with the metric's direction in mind; ``better`` or
            ``worse`` exactly where ``interval`` leaves out 0.
        needed: one sentence: how many more sequences (per level, where levels are strata) or seeds
            would settle it; empty where it is settled.
        reason: why there is no interval, where there is none.
        simultaneous: what holds when all runs are judged against this base at once; of HOTA alone.
    """

    run: str
    base: str
    metric: str
    difference: float
    interval: Interval | None = None
    p_value: float | None = None
    verdict: Verdict = "no statement"
    needed: str = ""
    reason: str = ""
    simultaneous: Simultaneous | None = None


@dataclass(frozen=True)
class Certainty:
    """All intervals and comparisons of a bundle.

    Attributes:
        method: one or two sentences for readers: what was resampled and how, within which levels.
        unit: what counts as independent, and ``units`` how many there are; ``seeds`` of the variant
            with most.
        notes: what a reader must know (effect of cuts, refused intervals).
    """

    method: str
    unit: Literal["sequence", "segment"]
    units: int
    seeds: int
    notes: tuple[str, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    _estimates: dict[tuple[str, str], Estimate] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _comparisons: dict[tuple[str, str, str], Comparison] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Make both tables quick to look up."""
        self._estimates.update({(one.run, one.metric): one for one in self.estimates})
        self._comparisons.update({(one.run, one.base, one.metric): one for one in self.comparisons})

    def estimate(self, run: str, metric: str) -> Estimate | None:
        """That of a variant; None where there is none."""
        return self._estimates.get((run, metric))

    def comparison(self, run: str, base: str, metric: str) -> Comparison | None:
        """That of a variant against another; None where there is none."""
        return self._comparisons.get((run, base, metric))
