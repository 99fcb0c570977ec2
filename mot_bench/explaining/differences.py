"""What the difference in HOTA between two runs is made of: detection, association, localisation.

HOTA at one alpha is the root of DetA times AssA (Luiten et al., IJCV 2020, arXiv 2009.07736,
section 5). At alpha 0.05 nearly every overlap is enough, so that boxes need not be exact; what is
lost from there to the mean over all alphas is localisation. So HOTA is a product of three factors::

    root of DetA(0.05)  x  root of AssA(0.05)  x  HOTA / HOTA(0.05)

The parts of a difference are the Shapley values of exchanging one run's factors for the other's
(Shapley, 1953): the mean, over all orders, of what each exchange changes. They add up to the
difference, and no order is preferred.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from mot_bench.errors import MotBenchError
from mot_bench.records.results import RunResult


@dataclass(frozen=True)
class Parts:
    """HOTA of a run less HOTA of its base, and the parts that add up to it (fractions)."""

    difference: float
    detection: float
    association: float
    localisation: float


def hota_parts(run: RunResult, base: RunResult) -> Parts:
    """Split the difference in HOTA over all sequences.

    Raises:
        MotBenchError: one of both has no scores, or none over alpha.
    """
    ours, theirs = _factors(run), _factors(base)
    return Parts(math.prod(ours) - math.prod(theirs), *shapley_of_product(ours, theirs))


def shapley_of_product(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Shapley values of the factors in the difference of two products.

    >>> shapley_of_product([2.0, 1.0], [1.0, 1.0])
    [1.0, 0.0]
    >>> shapley_of_product([2.0, 3.0], [1.0, 1.0])
    [2.0, 3.0]
    """
    values = [0.0] * len(ours)
    orders = list(itertools.permutations(range(len(ours))))
    for order in orders:
        factors = list(theirs)
        for place in order:
            before = math.prod(factors)
            factors[place] = ours[place]
            values[place] += (math.prod(factors) - before) / len(orders)
    return values


def _factors(run: RunResult) -> tuple[float, float, float]:
    curves = run.combined.curves if run.combined else {}
    if not all(curves.get(name) for name in ("HOTA", "DetA", "AssA")):
        raise MotBenchError(
            f"{run.run}, seed {run.seed}: expected HOTA, DetA and AssA over alpha, found none"
        )
    mean, loosest = math.fsum(curves["HOTA"]) / len(curves["HOTA"]), curves["HOTA"][0]
    localisation = mean / loosest if loosest else 0.0
    return math.sqrt(curves["DetA"][0]), math.sqrt(curves["AssA"][0]), localisation
