"""The ablation: every run minus the base run, with intervals, verdicts, and what a difference in HOTA is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mot_bench.reports.certainty import Comparison
from mot_bench.reports.schema import Bundle, Metric
from mot_bench.reports.variants import (
    DIFFERENCES,
    Difference,
    Variant,
    base_variant,
    main_variants,
    metric_difference,
)
from mot_bench.reports.verdict_wording import SIGNS, is_judged, shown_p_value
from mot_bench.reports.why import mean_split
from mot_bench.reports.wording import better, change_interval, scale, signed, signed_change

_BRACKETS = re.compile(r" \(([^()]*)\)\.?$")


@dataclass(frozen=True)
class Change:
    """A difference for people.

    Attributes:
        text: with its sign.
        below: its interval; or how many seeds agree in sign.
        value: how it sorts, in shown units.
        better: 1, -1 or 0; only the verdict's where there is one.
        verdict: empty where nobody asked.
        hint: p-values and what would settle it.
    """

    text: str = ""
    below: str = ""
    value: float | None = None
    better: int = 0
    verdict: str = ""
    sign: str = ""
    hint: str = ""


@dataclass(frozen=True)
class ChangeRow:
    """A run minus the base: differences, the Shapley parts of HOTA, and what would settle HOTA."""

    name: str
    title: str
    changes: tuple[Change, ...]
    parts: tuple[Change, ...] = ()
    needed: str = ""


@dataclass(frozen=True)
class ChangePart:
    """A table of one group of sequences; of all for ``""``.

    ``note`` holds for what would settle each row.
    """

    group: str
    rows: tuple[ChangeRow, ...]
    note: str = ""


def difference_parts(bundle: Bundle) -> tuple[ChangePart, ...]:
    """What each main run gains or loses against the base: over all sequences, then by group."""
    base = base_variant(bundle)
    if base is None or base.status != "ok":
        return ()
    others = [variant for variant in main_variants(bundle) if variant.name != base.name]
    if not others:
        return ()
    return tuple(
        _without_repeats(
            ChangePart(group, tuple(_row(bundle, variant, base, group) for variant in others))
        )
        for group in ("", *bundle.dataset.groups)
    )


def _without_repeats(part: ChangePart) -> ChangePart:
    """What sentences on settling all say in brackets is said once."""
    brackets = {found.group(1) for row in part.rows if (found := _BRACKETS.search(row.needed))}
    if len(brackets) != 1:
        return part
    rows = tuple(replace(row, needed=_BRACKETS.sub(".", row.needed)) for row in part.rows)
    return replace(part, rows=rows, note=brackets.pop())


def _row(bundle: Bundle, variant: Variant, base: Variant, group: str) -> ChangeRow:
    changes = []
    for name in DIFFERENCES:
        metric = bundle.metric(name)
        comparison = _comparison(bundle, variant, base, name) if not group else None
        changes.append(
            shown_change(metric, metric_difference(variant, base, metric, group), comparison)
        )
    hota = _comparison(bundle, variant, base, "HOTA") if not group else None
    split = mean_split(bundle, variant.name, base.name) if not group else None
    parts = [] if split is None else [split.detection, split.association, split.localisation]
    return ChangeRow(
        variant.name,
        variant.first.title,
        tuple(changes),
        tuple(
            Change(signed(100 * part), value=part, better=(part > 0) - (part < 0)) for part in parts
        ),
        (hota.needed or hota.reason) if hota is not None else "",
    )


def _comparison(bundle: Bundle, variant: Variant, base: Variant, name: str) -> Comparison | None:
    if bundle.certainty is None or not is_judged(bundle):
        return None
    return bundle.certainty.comparison(variant.name, base.name, name)


def shown_change(
    metric: Metric, change: Difference | None, comparison: Comparison | None = None
) -> Change:
    """A signed difference in percentage points or counts.

    With a comparison: its interval and verdict. Else, beneath it, how many seeds agree in sign.
    """
    if comparison is not None:
        verdict = comparison.verdict
        return Change(
            signed_change(metric, comparison.difference),
            change_interval(metric, comparison.interval) if comparison.interval else "",
            scale(metric) * comparison.difference,
            1 if verdict == "better" else -1 if verdict == "worse" else 0,
            verdict,
            SIGNS.get(verdict, ""),
            ". ".join(
                filter(None, (shown_p_value(comparison), comparison.needed or comparison.reason))
            ),
        )
    if change is None:
        return Change()
    text = signed_change(metric, change.mean)
    agree = f"{change.agree} of {change.count}" if change.count > 1 else ""
    return Change(
        text,
        agree,
        scale(metric) * change.mean,
        0 if text[0] == "±" else better(metric, change.mean),
    )
