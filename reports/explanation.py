"""Why a run lost: its errors by cause, what each cost, and what a difference in HOTA is made of, as reports show them.

The harness finds them (``mot_bench.explaining``); everything here is in fractions and counts, as in ``schema``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["false negative", "false positive", "loose box", "identity switch", "fragmentation"]
KINDS: tuple[Kind, ...] = ("false negative", "false positive", "loose box", "identity switch", "fragmentation")


@dataclass(frozen=True)
class Cause:
    """A cause of errors and how often it occurred over all sequences.

    ``cause`` is a few words, such as ``after occlusion``; empty where a kind has but one.
    ``gains`` are HOTA, IDF1 and MOTA (fractions) that the run would gain if this cause alone were repaired.
    """

    kind: Kind
    cause: str
    count: int
    gains: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Slice:
    """Quality for a part of the ground truth, such as small people.

    Attributes:
        by: ``size``, ``visibility`` or ``density``.
        label: the part with its limits and unit.
        boxes: of the ground truth in it.
        ap: of the detections, None where they have no scores or there are none.
        recall, idf1: of the tracks.
    """

    by: Literal["size", "visibility", "density"]
    label: str
    boxes: int
    ap: float | None
    recall: float | None
    idf1: float | None


@dataclass(frozen=True)
class RunExplanation:
    """The errors of a run with one seed; ``inert``: its track files equal the base run's, byte for byte."""

    run: str
    seed: int
    causes: tuple[Cause, ...] = ()
    slices: tuple[Slice, ...] = ()
    inert: bool = False


@dataclass(frozen=True)
class Split:
    """HOTA of ``run`` less HOTA of ``base``, and its Shapley parts, which add up to it (fractions)."""

    run: str
    base: str
    seed: int
    difference: float
    detection: float
    association: float
    localisation: float


@dataclass(frozen=True)
class Explanation:
    """What was found for the runs of a bundle; ``splits`` are against the suite's base run."""

    runs: tuple[RunExplanation, ...] = ()
    splits: tuple[Split, ...] = ()

    def of(self, run: str, seed: int) -> RunExplanation | None:
        """That of a run; None where there is none."""
        return next((one for one in self.runs if (one.run, one.seed) == (run, seed)), None)
