"""What a reader must know of the statistics, in sentences."""

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


def method_of(setting: Setting, variants: Sequence[Variant]) -> str:
    """One or two sentences: what was resampled and how."""
    several = any(len(variant.seeds) > 1 for variant in variants)
    levels = len(setting.strata.names) > 1
    over = f"leaving out each of {counted(setting.units, setting.unit)} in turn"
    over += f" within its level ({_sizes(setting)})" if levels else ""
    over += (
        " and each seed in turn, where runs that share a network share its seeds" if several else ""
    )
    return (
        f"95 % intervals by the jackknife, {over}, paired between runs, with Student's t and degrees of freedom from "
        f"the effective number of {setting.unit}s{' of each level' if levels else ''} "
        f"({setting.effective:.1f} of {setting.units}{' in all' if levels else ''}, by boxes)"
        f"{' and from the number of seeds' if several else ''}. "
        f"They speak of other {setting.unit}s like these{', as many of each level' if levels else ''}"
        f"{', and of trainings with other seeds' if several else ''}."
    )


def _sizes(setting: Setting) -> str:
    """Levels with their numbers of units: the names of few, and one number where all have as many."""
    names, sizes = [name or "no level" for name in setting.strata.names], setting.strata.sizes
    if len(set(sizes)) == 1:
        return f"{listed(names)}: {counted(sizes[0], setting.unit)} each"
    return listed(
        [f"{name}: {counted(size, setting.unit)}" for name, size in zip(names, sizes, strict=True)]
    )


def notes_of(
    result: SuiteResult, variants: Sequence[Variant], setting: Setting, reason: str
) -> Iterator[str]:
    """Notes, the most important first; ``reason``: why there is no interval at all, or empty."""
    scenes, copies = (
        len({one.digest for one in result.dataset.sequences}),
        len(result.dataset.sequences),
    )
    if reason:
        yield f"No intervals: {reason}."
        if scenes < LEAST_UNITS and setting.unit == "sequence":
            yield (
                "Parts of sequences can be the unit instead: mot-bench report FOLDER --segments 4 cuts each into 4."
            )
    else:
        yield (
            "Each verdict says whether the interval beside it leaves out 0, and both are of that difference by itself: "
            "of 20 runs that are worth the same, one would be called better or worse. What is claimed of all runs "
            "together (whether any beats the base run) goes by wider intervals of HOTA, which hold at once in 95 of "
            "100 cases (Bonferroni's correction for the number of runs)."
        )
        if setting.strata.lone:
            yield (
                f"Levels are taken as one population, since {listed(setting.strata.lone)} "
                f"{'has' if len(setting.strata.lone) == 1 else 'have'} but one {setting.unit}: what levels differ by "
                "counts as chance."
            )
        for level in setting.thin:
            yield (
                f"Intervals may be too narrow: most boxes lie in the level {level or 'without a name'}, whose "
                f"{setting.unit}s are worth no more than two, and tell little of how much others of it would differ."
            )
        lacking = [variant.name for variant in variants if variant.measured is None]
        if lacking:
            yield f"No intervals for {listed(lacking)}: {variants_reason(variants)}."
        if setting.unit == "sequence" and setting.effective + 1 - len(setting.strata.names) < _FEW:
            yield (
                f"Sequences are few ({setting.units}, worth {setting.effective:.1f} of equal size), so intervals are "
                "wide. Parts of them can be the unit (mot-bench report FOLDER --segments 4), which tells more of such "
                "scenes and nothing of other ones."
            )
        yield from _about_seeds(variants)
    if scenes < copies:
        yield f"{copies} sequences are of {counted(scenes, 'scene')}: those with the same ground truth count as one."
    if stopped := unfinished(result):
        yield f"No statement about {listed(stopped)}: not every seed finished."
    if len(variants) > MOST_BASES:
        against = f"against {result.base} alone" if result.base else "left out"
        yield f"Comparisons are {against}: there are more than {MOST_BASES} runs."


def variants_reason(variants: Sequence[Variant]) -> str:
    """Why the first of the variants without counts has none."""
    return next(variant.lacking for variant in variants if variant.measured is None)


def _about_seeds(variants: Sequence[Variant]) -> Iterator[str]:
    single = [variant.name for variant in variants if variant.trained and len(variant.seeds) == 1]
    if single:
        which = (
            "Networks were"
            if len(single) == sum(variant.trained for variant in variants)
            else (f"Networks of {listed(single)} were")
        )
        yield (
            f"{which} trained with one seed: what is said of them holds for these very trainings on other sequences, "
            "and a training with another seed may differ by more."
        )


def segment_notes(
    variants: Sequence[Variant], whole: Sequence[Variant], setting: Setting, whole_setting: Setting
) -> Iterator[str]:
    """What cutting does: to what intervals mean, to figures, and to the width of intervals.

    Args:
        variants: measured on segments.
        whole: the same, measured on sequences.
        setting: of the segments.
        whole_setting: of the sequences.
    """
    yield (
        "The unit is the segment: sequences are cut into parts of equal length, which are scored by themselves and "
        "taken as independent. Intervals speak of more of such scenes; of other scenes only as far as scenes differ no "
        "more than their parts do. Values and differences are those of whole sequences."
    )
    effects = [
        variant.measured.whole - variant.metrics
        for variant in variants
        if variant.measured is not None
    ]
    if effects:
        yield f"Effect of the cuts (with cuts less without; mean over runs, least to most): {_listed_effects(effects)}."
    widths = [
        (_width(one, setting), _width(two, whole_setting))
        for one, two in zip(variants, whole, strict=True)
    ]
    ratios = [of_whole / of_parts for of_parts, of_whole in widths if of_parts and of_whole]
    if ratios:
        ratio = float(np.median(ratios))
        yield (
            f"With whole sequences as the unit, standard errors of HOTA are {ratio:.1f} times as large (median over "
            f"runs){'; scenes differ more than segments tell' if ratio > _SEGMENTS_HIDE else ''}."
        )


_SEGMENTS_HIDE = 1.2


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
    """The standard error of HOTA over units; 0 where it is not known."""
    if variant.measured is None:
        return 0.0
    return float(np.sqrt(spread_of([Side(variant.measured)], setting.shares).over_units[0]))
