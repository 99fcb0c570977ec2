"""The typed bundle that every table, figure and page is made from.

The harness fills it, and is not known here.

Metrics are fractions and counts in full precision; percentages are made where people read them.
Figures of others (``Reference``) come as they are printed, in percentages and counts, and are never
mixed with our own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mot_bench.reports.certainty import Certainty
from mot_bench.reports.explanation import Explanation
from mot_bench.reports.similarity import Similarity
from mot_bench.reports.timeline import Timeline
from mot_bench.reports.times import Timing

Kind = Literal["fraction", "count", "number"]
Status = Literal["ok", "failed", "skipped"]
PAGES = {
    "viewer.html": "Viewer",
    "gallery.html": "Costliest switches",
}  # as mot-bench viewer writes them
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
class Calibration:
    """Parameters (as text) that were chosen on calibration scenes of ``tried``, and HOTA there before and after."""

    parameters: Mapping[str, str]
    hota_before: float
    hota_after: float
    tried: int


@dataclass(frozen=True)
class Run:
    """One row: a run with one seed.

    Attributes:
        metrics: over all sequences, by metric name; empty where the run did not finish.
        curves: by metric name, one fraction for each alpha of the bundle.
        sequences: metrics by sequence name.
        parameters: resolved, as text, in the order of the tracker's configuration.
        error: one line, where the run failed or was skipped.
        groups: metrics by group of sequences, in the dataset's order.
        model: the network of the suite that its detections are from; empty for others.
        reid_model: the separate ReID network of the suite; empty where there is none.
        calibration: of its thresholds; None where they are as the suite says.
        detections_from: where its detections lay and which others were there, where their name does
            not say it.
        warnings: why its figures may not mean what they seem to, one line each.
        tracks: a digest of its track files; empty where they are not known.
        tracker_source: a digest of the tracker's code; empty where it is not known.
    """

    run: str
    seed: int
    status: Status
    error: str = ""
    title: str = ""
    tracker: str = ""
    detections: str = ""
    embeddings: str = ""
    trained: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    sequences: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    model: str = ""
    reid_model: str = ""
    calibration: Calibration | None = None
    warnings: tuple[str, ...] = ()
    tracks: str = ""
    detections_from: str = ""
    tracker_source: str = ""

    def metrics_in(self, group: str) -> Mapping[str, float]:
        """Metrics over a group of sequences; over all for ``""``."""
        return self.groups.get(group, {}) if group else self.metrics

    def references_of(self, kind: str) -> tuple[Reference, ...]:
        """Those of one kind, in the suite's order."""
        return tuple(reference for reference in self.references if reference.kind == kind)


