"""Errors by cause, and quality by size, visibility and density: tables of a page, means over seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mot_bench.reports.explanation import CAUSES, KIND_MEANINGS, KINDS, Kind, RunExplanation, Slice
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import Variant, is_given, main_variants
from mot_bench.reports.why import costs, explained_seeds

SLICED: dict[str, str] = {"recall": "Recall", "idf1": "IDF1", "ap": "AP"}
PARTS: dict[str, str] = {"size": "Size", "visibility": "Visibility", "density": "Density"}
_By = Literal["size", "visibility", "density"]


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
        """For the script, which compares any two runs: count and gain by run and cause, 0 where there is none."""
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
    def starts(self) -> tuple[int, ...]:
        """Columns at which a group begins."""
        sizes = [len(parts) for _, parts in self.groups]
        return tuple(sum(sizes[:place]) for place in range(len(sizes)))


def cause_table(bundle: Bundle) -> CauseTable | None:
    """None where no run was explained."""
    variants = [variant for variant in main_variants(bundle) if explained_seeds(bundle, variant)]
    if not variants:
        return None
    causes = [costs(bundle, variant) for variant in variants]
    kinds = [_by_kind(bundle, variant) for variant in variants]
    limits = [_limits(bundle, variant) for variant in variants]
    occurring = [kind for kind in KINDS if any(kind in one for one in kinds)]
    named = list(dict.fromkeys(name for one in limits for name in one))
    keys = [(kind, cause) for kind in KINDS for cause in _causes_of(kind, causes)]
    return CauseTable(
        tuple(variants),
        (*occurring, *(f"perfect {name}" for name in named)),
        len(occurring),
        tuple(
            (*(kind.get(name) for name in occurring), *(limit.get(name) for name in named))
            for kind, limit in zip(kinds, limits, strict=True)
        ),
        tuple((kind, cause, CAUSES[kind].get(cause, KIND_MEANINGS[kind])) for kind, cause in keys),
        tuple(tuple(_cost(cost, key) for key in keys) for cost in causes),
        _pair(bundle, variants),
    )


def _causes_of(kind: Kind, found: list[dict[tuple[str, str], tuple[float, float]]]) -> list[str]:
    """Those of a kind that occur in any run, in their agreed order."""
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
    """What perfect identities and boxes would gain.

    Everything perfect is HOTA 100, and tells nothing.
    """
    gains: dict[str, list[float]] = {}
    for one in explained_seeds(bundle, variant):
        for limit in one.limits:
            if limit.name != "everything" and "HOTA" in limit.gains:
                gains.setdefault(limit.name, []).append(limit.gains["HOTA"])
    return {name: Cost(None, 100 * math.fsum(found) / len(found)) for name, found in gains.items()}


def _cost(cost: Mapping[tuple[str, str], tuple[float, float]], key: tuple[str, str]) -> Cost | None:
    return Cost(cost[key][0], 100 * cost[key][1]) if key in cost else None


def _pair(bundle: Bundle, variants: list[Variant]) -> tuple[int, int]:
    """The base run, or the last, against the best other that was not given the ground truth's boxes."""
    names = [variant.name for variant in variants]
    base = names.index(bundle.base) if bundle.base in names else len(names) - 1
    others = [
        place for place, variant in enumerate(variants) if place != base and not is_given(variant)
    ]
    return base, others[0] if others else base


def slice_tables(bundle: Bundle) -> tuple[SliceTable, ...]:
    """Recall, IDF1 and AP, each by size, visibility and density; those that any run has."""
    found = []
    for variant in main_variants(bundle):
        explained = [one for one in explained_seeds(bundle, variant) if one.slices]
        if explained:
            found.append((variant, explained))
    if not found:
        return ()
    parts = {
        (part.by, part.label): part.boxes
        for _, explained in found
        for one in explained
        for part in one.slices
    }
    by: list[_By] = ["size", "visibility", "density"]
    keys = [key for name in by for key in parts if key[0] == name]
    groups = tuple(
        (PARTS[name], tuple((key[1], parts[key]) for key in keys if key[0] == name)) for name in by
    )
    tables = []
    for metric, title in SLICED.items():
        rows = tuple(
            (variant, tuple(_mean(explained, key, metric) for key in keys))
            for variant, explained in found
        )
        if any(value is not None for _, values in rows for value in values):
            tables.append(
                SliceTable(metric, title, tuple(group for group in groups if group[1]), rows)
            )
    return tuple(tables)


def _mean(explained: list[RunExplanation], key: tuple[str, str], metric: str) -> float | None:
    """Over seeds; None where any seed lacks it."""
    found: list[Slice] = [
        part for one in explained for part in one.slices if (part.by, part.label) == key
    ]
    values: list[float | None] = [getattr(part, metric) for part in found]
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(explained) else None
