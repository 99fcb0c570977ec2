"""Simulation: how often intervals hold the truth, with sequences of unequal length, heavy tails and few seeds.

Made-up sequences (``statistics_samples.draw_counts``) are drawn again and again from one
population, whose true metrics are known from very many of them. Of 100 intervals 95 must hold the
truth, give or take 3.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from statistics_samples import draw_counts, held, minus

from mot_bench.statistics.counts import FloatArray
from mot_bench.statistics.resampling import (
    METRIC_NAMES,
    Measured,
    Side,
    measure,
    metrics_of,
    resampled_metrics,
    spread_of,
    unbound,
)
from mot_bench.statistics.strata import shares_of

TRIALS, CHUNK = 2000, 500
ALPHAS = 4  # localisation thresholds that differ, to be quick
GAIN = 0.15
RATIOS = tuple(METRIC_NAMES.index(name) for name in ("HOTA", "DetA", "AssA", "MOTA", "IDF1"))
SWITCHES = METRIC_NAMES.index("IDSW")


@functools.cache
def population() -> FloatArray:
    """(variants, metrics) that are true; identity switches of one sequence."""
    rng = np.random.default_rng(2024)
    chunks = [
        draw_counts(rng, (), 10_000, variants=2, gain=GAIN, alphas=ALPHAS).sum(axis=-2)
        for _ in range(6)
    ]
    return metrics_of(np.sum(chunks, axis=0)[:, 0] / 60_000 * 1e6) / np.where(
        np.arange(6) == SWITCHES, 1e6, 1
    )


def trials(units: int, count: int = TRIALS, **options: float) -> Iterator[FloatArray]:
    """(trials, variants, seeds, units, fields) in pieces that fit into a cache."""
    rng = np.random.default_rng(units)
    for _ in range(count // CHUNK):
        yield draw_counts(rng, (CHUNK,), units, variants=2, alphas=ALPHAS, **options)  # type: ignore[arg-type]


def by_seed(values: FloatArray, variant: int) -> Measured:
    """One variant of all trials, seeds first."""
    return measure(np.moveaxis(values[:, variant], 1, 0))


@pytest.mark.parametrize("units", [7, 20])
def test_intervals_of_metrics_and_of_differences_hold_with_one_seed(units: int) -> None:
    single, difference = [], []
    for values in trials(units, gain=GAIN):
        shares = shares_of(values[:, 0, 0])
        first, second = by_seed(values, 0), by_seed(values, 1)
        true = population() * np.where(np.arange(6) == SWITCHES, units, 1)
        single.append(held(spread_of([Side(first)], shares, unbounded=True), unbound(true[0])))
        difference.append(
            held(spread_of([Side(second), Side(first, -1)], shares), true[1] - true[0])
        )
    for found in (single, difference):
        share = np.concatenate(found).mean(axis=0)
        assert share == pytest.approx(0.95, abs=0.03), dict(zip(METRIC_NAMES, share, strict=True))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("units", "seeds", "between_seeds"), [(7, 3, 0.1), (20, 3, 0.3), (7, 2, 0.3)]
)
def test_intervals_of_differences_hold_over_seeds_and_sequences(
    units: int, seeds: int, between_seeds: float, shared: bool
) -> None:
    """Two variants of equal worth: the true difference is 0, whatever their trainings."""
    found, only_sequences = [], []
    options = {"gain": 0.0, "seeds": seeds, "between_seeds": between_seeds, "shared_seeds": shared}
    for values in trials(units, 1000, **options):
        shares = shares_of(values[:, 0, 0])
        first, second = by_seed(values, 0), by_seed(values, 1)
        sides = [Side(minus(second, first))] if shared else [Side(second), Side(first, -1)]
        spread = spread_of(sides, shares)
        found.append(held(spread, np.zeros(6)))
        only_sequences.append(held(replace(spread, over_seeds=0 * spread.over_seeds), np.zeros(6)))
    share = np.concatenate(found).mean(axis=0)
    assert share[list(RATIOS)] == pytest.approx(0.95, abs=0.03), dict(
        zip(METRIC_NAMES, share, strict=True)
    )
    if not shared and between_seeds >= 0.3:
        assert np.concatenate(only_sequences).mean(axis=0)[0] < 0.88, (
            "trainings would not need to be counted"
        )


def test_a_plain_percentile_bootstrap_covers_too_little_at_seven_sequences() -> None:
    """What the simulation is for: it tells methods that hold from those that do not."""
    rng, held_by_quantiles, held_by_ours = np.random.default_rng(7), [], []
    true = population()[0]
    for values in trials(7, 500, gain=GAIN):
        times = rng.multinomial(7, np.full(7, 1 / 7), size=300).astype(float)
        for part in np.split(values[:, 0, 0], 5):
            low, high = np.quantile(resampled_metrics(part, times), [0.025, 0.975], axis=1)
            held_by_quantiles.append((low <= true) & (true <= high))
        spread = spread_of([Side(by_seed(values, 0))], shares_of(values[:, 0, 0]), unbounded=True)
        held_by_ours.append(held(spread, unbound(true)))
    ratios = list(RATIOS)
    assert (np.concatenate(held_by_quantiles).mean(axis=0)[ratios] < 0.90).all()
    assert np.concatenate(held_by_ours).mean(axis=0)[ratios] == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("units", [7, 20])
def test_intervals_of_all_runs_against_one_base_hold_together(units: int) -> None:
    """Five runs as good as the base: in 95 of 100 folders none of their intervals leaves out 0."""
    rng, runs, together, alone = np.random.default_rng(units), 5, [], []
    for _ in range(4):
        values = draw_counts(rng, (CHUNK // 2,), units, variants=runs + 1, alphas=ALPHAS, gain=0.0)
        shares = shares_of(values[:, 0, 0])
        base = by_seed(values, 0)
        spreads = [
            spread_of([Side(by_seed(values, run)), Side(base, -1)], shares).at(0)
            for run in range(1, runs + 1)
        ]
        together.append(
            np.all([np.abs(one.value) <= one.half_width(runs) for one in spreads], axis=0)
        )
        alone.append(np.all([np.abs(one.value) <= one.half_width() for one in spreads], axis=0))
    assert 0.93 <= np.concatenate(together).mean() <= 0.995
    assert np.concatenate(alone).mean() < 0.92, (
        "without a correction a run would be called better too often"
    )