@dataclass(frozen=True)
class Sequence:
    """One sequence of the dataset: ``length`` in frames, ``frame_rate`` in frames per second."""

    name: str
    length: int
    frame_rate: float
    group: str = ""


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

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the parts that are reported apart, in the order of the sequences."""
        return tuple(dict.fromkeys(sequence.group for sequence in self.sequences if sequence.group))


@dataclass(frozen=True)
class Scorer:
    """Who scored.

    Attributes:
        settings: as text.
        counted: in lines what counts, by which rules, and what is doubtful.
        computed_by: whose code computed each family of metrics.
    """

    name: str
    version: str
    settings: Mapping[str, str]
    counted: tuple[str, ...] = ()
    computed_by: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Diagnosis:
    """What a network is worth apart from any tracker: fractions, None where there is nothing to measure.

    Attributes:
        ap: detection, over the whole split at IoU 0.5.
        ap_visible: the same, with people less than half visible counting neither way.
        ap_paper: as FairMOT's code has it, in each picture and then averaged.
        tpr: ReID at a false accept rate of 0.1, over pairs of one sequence at least 10 frames
            apart, of people who are at least half visible; ``tpr_all`` of everybody.
        tpr_paper: over all pairs, those of other sequences included.
        rank1: how often the nearest embedding in the sequence, at least 10 frames apart, is of the
            same person.
    """

    ap: float | None = None
    ap_visible: float | None = None
    ap_paper: float | None = None
    tpr: float | None = None
    tpr_all: float | None = None
    tpr_paper: float | None = None
    rank1: float | None = None


@dataclass(frozen=True)
class Model:
    """A network with one seed: what it is, how it was trained, what it is worth.

    Attributes:
        kind: ``fairmot`` (pictures to detections) or ``reid`` (boxes to embeddings).
        specialist: ``detection`` or ``reid``, where it was trained for that task alone.
        multiply_adds: of one picture, of one crop for ReID.
        size: of what it is fed with, height and width in pixels; None where unknown.
        trained: here, by the suite.
        diagnosis: by group, ``""`` for all sequences.
        curve: rows with ``step``, the terms of the loss, and ``AP`` where it was measured on
            calibration frames.
        balance: ``learned``, ``fixed`` and so on; empty where it has none.
        detection_weight: of detection in the total loss, at the end: exp(-s) / 2 where it is
            learned.
        reid_weight: of ReID, likewise.
        fixed_weights: of detection and ReID, where the recipe fixes them.
        recipe_but_balance: equal for models that differ in nothing but their balance; empty where
            unknown.
    """

    model: str
    seed: int
    title: str = ""
    kind: str = "fairmot"
    file: str = ""
    specialist: str = ""
    architecture: str = ""
    parameters: int = 0
    multiply_adds: int = 0
    size: tuple[int, int] | None = None
    trained: bool = False
    training: str = ""
    steps: int = 0
    diagnosis: Mapping[str, Diagnosis] = field(default_factory=dict)
    curve: tuple[Mapping[str, float], ...] = ()
    balance: str = ""
    detection_weight: float | None = None
    reid_weight: float | None = None
    fixed_weights: tuple[float, float] | None = None
    recipe_but_balance: str = ""
    note: str = ""

    def worth(self, name: str, group: str = "") -> float | None:
        """A fraction of the diagnosis over a group, over all for ``""``.

        None where there is none.
        """
        diagnosis = self.diagnosis.get(group)
        value: float | None = getattr(diagnosis, name) if diagnosis is not None else None
        return value


@dataclass(frozen=True)
class Environment:
    """With what a suite ran, of what is known: versions by package, the code's commit, the machine in one line.

    ``command`` is what makes the suite again, without its output folder and its choice of runs and
    seeds.
    """

    python: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""
    machine: str = ""
    threads: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """Everything that a report shows.

    Attributes:
        base: the run that the others are compared with.
        metrics: definitions, in the order of the leaderboard's columns.
        headline: names of the columns that come first and are never hidden.
        alphas: localisation thresholds (IoU) of the curves.
        certainty: intervals and verdicts; None where there are none.
        explanation: errors by cause; None where there is none.
        similarities: of embeddings, a network and seed each.
        timelines: of some runs on one sequence.
        environment: with what it ran; None where nobody wrote it down.
        pages: those of ``PAGES`` that lie beside the report, with their titles.
        watched: what runs are called in these pages, by run and seed; those alone that are in them.
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
    models: tuple[Model, ...] = ()
    certainty: Certainty | None = None
    explanation: Explanation | None = None
    similarities: tuple[Similarity, ...] = ()
    timelines: tuple[Timeline, ...] = ()
    environment: Environment | None = None
    pages: Mapping[str, str] = field(default_factory=dict)
    watched: Mapping[tuple[str, int], str] = field(default_factory=dict)

    @property
    def headline_metrics(self) -> tuple[Metric, ...]:
        """Return the definitions of the columns that come first, in their order."""
        return tuple(self.metric(name) for name in self.headline)

    @property
    def detections(self) -> tuple[str, ...]:
        """Return what the runs that were not skipped were given, each once, with where it was taken from."""
        given = (run for run in self.runs if run.detections and run.status != "skipped")
        named = ((run.detections, run.detections_from) for run in given)
        return tuple(dict.fromkeys(f"{name} ({place})" if place else name for name, place in named))

    def metric(self, name: str) -> Metric:
        """The definition of a metric; a plain number where there is none."""
        return next(
            (metric for metric in self.metrics if metric.name == name),
            Metric(name, name, "number", None, ""),
        )

    def reference_metrics(self, kind: str) -> list[Metric]:
        """Return the metrics that any reference of a kind names, in the order of ``metrics``."""
        references = (one for run in self.runs for one in run.references_of(kind))
        named = {name for reference in references for name in reference.metrics}
        return [metric for metric in self.metrics if metric.name in named]

    @property
    def ranked(self) -> tuple[Run, ...]:
        """By HOTA, best first; what did not finish last; otherwise in the suite's order."""

        def key(run: Run) -> tuple[bool, float]:
            hota = run.metrics.get("HOTA", math.nan)
            return run.status != "ok" or math.isnan(hota), 0.0 if math.isnan(hota) else -hota

        return tuple(sorted(self.runs, key=key))

    def base_of(self, run: Run) -> Run | None:
        """The base run that a run is compared with: of the same seed, else the only one.

        None for the base itself.
        """
        if run.run == self.base:
            return None
        bases = [other for other in self.runs if other.run == self.base and other.status == "ok"]
        same = [other for other in bases if other.seed == run.seed]
        return same[0] if same else bases[0] if len(bases) == 1 else None
