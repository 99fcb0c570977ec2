"""Every metric of every run on every sequence, as data that the script fills a table from."""

from __future__ import annotations

import math
from itertools import takewhile

from mot_bench.reports.schema import Bundle, Metric, Run
from mot_bench.reports.variants import Variant, ranked_variants
from mot_bench.reports.wording import scale, unit

BY_SEQUENCE = ("DetRe", "DetPr", "AssRe", "AssPr", "LocA", "CLR_FN", "CLR_FP", "Frag")
LONG_PREFIX = 10


def sequence_metrics(bundle: Bundle) -> list[Metric]:
    """Those that can be chosen."""
    wanted = (*bundle.headline, *BY_SEQUENCE)
    return [metric for metric in bundle.metrics if metric.name in wanted]


def sequence_variants(bundle: Bundle) -> list[Variant]:
    """Runs with figures by sequence, best HOTA first."""
    return [
        variant for variant in ranked_variants(bundle) if any(run.sequences for run in variant.runs)
    ]


def sequence_data(bundle: Bundle) -> dict[str, object]:
    """For the script: by metric, run and seed a list with one figure a sequence, the combined one first.

    Figures are in the units that are shown; None where there is none.
    """
    variants = sequence_variants(bundle)
    prefix = common_prefix([sequence.name for sequence in bundle.dataset.sequences])
    return {
        "seeds": sorted({run.seed for variant in variants for run in variant.runs}),
        "prefix": prefix,
        "sequences": [
            {
                "name": one.name.removeprefix(prefix),
                "note": f"{one.length} frames, {one.frame_rate:g} frames/s",
            }
            for one in bundle.dataset.sequences
        ],
        "runs": [
            {"name": variant.name, "seeds": [run.seed for run in variant.runs]}
            for variant in variants
        ],
        "metrics": {
            metric.name: {
                "better": 0
                if metric.higher_is_better is None
                else 1
                if metric.higher_is_better
                else -1,
                "unit": unit(metric),
                "digits": 0 if metric.kind == "count" else 1,
                "meaning": metric.meaning,
                "rows": [
                    [_row(bundle, metric, run) for run in variant.runs] for variant in variants
                ],
            }
            for metric in sequence_metrics(bundle)
        },
    }


def common_prefix(names: list[str]) -> str:
    """What all names begin with, up to a hyphen, where leaving it out makes long names much shorter.

    >>> common_prefix(["street-levels-easy-posts", "street-levels-mid-posts"]), common_prefix(["MOT17-02", "MOT17-04"])
    ('street-levels-', '')
    """
    pairs = zip(min(names, default=""), max(names, default=""), strict=False)
    shared = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    shared = shared[: shared.rfind("-") + 1]
    return shared if len(names) > 1 and len(shared) >= LONG_PREFIX else ""


def _row(bundle: Bundle, metric: Metric, run: Run) -> list[float | int | None]:
    found = [run.metrics.get(metric.name)]
    found += [
        run.sequences.get(sequence.name, {}).get(metric.name)
        for sequence in bundle.dataset.sequences
    ]
    return [_value(metric, value) for value in found]


def _value(metric: Metric, value: float | None) -> float | int | None:
    if value is None or math.isnan(value):
        return None
    return (
        int(value)
        if metric.kind == "count" and value == int(value)
        else round(scale(metric) * value, 3)
    )
