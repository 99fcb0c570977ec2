"""The typed bundle that every table, figure and page is made from. The harness fills it, and is not known here.

Metrics are fractions and counts in full precision; percentages are made where people read them. Figures of others
(``Reference``) come as they are printed, in percentages and counts, and are never mixed with our own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["fraction", "count", "number"]
Status = Literal["ok", "failed", "skipped"]
REFERENCE_KINDS: tuple[Literal["original", "published"], ...] = ("original", "published")


@dataclass(frozen=True)
class Metric:
    """What a column means.

    Attributes:
        name: its key in ``metrics``.
        title: the name as people write it.
        kind: ``fraction`` (shown as a percentage), ``count`` or ``number``.
        higher_is_better: None where neither way is.
        meaning: one line, with the formula where it is short.
        source: paper or program.
    """

    name: str
    title: str
    kind: Kind
    higher_is_better: bool | None
    meaning: str
    source: str = ""

    def shown(self, value: float | None) -> str:
        """A value as tables have it: percentages with three decimals, counts whole, nothing for None and NaN.

        >>> Metric("HOTA", "HOTA", "fraction", True, "").shown(0.678031)
        '67.803'
        """
        if value is None or math.isnan(value):
            return ""
        if self.kind == "count":
            return f"{value:.0f}"
        return f"{round(100 * value if self.kind == 'fraction' else value, 3) + 0.0:.3f}"

    def shown_printed(self, value: float | None) -> str:
        """A figure of others, in the decimals that it was printed with.

        >>> Metric("MOTA", "MOTA", "fraction", True, "").shown_printed(76.6)
        '76.6'
        """
        if value is None or math.isnan(value):
            return ""
        return f"{value:.0f}" if self.kind == "count" else f"{value:.10g}"


@dataclass(frozen=True)
class Reference:
    """Figures of others for a run, in percentages and counts.

    ``kind``: ``original`` (the original implementation on these very detections) or ``published``.
    """

    kind: Literal["original", "published"]
    source: str
    metrics: Mapping[str, float]
    note: str = ""


@dataclass(frozen=True)
class Run:
    """One row: a run with one seed.

    Attributes:
        metrics: over all sequences, by metric name; empty where the run did not finish.
        curves: by metric name, one fraction for each alpha of the bundle.
        sequences: metrics by sequence name.
        parameters: resolved, as text, in the order of the tracker's configuration.
        error: one line, where the run failed or was skipped.
    """

    run: str
    seed: int
    status: Status
    error: str = ""
    title: str = ""
    tracker: str = ""
    detections: str = ""
    trained: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    sequences: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()

    def references_of(self, kind: str) -> tuple[Reference, ...]:
        """Those of one kind, in the suite's order."""
        return tuple(reference for reference in self.references if reference.kind == kind)


@dataclass(frozen=True)
class Sequence:
    """One sequence of the dataset: ``length`` in frames, ``frame_rate`` in frames per second."""

    name: str
    length: int
    frame_rate: float


@dataclass(frozen=True)
class Dataset:
    """What was scored on."""

    name: str
    benchmark: str
    split: str
    sequences: tuple[Sequence, ...]

    @property
    def frames(self) -> int:
        """Frames of all sequences."""
        return sum(sequence.length for sequence in self.sequences)


@dataclass(frozen=True)
class Scorer:
    """Who scored; ``settings`` as text."""

    name: str
    version: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class RunTiming:
    """Times of one run with one seed: ``stages`` in seconds by name, speeds in frames per second."""

    run: str
    seed: int
    frames: int
    stages: Mapping[str, float]
    association_fps: float
    end_to_end_fps: float


@dataclass(frozen=True)
class Timing:
    """Measured on ``machine`` in a pass of its own."""

    machine: str
    runs: tuple[RunTiming, ...]


@dataclass(frozen=True)
class Bundle:
    """Everything that a report shows.

    Attributes:
        base: the run that the others are compared with.
        metrics: definitions, in the order of the leaderboard's columns.
        headline: names of the columns that come first and are never hidden.
        alphas: localisation thresholds (IoU) of the curves.
    """

    suite: str
    title: str
    description: str
    base: str | None
    dataset: Dataset
    scorer: Scorer
    metrics: tuple[Metric, ...]
    headline: tuple[str, ...]
    alphas: tuple[float, ...]
    runs: tuple[Run, ...]
    timing: Timing | None = None

    def metric(self, name: str) -> Metric:
        """The definition of a metric; a plain number where there is none."""
        return next((metric for metric in self.metrics if metric.name == name), Metric(name, name, "number", None, ""))

    @property
    def ranked(self) -> tuple[Run, ...]:
        """By HOTA, best first; what did not finish last; otherwise in the suite's order."""

        def key(run: Run) -> tuple[bool, float]:
            hota = run.metrics.get("HOTA", math.nan)
            return run.status != "ok" or math.isnan(hota), 0.0 if math.isnan(hota) else -hota

        return tuple(sorted(self.runs, key=key))

    def base_of(self, run: Run) -> Run | None:
        """The base run that a run is compared with: of the same seed, else the only one; None for the base itself."""
        if run.run == self.base:
            return None
        bases = [other for other in self.runs if other.run == self.base and other.status == "ok"]
        same = [other for other in bases if other.seed == run.seed]
        return same[0] if same else bases[0] if len(bases) == 1 else None
