"""The result of a suite as it lies on disk: ``results.json``.

Written by the runner and by ``mot-bench score``; read by reports and by the gate. It holds nothing
that differs between two runs of the same thing: times and the environment are in ``timing.json``
and ``environment.json`` beside. Metrics here are fractions and counts, in full precision;
percentages are made where people read them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mot_bench.errors import quoted
from mot_bench.files.places import inside, name_fault, place_fault
from mot_bench.reports.schema import Diagnosis, Reference
from mot_bench.reports.times import RunTiming

SCHEMA_VERSION = 1
Status = Literal["ok", "failed", "skipped"]


def _file_name(name: str) -> str:
    fault = name_fault(name)
    if fault is not None:
        raise ValueError(
            f"{quoted(name)} has {fault}: it cannot be the name of a file (score or run again)"
        )
    return name


def _folder_name(name: str) -> str:
    fault = place_fault(name)
    if fault is not None:
        raise ValueError(
            f"{quoted(name)} has {fault}: it cannot be the name of a folder (score or run again)"
        )
    return name


FileName = Annotated[str, AfterValidator(_file_name)]
FolderName = Annotated[str, AfterValidator(_folder_name)]
"""The name of a folder, or of folders with slashes between them: ``yolox/sort``."""


class Record(BaseModel):
    """Base of everything stored: strict and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class Score(Record):
    """Metrics of one sequence or of all together.

    ``metrics`` maps TrackEval's field names to fractions (HOTA and its family as the mean over
    alpha) or counts. ``curves`` maps HOTA, DetA, AssA, DetRe, DetPr, AssRe, AssPr, LocA to 19
    fractions at alpha = .05, .10 ... .95.
    """

    metrics: dict[str, float | int]
    curves: dict[str, list[float]] = Field(default_factory=dict)


class Counted(Record):
    """What counts in every score of a result, and by which rules.

    ``reason`` says where the rules were taken from. ``classes`` are those that count, by number and
    name; empty where classes are not looked at. ``boxes`` and ``identities`` of the ground truth
    count; ``ignored`` says how many other boxes there are, by the reason why they do not.
    ``removed`` are classes on which tracks count neither way.
    """

    benchmark: str
    reason: str
    classes: list[str] = Field(default_factory=list)
    boxes: int
    identities: int
    ignored: dict[str, int] = Field(default_factory=dict)
    removed: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class Scorer(Record):
    """Who scored, with which settings, and what counted: never mixed, never left out.

    ``computed_by`` says for each family of metrics whose code computed it; empty in files of
    earlier versions.
    """

    name: str
    version: str
    settings: dict[str, str | float | bool | list[int]]
    computed_by: dict[str, str] = Field(default_factory=dict)
    counted: Counted | None = None


class SequenceRecord(Record):
    """What identifies one sequence of a dataset."""

    name: FileName
    length: int
    frame_rate: float
    digest: str
    group: str = ""


class DatasetRecord(Record):
    """The dataset that was scored on.

    ``classes`` are the numbers in column 8 that somebody chose.
    """

    name: FileName
    benchmark: str
    split: str
    sequences: list[SequenceRecord]
    classes: list[int] = Field(default_factory=list)


class Calibration(Record):
    """Thresholds that were chosen on calibration scenes, with HOTA (a fraction) there before and after."""

    parameters: dict[str, object]
    hota_before: float
    hota_after: float
    tried: int


class ModelResult(Record):
    """A network with one seed: what it is, how it was trained, what it is worth.

    ``multiply_adds`` are of one picture (of one crop for ReID). ``diagnosis`` is by group, ``""``
    for all sequences. ``curve`` has rows with ``step``, ``learning_rate`` and the terms of the
    loss.
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
    recipe: dict[str, object] = Field(default_factory=dict)
    training: str = ""
    steps: int = 0
    weights_digest: str = ""
    diagnosis: dict[str, Diagnosis] = Field(default_factory=dict)
    curve: list[dict[str, float]] = Field(default_factory=list)
    detection_weight: float | None = None
    reid_weight: float | None = None
    note: str = ""


class RunResult(Record):
    """One row: a run with one seed.

    ``parameters`` are the tracker's, resolved, defaults included. ``detections_from`` says where
    detections lay whose name does not. ``detections_digests``, ``track_digests`` and ``sequences``
    are by sequence name. ``error`` is the one-line reason of a failed or skipped run.
    ``tracker_source`` is a digest of the tracker's code: its module and what that imports,
    libraries aside. ``groups`` are the parts of the dataset that are reported apart. ``embeddings``
    names a separate ReID network. ``trained`` says that a network trained here took part, so that
    figures repeat only within a tolerance. ``warnings`` say in a line each why the row may not mean
    what it seems to.
    """

    run: FolderName
    seed: int
    status: Status
    error: str = ""
    title: str = ""
    tracker: str = ""
    tracker_source: str = ""
    parameters: dict[str, object] = Field(default_factory=dict)
    detections: str = ""
    detections_from: str = ""
    detections_digests: dict[str, str] = Field(default_factory=dict)
    embeddings: str = ""
    trained: bool = False
    calibration: Calibration | None = None
    combined: Score | None = None
    groups: dict[str, Score] = Field(default_factory=dict)
    sequences: dict[str, Score] = Field(default_factory=dict)
    track_digests: dict[str, str] = Field(default_factory=dict)
    references: list[Reference] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)

    def making(self) -> str:
        """Return a digest of what was run and what came out: equal only where times of one are times of the other."""
        deciding = {
            "tracker",
            "tracker_source",
            "parameters",
            "detections_digests",
            "track_digests",
        }
        return hashlib.sha256(self.model_dump_json(include=deciding).encode()).hexdigest()


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
    models: list[ModelResult] = Field(default_factory=list)


class SuiteTiming(Record):
    """The content of ``timing.json``: measured on ``machine``.

    ``of`` is a digest of what was timed.

    ``load`` is the load average a core before timing began, ``cpu_share`` the CPU time of a second
    while it went on.
    """

    schema_version: int = SCHEMA_VERSION
    machine: str
    runs: tuple[RunTiming, ...]
    of: str = ""
    load: float | None = None
    cpu_share: float | None = None


def run_folder(out: Path, run: str, seed: int) -> Path:
    """Return where the files of a run with one seed lie in a results folder: ``runs/NAME/seed-N``.

    Raises:
        MotBenchError: the name, or a link on the way, leads out of the folder.
    """
    return inside(out, "runs", run, f"seed-{seed}")


def track_file(out: Path, run: str, seed: int, sequence: str) -> Path:
    """Return where the tracks of a run in a sequence lie in a results folder (errors as ``run_folder``)."""
    return inside(out, "runs", run, f"seed-{seed}", "tracks", f"{sequence}.txt")
