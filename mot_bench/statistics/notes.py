"""Write the notes that readers need to interpret the statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mot_bench.records.results import SuiteResult
from mot_bench.reports.wording import counted, listed, signed
from mot_bench.statistics.comparisons import MOST_BASES, Setting
from mot_bench.statistics.counts import FloatArray
from mot_bench.statistics.resampling import METRIC_NAMES, Side, spread_of
from mot_bench.statistics.variants import Variant, unfinished

LEAST_UNITS = 4
LEAST_EFFECTIVE = 2.0
_FEW = 6.0
_SEGMENTS_HIDE = 1.2  # the ratio of standard errors above which segments hide variation


def method_of(setting: Setting, variants: Sequence[Variant]) -> str:
    """Return a description of what was resampled and how."""
    several_seeds = any(len(variant.seeds) > 1 for variant in variants)
    levels = len(setting.strata.names) > 1
    over = f"leaving out each of {counted(setting.units, setting.unit)} in turn"
    freedom = f"the effective number of {setting.unit}s"
    effective = f"{setting.effective:.1f} of {setting.units}"
    scope = f"other {setting.unit}s like these"
    if levels:
        over += f" within its level ({_sizes(setting)})"
        freedom += " of each level"
        effective += " in all"
        scope += ", as many of each level"
    freedom += f" ({effective}, by boxes)"
    if several_seeds:
        over += " and each seed in turn (runs that share a network share its seeds)"
        freedom += " and from the number of seeds"
        scope += " and to trainings with other seeds"
    return (
        f"95 % intervals by the jackknife, {over}, paired between runs, with Student's t and "
        f"degrees of freedom from {freedom}. They apply to {scope}."
    )


def _sizes(setting: Setting) -> str:
    """Return the levels with their numbers of units; one number if all levels have the same."""
    names, sizes = [name or "no level" for name in setting.strata.names], setting.strata.sizes
    if len(set(sizes)) == 1:
        return f"{listed(names)}: {counted(sizes[0], setting.unit)} each"
    return listed(
        [f"{name}: {counted(size, setting.unit)}" for name, size in zip(names, sizes, strict=True)]
    )


def notes_of(
    result: SuiteResult, variants: Sequence[Variant], setting: Setting, reason: str
) -> Iterator[str]:
    """Yield notes, the most important first; ``reason`` says why there is no interval at all."""
    sequences = len(result.dataset.sequences)
    scenes = len({one.digest for one in result.dataset.sequences})
    if reason:
        yield f"No intervals: {reason}."
        if scenes < LEAST_UNITS and setting.unit == "sequence":
            yield (
                "Parts of sequences can be the unit instead: "
                "mot-bench report FOLDER --segments 4 cuts each sequence into 4."
            )
    else:
        yield (
            "Each verdict says whether the interval beside it excludes 0, and each interval covers "
            "one difference: of 20 equally good runs, one would be called better or worse. Claims "
            "about all runs together (whether any beats the base run) rest on wider intervals of "
            "HOTA, which hold jointly in 95 of 100 cases "
            "(Bonferroni's correction for the number of runs)."
        )
        yield from _level_notes(setting)
        yield from _interval_notes(variants, setting)
        yield from _seed_notes(variants)
    if scenes < sequences:
        yield (
            f"{sequences} sequences show {counted(scenes, 'scene')}: "
            "sequences with the same ground truth count as one."
        )
    if stopped := unfinished(result):
        yield f"No statement about {listed(stopped)}: not every seed finished."
    if len(variants) > MOST_BASES:
        against = f"only made against {result.base}" if result.base else "left out"
        yield f"Comparisons are {against}: there are more than {MOST_BASES} runs."


def _level_notes(setting: Setting) -> Iterator[str]:
    """Yield notes about levels with too few units."""
    lone = setting.strata.lone
    if lone:
        have = "has" if len(lone) == 1 else "have"
        yield (
            f"All levels are treated as one population, since {listed(lone)} {have} only one "
            f"{setting.unit}: differences between levels count as chance."
        )
    for level in setting.thin:
        yield (
            "Intervals may be too narrow: most boxes lie in the level "
            f"{level or 'without a name'}, whose {setting.unit}s are worth no more than two of "
            "equal size and show little of the variation within that level."
        )


def _interval_notes(variants: Sequence[Variant], setting: Setting) -> Iterator[str]:
    """Yield notes about missing and wide intervals."""
    lacking = [variant.name for variant in variants if variant.measured is None]
    if lacking:
        yield f"No intervals for {listed(lacking)}: {variants_reason(variants)}."
    if setting.unit == "sequence" and setting.effective + 1 - len(setting.strata.names) < _FEW:
        yield (
            f"There are few sequences ({setting.units}, worth {setting.effective:.1f} of equal "
            "size), so intervals are wide. Parts of sequences can be the unit "
            "(mot-bench report FOLDER --segments 4), which tells more about such scenes and "
            "nothing about others."
        )


def variants_reason(variants: Sequence[Variant]) -> str:
    """Return why the first of the variants without counts has none."""
    return next(variant.lacking for variant in variants if variant.measured is None)


def _seed_notes(variants: Sequence[Variant]) -> Iterator[str]:
    """Yield a note about networks that were trained with only one seed."""
    single = [variant.name for variant in variants if variant.trained and len(variant.seeds) == 1]
    if not single:
        return
    every = len(single) == sum(variant.trained for variant in variants)
    which = "Networks were" if every else f"Networks of {listed(single)} were"
    yield (
        f"{which} trained with one seed: the intervals hold for these trained networks on other "
        "sequences, and a training with another seed may differ by more."
    )


def segment_notes(
    variants: Sequence[Variant], whole: Sequence[Variant], setting: Setting, whole_setting: Setting
) -> Iterator[str]:
    """Yield notes on how cutting changes the meaning of intervals, the figures, and the widths.

    Args:
        variants: the variants, measured on segments.
        whole: the same variants, measured on sequences.
        setting: the setting of the segments.
        whole_setting: the setting of the sequences.
    """
    yield (
        "The unit is the segment: sequences are cut into parts of equal length, which are scored "
        "separately and treated as independent. Intervals apply to more footage of such scenes, "
        "and to other scenes only if scenes differ no more than their parts do. Values and "
        "differences are those of whole sequences."
    )
    effects = [
        variant.measured.whole - variant.metrics
        for variant in variants
        if variant.measured is not None
    ]
    if effects:
        yield (
            "Effect of the cuts (with cuts minus without; mean over runs, smallest to largest): "
            f"{_listed_effects(effects)}."
        )
    widths = [
        (_width(one, setting), _width(two, whole_setting))
        for one, two in zip(variants, whole, strict=True)
    ]
    ratios = [of_whole / of_parts for of_parts, of_whole in widths if of_parts and of_whole]
    if ratios:
        ratio = float(np.median(ratios))
        hidden = "; scenes differ more than segments show" if ratio > _SEGMENTS_HIDE else ""
        yield (
            f"With whole sequences as the unit, standard errors of HOTA are {ratio:.1f} times as "
            f"large (median over runs){hidden}."
        )


def _listed_effects(effects: Sequence[FloatArray]) -> str:
    found = np.concatenate(effects)
    texts = []
    for place, metric in enumerate(METRIC_NAMES):
        scale, digits, unit = (1, 0, "") if metric == "IDSW" else (100, 1, " points")
        mean, low, high = (
            signed(scale * float(value), digits)
            for value in (found[:, place].mean(), found[:, place].min(), found[:, place].max())
        )
        texts.append(f"{metric} {mean}{unit} ({low} to {high})")
    return ", ".join(texts)


def _width(variant: Variant, setting: Setting) -> float:
    """Return the standard error of HOTA over units; 0 if it is unknown."""
    if variant.measured is None:
        return 0.0
    return float(np.sqrt(spread_of([Side(variant.measured)], setting.shares).over_units[0]))
