"""Tables of networks as CSV: ``models.csv``, and ``differences.csv`` of runs to the base run."""

from __future__ import annotations

from mot_bench.reports.balance import fairness, milliseconds, networks_of
from mot_bench.reports.leaderboard import csv_text
from mot_bench.reports.schema import Bundle, Model
from mot_bench.reports.variants import base_variant, metric_difference, ranked_variants

WORTHS = ("ap_visible", "ap", "ap_paper", "tpr", "tpr_all", "tpr_paper", "rank1")
DIFFERENCES = ("HOTA", "AssA", "IDF1", "MOTA", "IDSW")
_HEAD = ("model", "seed", "title", "kind", "specialist", "trained", "architecture", "parameters", "multiply_adds",
         "input_height", "input_width", "steps", "detection_weight", "reid_weight", "detecting_ms")  # fmt: skip


def models_csv(bundle: Bundle) -> str | None:
    """One row a model, seed and group (``all`` first): percentages, and fairness as fractions.

    None without models.
    """
    if not bundle.models:
        return None
    rows = [[*_HEAD, "group", *WORTHS, "ap_of_specialist", "tpr_of_specialist"]]
    for network in networks_of(bundle):
        time = _fixed(milliseconds(bundle, network), 3)
        for model in network.models:
            for group in model.diagnosis or ("",):
                worths = [_fixed(model.worth(name, group), 3, 100) for name in WORTHS]
                shares = [
                    _fixed(fairness(bundle, model, task, group), 4)
                    for task in ("detection", "reid")
                ]
                rows.append([*_facts(model), time, group or "all", *worths, *shares])
    return csv_text(rows)


def differences_csv(bundle: Bundle) -> str | None:
    """One row a run, group (``all`` first) and metric.

    None without models, or without a base that finished.
    """
    base = base_variant(bundle)
    if not bundle.models or base is None or base.status != "ok":
        return None
    rows = [
        [
            "run",
            "base",
            "group",
            "metric",
            "mean",
            "min",
            "max",
            "seeds",
            "seeds_with_the_sign_of_the_mean",
        ]
    ]
    for variant in ranked_variants(bundle):
        for group in ("", *bundle.dataset.groups):
            for name in DIFFERENCES:
                metric = bundle.metric(name)
                change = metric_difference(variant, base, metric, group)
                if change is not None:
                    scale = 100 if metric.kind == "fraction" else 1
                    figures = [
                        _fixed(value, 3, scale) for value in (change.mean, change.low, change.high)
                    ]
                    head = [variant.name, base.name, group or "all", name]
                    rows.append([*head, *figures, str(change.count), str(change.agree)])
    return csv_text(rows)


def _facts(model: Model) -> list[str]:
    size = model.size or ("", "")
    return [
        model.model, str(model.seed), model.title, model.kind, model.specialist, "yes" if model.trained else "no",
        model.architecture, str(model.parameters or ""), str(model.multiply_adds or ""), str(size[0]), str(size[1]),
        str(model.steps or ""), _fixed(model.detection_weight, 4), _fixed(model.reid_weight, 4),
    ]  # fmt: skip


def _fixed(value: float | None, digits: int, scale: float = 1.0) -> str:
    """A figure with so many decimals; nothing for None."""
    return "" if value is None else f"{round(scale * value, digits) + 0.0:.{digits}f}"
