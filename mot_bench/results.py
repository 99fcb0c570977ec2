"""The result of a suite as it lies on disk: ``results.json``.

Written by the runner and by ``mot-bench score``; read by reports and by the gate. It holds nothing that differs
between two runs of the same thing: times and the environment are in ``timing.json`` and ``environment.json`` beside.
Metrics here are fractions and counts, in full precision; percentages are made where people read them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
Status = Literal["ok", "failed", "skipped"]


class Record(BaseModel):
    """Base of everything stored: strict and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class Score(Record):
    """Metrics of one sequence or of all together.

    ``metrics`` maps TrackEval's field names to fractions (HOTA and its family as the mean over alpha) or counts.
    ``curves`` maps HOTA, DetA, AssA, DetRe, DetPr, AssRe, AssPr, LocA to 19 fractions at alpha = .05, .10 ... .95.
    """

    metrics: dict[str, float | int]
    curves: dict[str, list[float]] = Field(default_factory=dict)


class Scorer(Record):
    """Who scored: never mixed, never left out."""

    name: str
    version: str
    settings: dict[str, str | float | bool | list[int]]


class Reference(Record):
    """Figures of somebody else for a run, in percentages and counts: shown in columns of their own, never mixed.

    ``kind`` is ``published`` (a paper or a project's page says so) or ``original`` (the original implementation was
    run on these very detections).
    """

    kind: Literal["published", "original"]
    source: str
    metrics: dict[str, float]
    note: str = ""


class SequenceRecord(Record):
    """What identifies one sequence of a dataset."""

    name: str
    length: int
    frame_rate: float
    digest: str


class DatasetRecord(Record):
    """The dataset that was scored on."""

    name: str
    benchmark: str
    split: str
    sequences: list[SequenceRecord]


class RunResult(Record):
    """One row: a run with one seed.

    ``parameters`` are the tracker's, resolved, defaults included. ``detections_digests``, ``track_digests`` and
    ``sequences`` are by sequence name. ``error`` is the one-line reason of a failed or skipped run.
    ``trained`` says that a network trained here took part, so that figures repeat only within a tolerance.
    """

    run: str
    seed: int
    status: Status
    error: str = ""
    title: str = ""
    tracker: str = ""
    parameters: dict[str, object] = Field(default_factory=dict)
    detections: str = ""
    detections_digests: dict[str, str] = Field(default_factory=dict)
    trained: bool = False
    combined: Score | None = None
    sequences: dict[str, Score] = Field(default_factory=dict)
    track_digests: dict[str, str] = Field(default_factory=dict)
    references: list[Reference] = Field(default_factory=list)


class SuiteResult(Record):
    """A finished suite, or anybody's result files scored: the content of ``results.json``."""

    schema_version: int = SCHEMA_VERSION
    suite: str
    title: str = ""
    description: str = ""
    base: str | None = None
    dataset: DatasetRecord
    scorer: Scorer
    runs: list[RunResult]


class RunTiming(Record):
    """Times of one run with one seed, in a pass of its own (one job, warm-up dropped)."""

    run: str
    seed: int
    frames: int
    reading_s: float
    detecting_s: float
    embedding_s: float
    camera_s: float
    associating_s: float

    @property
    def association_fps(self) -> float:
        """Frames per second of the tracker alone."""
        return self.frames / self.associating_s if self.associating_s else 0.0

    @property
    def end_to_end_fps(self) -> float:
        """Frames per second of everything that a new video would cost: reading, detecting, embedding, associating."""
        total = self.reading_s + self.detecting_s + self.embedding_s + self.camera_s + self.associating_s
        return self.frames / total if total else 0.0


class SuiteTiming(Record):
    """The content of ``timing.json``: measured by ``--timing`` on ``machine``."""

    schema_version: int = SCHEMA_VERSION
    machine: str
    runs: list[RunTiming]
