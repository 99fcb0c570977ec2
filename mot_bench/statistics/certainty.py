"""Compute the ``Certainty`` of a results folder: intervals, verdicts, and notes for readers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from mot_bench.records.results import SuiteResult
from mot_bench.reports.certainty import Certainty, Estimate, Interval
from mot_bench.reports.wording import counted
from mot_bench.statistics.comparisons import MOST_BASES, NO_SPREAD, Setting, compare_all
from mot_bench.statistics.counts import Counts
from mot_bench.statistics.notes import (
    LEAST_EFFECTIVE,
    LEAST_UNITS,
    method_of,
    notes_of,
    segment_notes,
)
from mot_bench.statistics.resampling import METRIC_NAMES, Side, bound, spread_of, unbound
from mot_bench.statistics.strata import one_population, shares_of, strata_of
from mot_bench.statistics.units import distinct_sequences, read_segments, read_sequences
from mot_bench.statistics.variants import Variant, finished_variants


def certainty_of(out: Path, result: SuiteResult) -> Certainty | None:
    """Return the certainty of the figures in a results folder; None if no run finished.

    Args:
        out: the folder, with ``counts.npz`` beside ``results.json``. If it has ``segments.npz``
            too, segments are the unit. Folders of older versions have neither; then there are no
            intervals, and a note says why.
        result: the content of ``results.json``.

    Raises:
        InputError: a file of counts is malformed.
    """
    return certainty(result, read_sequences(out, result), read_segments(out, result))


def certainty(
    result: SuiteResult, sequences: Counts | None, segments: Counts | None = None
) -> Certainty | None:
    """Return the certainty of the figures of a result; None if no run finished.

    Args:
        result: the figures.
        sequences: counts of its sequences; sequences with the same ground truth count as one.
        segments: counts of parts of the sequences, which then are the unit.
    """
    sequences = None if sequences is None else distinct_sequences(sequences, result)
    counts = sequences if segments is None else segments
    setting = _setting(result, counts, "sequence" if segments is None else "segment")
    variants = finished_variants(result, counts, setting.strata)
    if not variants:
        return None
    reason = _refusal(variants, setting)
    notes = list(notes_of(result, variants, setting, reason))
    if segments is not None and not reason:
        whole_setting = _setting(result, sequences, "sequence")
        whole = finished_variants(result, sequences, whole_setting.strata)
        notes += segment_notes(variants, whole, setting, whole_setting)
    estimates = itertools.chain.from_iterable(
        _estimates(variant, setting, reason) for variant in variants
    )
    bases = _bases(variants, result.base)
    return Certainty(
        method=method_of(setting, variants),
        unit=setting.unit,
        units=setting.units,
        seeds=max(len(variant.seeds) for variant in variants),
        notes=tuple(notes),
        estimates=tuple(estimates),
        comparisons=tuple(compare_all(variants, bases, setting, reason)),
    )


def _bases(variants: list[Variant], base: str | None) -> list[str]:
    """Return the variants that others are compared with: all, or only the base of many."""
    names = [variant.name for variant in variants]
    return names if len(names) <= MOST_BASES else [name for name in names if name == base]


def _setting(
    result: SuiteResult, counts: Counts | None, unit: Literal["sequence", "segment"]
) -> Setting:
    if counts is None or not counts.rows:
        units = len({one.digest for one in result.dataset.sequences})
        return Setting(unit, one_population(units), np.zeros(units), np.zeros(units))
    strata = strata_of(result, counts.units)
    return Setting(unit, strata, shares_of(counts.values[0], strata), shares_of(counts.values[0]))


def _refusal(variants: list[Variant], setting: Setting) -> str:
    """Return why no interval can be computed at all; empty if some can."""
    reasons = {variant.lacking for variant in variants if variant.measured is None}
    if len(reasons) == 1 and all(variant.measured is None for variant in variants):
        return reasons.pop()
    if setting.units < LEAST_UNITS:
        return (
            f"{counted(setting.units, setting.unit)}: with fewer than {LEAST_UNITS} no interval "
            "can be trusted, since they do not show how much scores vary by chance"
        )
    if setting.overall < LEAST_EFFECTIVE:
        return (
            f"most boxes lie in one {setting.unit}: the {setting.units} {setting.unit}s are worth "
            f"{setting.overall:.1f} of equal size, too few for an interval"
        )
    return ""


def _estimates(variant: Variant, setting: Setting, reason: str) -> Iterator[Estimate]:
    reason = reason or ("" if variant.measured is not None else variant.lacking)
    if reason or variant.measured is None:
        for metric, value in zip(METRIC_NAMES, variant.mean, strict=True):
            yield Estimate(variant.name, metric, float(value), reason=reason)
        return
    spread = spread_of([Side(variant.measured)], setting.shares, setting.strata, unbounded=True)
    spread = replace(spread, value=unbound(variant.mean))
    half = spread.half_width()
    low, high = bound(spread.value - half), bound(spread.value + half)
    for place, (metric, value) in enumerate(zip(METRIC_NAMES, variant.mean, strict=True)):
        if spread.variance[place] <= NO_SPREAD:
            yield Estimate(variant.name, metric, float(value), reason=setting.no_spread)
        elif math.isinf(high[place]):
            reason = f"{setting.unit}s differ so much that there is no upper bound"
            yield Estimate(variant.name, metric, float(value), reason=reason)
        else:
            yield Estimate(
                variant.name, metric, float(value), Interval(float(low[place]), float(high[place]))
            )
