"""What a reader must know of the statistics, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mot_bench.results import SuiteResult
from mot_bench.statistics.comparisons import MOST_BASES, Setting
from mot_bench.statistics.variants import Variant, unfinished
from mot_bench.statistics.verdicts import FAMILY
from reports.wording import counted, listed

LEAST_UNITS = 4
LEAST_EFFECTIVE = 2.0


def method_of(setting: Setting, variants: Sequence[Variant]) -> str:
    """One or two sentences: what was resampled and how."""
    several = any(len(variant.seeds) > 1 for variant in variants)
    over = f"leaving out each of {counted(setting.units, setting.unit)} in turn"
    over += " and each seed in turn, where runs that share a network share its seeds" if several else ""
    return (
        f"95 % intervals by the jackknife, {over}, paired between runs, with Student's t and degrees of freedom from "
        f"the effective number of {setting.unit}s ({setting.effective:.1f} of {setting.units}, by boxes)"
        f"{' and from the number of seeds' if several else ''}. "
        f"They speak of other {setting.unit}s like these{' and of trainings with other seeds' if several else ''}."
    )


def notes_of(result: SuiteResult, variants: Sequence[Variant], reason: str) -> Iterator[str]:
    """Notes, the most important first; ``reason``: why there is no interval at all, or empty."""
    if reason:
        yield f"No intervals: {reason}."
    else:
        yield (
            f"Verdicts on {listed(FAMILY)} are after Holm's correction over all runs against a base; those on other "
            "metrics, and all intervals, are of each difference alone. So an interval can leave out 0 where the "
            "verdict is still open."
        )
        lacking = [variant.name for variant in variants if variant.measured is None]
        if lacking:
            yield f"No intervals for {listed(lacking)}: {variants_reason(variants)}."
        yield from _about_seeds(variants)
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
