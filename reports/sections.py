"""What the page says of models, of groups of sequences, and of what all seeds agree on."""

from __future__ import annotations

from dataclasses import dataclass

from mot_bench.reports.balance import WORTHS, Network, milliseconds, network_fairness, networks_of
from mot_bench.reports.schema import Bundle, Metric
from mot_bench.reports.variants import (
    DIFFERENCES,
    Summary,
    Variant,
    base_variant,
    main_variants,
    metric_difference,
    ranked_variants,
    summary_of,
)

SIDE_BY_SIDE = ("HOTA", "AssA", "IDF1")


@dataclass(frozen=True)
class Shown:
    """A figure for people: text, the least and the most beneath it, how it sorts, and whether it is good or bad."""

    text: str = ""
    span: str = ""
    value: float | None = None
    better: int = 0


@dataclass(frozen=True)
class Row:
    """One row of a table: a name, what it is, and its figures."""

    name: str
    title: str
    cells: tuple[Shown, ...]


@dataclass(frozen=True)
class Part:
    """A table of one group of sequences; of all for ``""``."""

    group: str
    rows: tuple[Row, ...]


def shown(summary: Summary | None, digits: int = 1, scale: float = 1.0) -> Shown:
    """A mean with its span, where there are several seeds."""
    if summary is None:
        return Shown()
    span = ""
    if summary.count > 1:
        span = f"{scale * summary.low:.{digits}f}\N{EN DASH}{scale * summary.high:.{digits}f}"
    return Shown(f"{scale * summary.mean:.{digits}f}", span, summary.mean)


def shown_metric(metric: Metric, summary: Summary | None) -> Shown:
    """A metric: percentages with one decimal, counts whole."""
    return shown(
        summary, 0 if metric.kind == "count" else 1, 100 if metric.kind == "fraction" else 1
    )


def groups_side_by_side(bundle: Bundle) -> tuple[Row, ...]:
    """Return HOTA, AssA and IDF1 of each group, a row for each main variant."""
    return tuple(
        Row(
            variant.name,
            variant.first.title,
            tuple(
                shown_metric(bundle.metric(name), variant.summary(name, group))
                for name in SIDE_BY_SIDE
                for group in bundle.dataset.groups
            ),
        )
        for variant in main_variants(bundle)
        if variant.first.groups
    )


def group_parts(bundle: Bundle) -> tuple[Part, ...]:
    """A leaderboard of each group, best HOTA first."""
    parts = []
    for group in bundle.dataset.groups:
        variants = [v for v in ranked_variants(bundle) if v.summary("HOTA", group) is not None]
        variants.sort(key=lambda variant: -_mean(variant.summary("HOTA", group)))
        rows = [
            Row(variant.name, variant.first.title, _headline(bundle, variant, group))
            for variant in variants
        ]
        parts.append(Part(group, tuple(rows)))
    return tuple(parts)


def anatomy_rows(bundle: Bundle) -> tuple[tuple[Network, Shown, Shown, Shown], ...]:
    """Networks with the weights of detection and ReID in their loss, and milliseconds a frame."""
    return tuple(
        (
            network,
            shown(_over_seeds(network, "detection_weight"), 2),
            shown(_over_seeds(network, "reid_weight"), 2),
            shown(
                Summary(time, time, time, 1)
                if (time := milliseconds(bundle, network)) is not None
                else None
            ),
        )
        for network in networks_of(bundle)
    )


def worth_parts(bundle: Bundle) -> tuple[Part, ...]:
    """AP, TPR and fairness of each network: over all sequences, then by group."""
    return tuple(
        Part(group, tuple(_worth_row(bundle, network, group) for network in networks_of(bundle)))
        for group in ("", *bundle.dataset.groups)
        if any(model.diagnosis.get(group) for model in bundle.models)
    )


def findings(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    """By run, in words, what all its seeds agree on; none where no run has several seeds."""
    base = base_variant(bundle)
    if base is None or len(base.runs) < 2:
        return ()
    found = []
    for variant in main_variants(bundle):
        if variant.name != base.name:
            text = "; ".join(filter(None, (_agreed(bundle, variant, base, way) for way in (1, -1))))
            found.append((variant.name, text or "seeds agree on nothing"))
    return tuple(found)


def _agreed(bundle: Bundle, variant: Variant, base: Variant, way: int) -> str:
    """``lower AssA (all, mid), IDF1 (mid)``, that all seeds agree on.

    Bare names hold over all and in every group.
    """
    parts = []
    for name in DIFFERENCES:
        groups = [
            group or "all"
            for group in ("", *bundle.dataset.groups)
            if (change := metric_difference(variant, base, bundle.metric(name), group)) is not None
            and change.unanimous
            and change.mean * way > 0
        ]
        if groups:
            everywhere = len(groups) > len(bundle.dataset.groups)
            parts.append(name if everywhere else f"{name} ({', '.join(groups)})")
    return f"{'higher' if way > 0 else 'lower'} {', '.join(parts)}" if parts else ""


def _worth_row(bundle: Bundle, network: Network, group: str) -> Row:
    worths = [shown(network.worth(name, group), 1, 100) for name in WORTHS]
    shares = [
        shown(network_fairness(bundle, network, task, group), 2) for task in ("detection", "reid")
    ]
    return Row(network.name, network.first.title, (*worths, *shares))


def _headline(bundle: Bundle, variant: Variant, group: str) -> tuple[Shown, ...]:
    metrics = bundle.headline_metrics
    return tuple(shown_metric(metric, variant.summary(metric.name, group)) for metric in metrics)


def _over_seeds(network: Network, name: str) -> Summary | None:
    return summary_of([getattr(model, name) for model in network.models])


def _mean(summary: Summary | None) -> float:
    return summary.mean if summary is not None else 0.0
