"""What would settle an open difference: the power of the test with so much more data is what is said."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mot_bench.statistics.counts import FloatArray
from mot_bench.statistics.needs import needed_sentence, needs_of, power_of
from mot_bench.statistics.resampling import Measured, Side, Spread, spread_of
from mot_bench.statistics.strata import Strata, one_population

TRIALS = 8000
ERROR = 0.02  # four and a half standard errors of a power of 0.8 in so many trials


def flat(
    value: float, over_units: float, over_seeds: float = 0.0, units: float = 11, levels: float = 1
) -> Spread:
    return Spread(
        *(np.array([number]) for number in (value, over_units, over_seeds, units, 2, levels))
    )


def found_share(drawn: FloatArray, strata: Strata, comparisons: int = 1) -> float:
    """Return in which share of trials the harness finds a mean above 0, of (trials, units) equal units.

    A metric that is the mean of its units is resampled as any other: without each unit in turn.
    """
    whole, without = drawn.mean(axis=1), np.empty_like(drawn)
    for places in strata.places:
        inside = drawn[:, places]
        others = (inside.sum(axis=1, keepdims=True) - inside) * len(places) / (len(places) - 1)
        rest = drawn.sum(axis=1, keepdims=True) - inside.sum(axis=1, keepdims=True)
        without[:, places] = (rest + others) / drawn.shape[1]
    shares = np.empty(drawn.shape[1])
    for places in strata.places:
        shares[places] = 1 / len(places)
    side = Side(Measured(whole[None, :, None], without[None, ..., None]))
    spread = spread_of([side], np.broadcast_to(shares, drawn.shape), strata)
    return float((spread.value > spread.half_width(comparisons)).mean())


@pytest.mark.parametrize("comparisons", [1, 12])
@pytest.mark.parametrize(
    ("units", "effect"), [(4, 1.4), (4, 0.9), (5, 1.2), (7, 0.8), (12, 0.5), (20, 0.55)]
)
def test_so_many_more_sequences_find_the_difference_in_four_of_five_draws(
    units: int, effect: float, comparisons: int
) -> None:
    """Units differ by one standard deviation and have ``effect`` of it on average."""
    needs = needs_of(flat(effect, 1 / units, units=units - 1), comparisons)
    enough = max(math.ceil(needs.units[0] * units), units + 1)
    rng = np.random.default_rng(units)
    powers = [
        found_share(rng.normal(effect, 1, (TRIALS, count)), one_population(count), comparisons)
        for count in (enough, enough - 1)
    ]
    assert powers[0] > 0.8 - ERROR
    if enough > units + 1:
        assert powers[1] < 0.8 + ERROR, "fewer would do"


def test_with_levels_so_many_more_of_each_find_the_difference() -> None:
    sizes, effect = 3, 0.45
    over_units = 1 / (3 * sizes)
    needs = needs_of(flat(effect, over_units, units=3 * (sizes - 1), levels=3))
    enough = math.ceil(needs.units[0] * sizes)
    rng = np.random.default_rng(3)
    powers = []
    for size in (enough, enough - 2):
        strata = Strata(("a", "b", "c"), tuple(np.repeat([0, 1, 2], size).tolist()))
        levels = np.array([-3.0, 0.0, 3.0])[np.array(strata.of)]
        powers.append(found_share(rng.normal(effect, 1, (TRIALS, 3 * size)) + levels, strata))
    assert powers[0] > 0.8 - ERROR
    assert powers[1] < 0.8


def test_every_need_has_the_power_that_it_states_and_a_little_less_has_not() -> None:
    """Over a grid of few and many degrees of freedom, seeds and levels.

    The noncentral t decides.
    """
    values, units, levels, over_seeds = (
        part.ravel()
        for part in np.meshgrid([0.3, 0.7, 1.5, 2.4], [1.0, 2, 5, 30], [1.0, 3], [0.0, 0.02, 0.5])
    )
    spread = Spread(
        values, np.ones_like(values), over_seeds, units, np.full_like(values, 2.0), levels
    )
    same = np.ones_like(values)
    for comparisons in (1, 20):
        needs = needs_of(spread, comparisons)
        for name, times in (("units", needs.units), ("both", needs.both)):
            known = np.isfinite(times)
            finite = np.where(known, times, 1.0)
            seeds = finite if name == "both" else same
            assert (power_of(spread, finite, seeds, comparisons)[known] >= 0.8 - 1e-9).all()
            less = np.maximum(finite * 0.99, 1)
            short = known & (finite > 1.02)
            lower = power_of(spread, less, np.maximum(seeds * 0.99, 1), comparisons)
            assert short.sum() > 20
            assert (lower[short] < 0.8).all()


def test_few_sequences_need_several_more_and_not_one() -> None:
    """Four sequences worth 2.5 of equal size, judged among twelve runs: five more are needed, one was said once."""
    needs = needs_of(flat(2.5, 1 / 4, units=1.5), 12)
    more = math.ceil(4 * needs.units[0]) - 4
    assert more == 5
    assert needed_sentence(needs.at(0), (4,), 1, "sequence").startswith(
        f"About {more} more sequences would settle it"
    )


def test_where_trainings_are_the_cause_more_sequences_do_not_settle_it() -> None:
    needs = needs_of(flat(0.5, 1e-6, 1.0)).at(0)
    assert math.isinf(needs[0])
    assert needed_sentence(needs, (12,), 3, "sequence").startswith("About 94 more seeds")
    both = needs_of(flat(0.5, 0.1, 0.1)).at(0)
    sentence = needed_sentence(both, (12,), 3, "sequence")
    assert "more sequences and" in sentence
    assert "more seeds" in sentence
    for hopeless in (flat(1e-6, 0.1), flat(0.0, 0.1)):
        assert "hardly" in needed_sentence(needs_of(hopeless).at(0), (12,), 1, "sequence")


def test_a_stricter_level_needs_more() -> None:
    assert needs_of(flat(0.5, 1 / 12), 10).units[0] > needs_of(flat(0.5, 1 / 12)).units[0]
