"""Describe each metric: its meaning, source and direction. This module imports nothing heavy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["fraction", "count", "number"]

_HOTA = "Luiten et al., HOTA, IJCV 2020, arXiv 2009.07736"
_CLEAR = "Bernardin and Stiefelhagen, CLEAR MOT, 2008; MOTChallenge, arXiv 1603.00831"
_IDENTITY = "Ristani et al., 2016, arXiv 1609.01775"
_TRACKEVAL = "TrackEval 1.3.0"


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        name: TrackEval's name of the field.
        family: HOTA, CLEAR, Identity or Count.
        kind: ``fraction`` (shown as a percentage), ``count`` or ``number``.
        higher_is_better: None if neither direction is better.
        meaning: one line, with the formula if it is short.
        source: the paper or program that defines it.
    """

    name: str
    family: str
    kind: Kind
    higher_is_better: bool | None
    meaning: str
    source: str

    @property
    def title(self) -> str:
        """The usual name of the metric."""
        return _TITLES.get(self.name, self.name)


_TITLES = {
    "CLR_Re": "Recall",
    "CLR_Pr": "Precision",
    "CLR_TP": "TP",
    "CLR_FN": "FN",
    "CLR_FP": "FP",
    "CLR_F1": "F1",
}


def _family(
    family: str, source: str, rows: list[tuple[str, Kind, bool | None, str]]
) -> dict[str, Metric]:
    return {
        name: Metric(name, family, kind, better, meaning, source)
        for name, kind, better, meaning in rows
    }


METRICS: dict[str, Metric] = {
    **_family(
        "HOTA",
        _HOTA,
        [
            (
                "HOTA",
                "fraction",
                True,
                "sqrt(DetA * AssA), mean over 19 localisation thresholds alpha",
            ),
            ("DetA", "fraction", True, "detection accuracy TP / (TP + FN + FP), mean over alpha"),
            (
                "AssA",
                "fraction",
                True,
                "association accuracy: mean over TPs of TPA / (TPA + FNA + FPA), mean over alpha",
            ),
            ("DetRe", "fraction", True, "detection recall TP / (TP + FN), mean over alpha"),
            ("DetPr", "fraction", True, "detection precision TP / (TP + FP), mean over alpha"),
            (
                "AssRe",
                "fraction",
                True,
                "association recall: mean over TPs of TPA / (TPA + FNA), mean over alpha",
            ),
            (
                "AssPr",
                "fraction",
                True,
                "association precision: mean over TPs of TPA / (TPA + FPA), mean over alpha",
            ),
            ("LocA", "fraction", True, "mean IoU of the TPs, mean over alpha"),
            ("OWTA", "fraction", True, "sqrt(DetRe * AssA), mean over alpha"),
            ("HOTA(0)", "fraction", True, "HOTA at alpha 0.05"),
            ("LocA(0)", "fraction", True, "LocA at alpha 0.05"),
            ("HOTALocA(0)", "fraction", True, "HOTA(0) * LocA(0)"),
        ],
    ),
    **_family(
        "CLEAR",
        _CLEAR,
        [
            ("MOTA", "fraction", True, "1 - (FN + FP + IDSW) / ground-truth boxes, at IoU 0.5"),
            ("MOTP", "fraction", True, "mean IoU of the TPs at IoU 0.5"),
            ("MODA", "fraction", True, "1 - (FN + FP) / ground-truth boxes, at IoU 0.5"),
            ("MOTAL", "fraction", True, "MOTA with log10 of the identity switches"),
            ("sMOTA", "fraction", True, "MOTA with TPs weighted by IoU"),
            ("CLR_Re", "fraction", True, "TP / (TP + FN) at IoU 0.5"),
            ("CLR_Pr", "fraction", True, "TP / (TP + FP) at IoU 0.5"),
            ("CLR_F1", "fraction", True, "TP / (TP + FN / 2 + FP / 2) at IoU 0.5"),
            (
                "MTR",
                "fraction",
                True,
                "share of identities mostly tracked (over 80 % of their frames)",
            ),
            ("PTR", "fraction", None, "share of identities partly tracked (20 % to 80 %)"),
            ("MLR", "fraction", False, "share of identities mostly lost (under 20 %)"),
            ("FP_per_frame", "number", False, "false positives per frame"),
            (
                "IDSW",
                "count",
                False,
                "identity switches: a ground-truth identity changes its track",
            ),
            (
                "Frag",
                "count",
                False,
                "fragmentations: a ground-truth identity is found again after a gap",
            ),
            ("MT", "count", True, "identities mostly tracked"),
            ("PT", "count", None, "identities partly tracked"),
            ("ML", "count", False, "identities mostly lost"),
            ("CLR_TP", "count", True, "true positives at IoU 0.5"),
            ("CLR_FN", "count", False, "false negatives at IoU 0.5"),
            ("CLR_FP", "count", False, "false positives at IoU 0.5"),
            ("MOTP_sum", "number", None, "sum of the IoU of the TPs"),
            ("CLR_Frames", "count", None, "frames scored by CLEAR"),
        ],
    ),
    **_family(
        "Identity",
        _IDENTITY,
        [
            (
                "IDF1",
                "fraction",
                True,
                "IDTP / (IDTP + IDFN / 2 + IDFP / 2), identities matched one to one",
            ),
            ("IDR", "fraction", True, "IDTP / (IDTP + IDFN)"),
            ("IDP", "fraction", True, "IDTP / (IDTP + IDFP)"),
            ("IDTP", "count", True, "boxes on their identity's track"),
            ("IDFN", "count", False, "ground-truth boxes off it"),
            ("IDFP", "count", False, "track boxes off it"),
        ],
    ),
    **_family(
        "Count",
        _TRACKEVAL,
        [
            ("Dets", "count", None, "track boxes scored"),
            ("GT_Dets", "count", None, "ground-truth boxes scored"),
            ("IDs", "count", None, "tracks scored"),
            ("GT_IDs", "count", None, "ground-truth identities scored"),
            ("Frames", "count", None, "frames"),
        ],
    ),
}
"""Every metric that a score holds, in the order of its family."""

_FIRST = ("HOTA", "DetA", "AssA", "MOTA", "IDF1", "IDSW")
_LEFT_OUT = ("MOTP_sum", "CLR_Frames")
LEADERBOARD_ORDER: tuple[str, ...] = _FIRST + tuple(
    name for name in METRICS if name not in _FIRST and name not in _LEFT_OUT
)
"""Columns of the leaderboard."""


def format_value(name: str, value: float | None) -> str:
    """Return a value as tables show it: fractions as percentages, and nothing for None and NaN.

    >>> format_value("HOTA", 0.678031), format_value("IDSW", 170), format_value("HOTA", None)
    ('67.803', '170', '')
    """
    if value is None or math.isnan(value):
        return ""
    kind = METRICS[name].kind if name in METRICS else "number"
    if kind == "fraction":
        return f"{100 * value:.3f}"
    return f"{round(value)}" if kind == "count" else f"{value:.3f}"
