"""Every metric with its formula and its source."""

from __future__ import annotations

from docs.generator.markdown import cell, code, prose, table
from mot_bench.reports.schema import Diagnosis
from mot_bench.scoring.metrics import METRICS

_A = "<sub>α</sub>"
_MEAN = "mean over α of "

FORMULAS: dict[str, str] = {
    "HOTA": f"{_MEAN}√(DetA{_A} · AssA{_A})",
    "DetA": f"{_MEAN}TP / (TP + FN + FP)",
    "AssA": f"{_MEAN}(1 / TP) · Σ<sub>c ∈ TP</sub> TPA(c) / (TPA(c) + FNA(c) + FPA(c))",
    "DetRe": f"{_MEAN}TP / (TP + FN)",
    "DetPr": f"{_MEAN}TP / (TP + FP)",
    "AssRe": f"{_MEAN}(1 / TP) · Σ<sub>c ∈ TP</sub> TPA(c) / (TPA(c) + FNA(c))",
    "AssPr": f"{_MEAN}(1 / TP) · Σ<sub>c ∈ TP</sub> TPA(c) / (TPA(c) + FPA(c))",
    "LocA": f"{_MEAN}(1 / TP) · Σ<sub>c ∈ TP</sub> IoU(c)",
    "OWTA": f"{_MEAN}√(DetRe{_A} · AssA{_A})",
    "HOTA(0)": "√(DetA · AssA) at α = 0.05",
    "LocA(0)": "LocA at α = 0.05",
    "HOTALocA(0)": "HOTA(0) · LocA(0)",
    "MOTA": "1 − (FN + FP + IDSW) / (TP + FN)",
    "MOTP": "(1 / TP) · Σ<sub>c ∈ TP</sub> IoU(c)",
    "MODA": "1 − (FN + FP) / (TP + FN)",
    "MOTAL": "1 − (FN + FP + log<sub>10</sub> IDSW) / (TP + FN); no switches count 0",
    "sMOTA": "(Σ<sub>c ∈ TP</sub> IoU(c) − FP − IDSW) / (TP + FN)",
    "CLR_Re": "TP / (TP + FN)",
    "CLR_Pr": "TP / (TP + FP)",
    "CLR_F1": "TP / (TP + ½ FN + ½ FP)",
    "MTR": "MT / (MT + PT + ML)",
    "PTR": "PT / (MT + PT + ML)",
    "MLR": "ML / (MT + PT + ML)",
    "FP_per_frame": "FP / frames",
    "IDSW": "number of TPs whose track differs from the person's last track",
    "Frag": "number of times that a person is tracked again after an interruption",
    "MT": "people tracked in more than 80 % of their frames",
    "PT": "people tracked in 20 % to 80 % of their frames",
    "ML": "people tracked in less than 20 % of their frames",
    "CLR_TP": "matched pairs of a true box and a track's box, IoU ≥ 0.5",
    "CLR_FN": "true boxes − TP",
    "CLR_FP": "tracks' boxes − TP",
    "MOTP_sum": "Σ<sub>c ∈ TP</sub> IoU(c)",
    "CLR_Frames": "frames",
    "IDF1": "IDTP / (IDTP + ½ IDFN + ½ IDFP)",
    "IDR": "IDTP / (IDTP + IDFN)",
    "IDP": "IDTP / (IDTP + IDFP)",
    "IDTP": "boxes with IoU ≥ 0.5 under the one-to-one assignment of people to tracks that has most of them",
    "IDFN": "true boxes − IDTP",
    "IDFP": "tracks' boxes − IDTP",
    "Dets": "tracks' boxes",
    "GT_Dets": "true boxes",
    "IDs": "tracks",
    "GT_IDs": "people",
    "Frames": "frames",
}
"""A readable formula of each metric, as HTML."""

_WAY = {True: "higher", False: "lower", None: "neither"}
_INTRODUCTION = {
    "HOTA": "α is the overlap (IoU) that a track's box needs to count as a hit: 0.05, 0.10 … 0.95. TP, FN and FP are "
    "hits, missed true boxes and boxes on nobody at that α. For a hit c of person p by track t: TPA(c) are all hits of "
    "p by t, FNA(c) the other true boxes of p, FPA(c) the other boxes of t. Here and everywhere, several sequences are "
    "combined by their counts (TrackEval's `combine_sequences`), never by averaging ratios.",
    "CLEAR": "At an IoU of at least 0.5. A match of the frame before is kept as long as it holds.",
    "Identity": "Each person is assigned to at most one track over the whole sequence, and each track to one person.",
    "Count": "What was scored, after the benchmark's preprocessing (distractors removed).",
}


def metric_page() -> str:
    """The page."""
    parts = [
        "# Metrics",
        "",
        "Figures are TrackEval's own. In `results.json` they are fractions; tables show percent.",
        "",
    ]
    for family in dict.fromkeys(metric.family for metric in METRICS.values()):
        found = [metric for metric in METRICS.values() if metric.family == family]
        rows = [
            (code(one.name) + (f" ({one.title})" if one.title != one.name else ""), FORMULAS[one.name],
             cell(one.meaning), "percent" if one.kind == "fraction" else one.kind, _WAY[one.higher_is_better])
            for one in found
        ]  # fmt: skip
        parts += [f"## {family}", "", _INTRODUCTION[family], "", f"Source: {found[0].source}.", ""]
        parts += [table(("metric", "formula", "meaning", "shown as", "better"), rows)]
    parts += ["## Of networks: AP, TPR, Rank-1", "", prose(Diagnosis.__doc__), ""]
    parts += [
        "AP is the area under precision over recall of all detections, best first. TPR is the share of pairs of one "
        "person whose similarity exceeds the threshold at which one in ten pairs of different people does.",
    ]
    return "\n".join(parts)
