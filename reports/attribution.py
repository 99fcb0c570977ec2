"""Errors by cause, and quality by size, visibility and density: tables of a page, means over seeds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mot_bench.reports.explanation import CAUSES, KIND_MEANINGS, KINDS, Kind, RunExplanation, Slice
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import Variant, is_given, main_variants
from mot_bench.reports.why import costs, explained_seeds

SLICED: dict[str, str] = {"recall": "Recall", "idf1": "IDF1", "ap": "AP"}
PARTS: dict[str, str] = {"size": "Size", "visibility": "Visibility", "density": "Density"}


@dataclass(frozen=True)
class Cost:
    """How often an error occurs, and the HOTA that a repair would gain in percentage points.

    Means over seeds.

    ``count`` is None for what cannot be counted, ``gain`` where nobody tried.
    """

    count: float | None
    gain: float | None


@dataclass(frozen=True)
class CauseTable:
    """Errors of runs by kind and by cause.

    Attributes:
        columns: kinds that occur, then properties made perfect (``perfect identities`` ...).
        kinds: how many of the columns are kinds.
        overview: by run, its errors by column; None where it has none.
        causes: kind, cause and meaning of each row of the comparison.
        costs: by run and cause; None where the run has none.
        pair: places of the two runs that are compared first.
    """

    variants: tuple[Variant, ...]
    columns: tuple[str, ...]
    kinds: int
    overview: tuple[tuple[Cost | None, ...], ...]
    causes: tuple[tuple[str, str, str], ...]
    costs: tuple[tuple[Cost | None, ...], ...]
    pair: tuple[int, int]

    def data(self) -> dict[str, object]:
        """Return count and gain by run and cause (0 for none), with which the script compares runs."""
        costs = [
            [[round(one.count or 0, 1), round(one.gain or 0, 2)] if one else 0 for one in row]
            for row in self.costs
        ]
        return {
            "runs": [variant.name for variant in self.variants],
            "pair": self.pair,
            "costs": costs,
        }


@dataclass(frozen=True)
class SliceTable:
    """One metric for parts of the ground truth: ``groups`` has size, visibility and density with their parts.

    A part has its label and how many boxes it has.
    """

    metric: str
    title: str
    groups: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    rows: tuple[tuple[Variant, tuple[float | None, ...]], ...]

    @property
    def has_values(self) -> bool:
        """Return whether any run has a value."""
        return any(value is not None for _, values in self.rows for value in values)

    @property
    def starts(self) -> tuple[int, ...]:
        """Return the columns at which groups begin."""
        sizes = [len(parts) for _, parts in self.groups]
        return tuple(sum(sizes[:place]) for place in range(len(sizes)))


def cause_table(bundle: Bundle) -> CauseTable | None:
    """Return the errors of the main runs by kind and by cause; None if no run was explained."""
    variants = _explained_variants(bundle)
    if not variants:
        return None
    causes = [costs(bundle, variant) for variant in variants]
    kinds = [_by_kind(bundle, variant) for variant in variants]
    limits = [_limits(bundle, variant) for variant in variants]
    occurring_kinds = _occurring_kinds(kinds)
    limit_names = list(dict.fromkeys(itertools.chain(*limits)))
    keys = [(kind, cause) for kind in KINDS for cause in _causes_of(kind, causes)]
    return CauseTable(
        variants=tuple(variants),
        columns=(*occurring_kinds, *(f"perfect {name}" for name in limit_names)),
        kinds=len(occurring_kinds),
        overview=_overview(kinds, occurring_kinds, limits, limit_names),
        causes=tuple(_with_meaning(*key) for key in keys),
        costs=tuple(_costs_of(cost, keys) for cost in causes),
        pair=_pair(bundle, variants),
    )


def _explained_variants(bundle: Bundle) -> list[Variant]:
    return [variant for variant in main_variants(bundle) if explained_seeds(bundle, variant)]


def _overview(
    kinds: list[dict[str, Cost]],
    kind_names: Sequence[str],
    limits: list[dict[str, Cost]],
    limit_names: Sequence[str],
) -> tuple[tuple[Cost | None, ...], ...]:
    """Return the costs of each run by column: kinds of errors, then properties made perfect."""
    return tuple(
        (*map(kind.get, kind_names), *map(limit.get, limit_names))
        for kind, limit in zip(kinds, limits, strict=True)
    )


def _with_meaning(kind: Kind, cause: str) -> tuple[str, str, str]:
    return kind, cause, CAUSES[kind].get(cause, KIND_MEANINGS[kind])


def _occurring_kinds(kinds: list[dict[str, Cost]]) -> list[Kind]:
    """Return the kinds of errors that any run has, in their agreed order."""
    present = {kind for one in kinds for kind in one}
    return [kind for kind in KINDS if kind in present]


def _causes_of(kind: Kind, found: list[dict[tuple[str, str], tuple[float, float]]]) -> list[str]:
    """Return the causes of a kind that occur in any run, in their agreed order."""
    occurring = dict.fromkeys(cause for one in found for of, cause in one if of == kind)
    order = list(CAUSES[kind])
    return sorted(occurring, key=lambda cause: order.index(cause) if cause in order else len(order))


def _by_kind(bundle: Bundle, variant: Variant) -> dict[str, Cost]:
    together = costs(bundle, variant, kinds=True)
    if together:
        return {kind: Cost(count, 100 * gain) for (kind, _), (count, gain) in together.items()}
    counts: dict[str, float] = {}
    for (kind, _), (count, _gain) in costs(bundle, variant).items():
        counts[kind] = counts.get(kind, 0.0) + count
    return {kind: Cost(count, None) for kind, count in counts.items()}


def _limits(bundle: Bundle, variant: Variant) -> dict[str, Cost]:
    """Return what perfect identities and perfect boxes would gain.

    A perfect run has HOTA 100, which says nothing.
    """
    gains: dict[str, list[float]] = {}
    for one in explained_seeds(bundle, variant):
        for limit in one.limits:
            if limit.name != "everything" and "HOTA" in limit.gains:
                gains.setdefault(limit.name, []).append(limit.gains["HOTA"])
    return {name: Cost(None, 100 * math.fsum(found) / len(found)) for name, found in gains.items()}


def _costs_of(
    found: Mapping[tuple[str, str], tuple[float, float]], keys: Sequence[tuple[str, str]]
) -> tuple[Cost | None, ...]:
    """Return the cost of each cause for a run; None for a cause that it does not have."""
    return tuple(Cost(found[key][0], 100 * found[key][1]) if key in found else None for key in keys)


def _pair(bundle: Bundle, variants: list[Variant]) -> tuple[int, int]:
    """Return the places of the base run (else the last) and of the best other run without oracle boxes."""
    names = [variant.name for variant in variants]
    base = names.index(bundle.base) if bundle.base in names else len(names) - 1
    others = [
        place for place, variant in enumerate(variants) if place != base and not is_given(variant)
    ]
    return base, others[0] if others else base


def slice_tables(bundle: Bundle) -> tuple[SliceTable, ...]:
    """Return recall, IDF1 and AP by size, visibility and density, if any run has them."""
    explained_variants = [
        (variant, explained)
        for variant in main_variants(bundle)
        if (explained := [one for one in explained_seeds(bundle, variant) if one.slices])
    ]
    boxes = _boxes_by_part([one for _, explained in explained_variants for one in explained])
    tables = [
        _slice_table(metric, title, explained_variants, boxes) for metric, title in SLICED.items()
    ]
    return tuple(table for table in tables if table.has_values)


def _slice_table(
    metric: str,
    title: str,
    explained_variants: list[tuple[Variant, list[RunExplanation]]],
    boxes: Mapping[tuple[str, str], int],
) -> SliceTable:
    """Return the table of one metric."""
    keys = [key for by in PARTS for key in boxes if key[0] == by]
    rows = tuple(
        (variant, tuple(_mean(explained, key, metric) for key in keys))
        for variant, explained in explained_variants
    )
    return SliceTable(metric, title, _part_groups(boxes), rows)


def _boxes_by_part(explained: list[RunExplanation]) -> dict[tuple[str, str], int]:
    """Return how many boxes of the ground truth each part has, by property and label."""
    parts = (part for one in explained for part in one.slices)
    return {(part.by, part.label): part.boxes for part in parts}


def _part_groups(
    boxes: Mapping[tuple[str, str], int],
) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    """Return the labels and boxes of the parts by property; properties without parts are left out."""
    groups = (
        (title, tuple((label, count) for (of, label), count in boxes.items() if of == by))
        for by, title in PARTS.items()
    )
    return tuple(group for group in groups if group[1])


def _mean(explained: list[RunExplanation], key: tuple[str, str], metric: str) -> float | None:
    """Return the mean of a metric over seeds; None if any seed lacks it."""
    found: list[Slice] = [
        part for one in explained for part in one.slices if (part.by, part.label) == key
    ]
    values: list[float | None] = [getattr(part, metric) for part in found]
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(explained) else None
