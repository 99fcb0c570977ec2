"""Runs whose tracks are the same, byte for byte, under several names."""

from __future__ import annotations

from collections.abc import Sequence

from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import Variant, variants_of
from mot_bench.reports.wording import listed

_MOST = 12


def twins(bundle: Bundle) -> tuple[tuple[str, ...], ...]:
    """Return groups of runs with the same tracks with every seed, in the suite's order.

    The base run first.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for variant in variants_of(bundle):
        key = _tracks_of(variant)
        if key:
            groups.setdefault(key, []).append(variant.name)
    several = [names for names in groups.values() if len(names) > 1]
    return tuple(tuple(sorted(names, key=lambda name: name != bundle.base)) for names in several)


def _tracks_of(variant: Variant) -> tuple[str, ...]:
    """Return the different tracks over seeds; empty where some are not known, or where there is no track at all."""
    found = tuple(dict.fromkeys(run.tracks for run in variant.runs))
    nobody = all(run.metrics.get("Dets") == 0 for run in variant.runs)
    return () if variant.status != "ok" or "" in found or nobody else found


def twins_of(bundle: Bundle, name: str) -> tuple[str, ...]:
    """Return the other runs that have the same tracks."""
    return tuple(
        other for group in twins(bundle) if name in group for other in group if other != name
    )


def twin_sentences(bundle: Bundle) -> list[str]:
    """Return one sentence for each group of runs with the same tracks."""
    return [twin_sentence(group) for group in twins(bundle)]


def twin_sentence(names: Sequence[str]) -> str:
    """Return what equal tracks mean.

    >>> twin_sentence(["sort", "sort-slow"])
    'sort and sort-slow have the same tracks, byte for byte: what they differ in has no effect
    here.'
    """
    return f"{listed(names, _MOST)} have the same tracks, byte for byte: what they differ in has no effect here."
