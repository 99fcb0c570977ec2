"""Define the content of a suite: runs, parameters, seeds, data, and published figures.

Suites are TOML files (see ``mot_bench.suites.loader``, which resolves ``extends``, ``drop`` and
``grid``). Unknown keys are refused.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from mot_bench.files.places import name_fault

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def _check_name(name: str) -> str:
    if not NAME.fullmatch(name) or name_fault(name) is not None:
        raise ValueError("expected letters, digits and . _ + - (it becomes the name of a folder)")
    return name


def is_none(value: object) -> bool:
    """Return whether a value is the text ``none`` or ``null`` in any case.

    >>> is_none("None"), is_none("null"), is_none("nothing")
    (True, True, False)
    """
    return isinstance(value, str) and value.lower() in ("none", "null")


def _none(value: Any) -> Any:
    """Return None for the texts that stand for it, since TOML has no null."""
    return None if is_none(value) else value


def _check_seeds(seeds: list[int] | None) -> list[int] | None:
    if seeds is not None and len(set(seeds)) < len(seeds):
        raise ValueError("expected each seed once")
    return seeds


Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]


class Spec(BaseModel):
    """The strict and frozen base of all parts of a suite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ReferenceSpec(Spec):
    """Published figures for a run, and the data that they apply to.

    They are shown if dataset and detections both match. Digests are those of
    ``mot_bench.suites.references.combined_digest``.
    """

    kind: Literal["published", "original"] = Field(
        description="published: from a paper or a project's page; original: from the original code "
        "on these detections."
    )
    source: str = Field(min_length=1, description="Where the figures are from.")
    note: str = Field(
        "", description="What one must know to compare, for example another evaluator."
    )
    metrics: dict[str, float] = Field(min_length=1, description="Percentages and counts by metric.")
    datasets: list[str] = Field(
        default_factory=list, description="Names of datasets that they hold for."
    )
    ground_truth: list[str] = Field(
        default_factory=list,
        description="Digests of ground truth that they hold for. With datasets: any dataset.",
    )
    detections: list[str] = Field(
        default_factory=list,
        description="Names or digests of detections that they hold for. Empty: any.",
    )


class RunSpec(Spec):
    """One run: a tracker with its parameters."""

    name: str = Field(description="The run's name.")
    title: str = Field("", description="What it is, in a few words.")
    tracker: str = Field(description="A tracker's name, FILE.py:Class or module:Class.")
    parameters: dict[str, object] = Field(
        default_factory=dict,
        description="The tracker's parameters; those not named have their defaults.",
    )
    detections: str | None = Field(
        None, description="Detections of this run alone; None: the suite's."
    )
    detection_options: dict[str, object] = Field(
        default_factory=dict, description="Noise levels of the detections oracle-noisy."
    )
    camera_motion: Literal["none", "file", "optical-flow"] = Field(
        "file", description="Where camera motion is from, if the tracker needs it."
    )
    decimals: Annotated[int | None, BeforeValidator(_none)] = Field(
        2, ge=0, le=12, description='Decimals of boxes in track files; "none": all.'
    )
    embeddings: str | None = Field(
        None,
        description="A ReID network for the detections: model:NAME or an ONNX file; None: the "
        "embeddings that they come with.",
    )
    calibrate: dict[str, Annotated[list[object], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Values to choose from, by parameter: the best ones on the suite's calibration "
        "scenes are used.",
    )
    seeds: Seeds | None = Field(None, description="Seeds of this run alone; None: the suite's.")
    references: list[ReferenceSpec] = Field(
        default_factory=list, description="Figures of others for this run."
    )

    _name = field_validator("name")(_check_name)
    _seeds = field_validator("seeds")(_check_seeds)


class ModelSpec(Spec):
    """A network of the suite: trained by it, or taken from a file."""

    title: str = Field("", description="What it is, in a few words.")
    kind: Literal["fairmot", "reid"] = Field(
        "fairmot",
        description="fairmot: detections (and embeddings) of pictures; reid: embeddings of boxes.",
    )
    file: str | None = Field(
        None, description="Weights in place of training: a folder, .safetensors, .pth or .onnx."
    )
    preset: str = Field(
        "cpu", description="The recipe that the following changes: cpu, paper or tiny."
    )
    recipe: dict[str, object] = Field(
        default_factory=dict,
        description="Changes of the recipe: tables network, loss, pictures, loop.",
    )
    training: list[str] | None = Field(
        None, description="Training data of this model alone; None: the suite's."
    )
    specialist: Literal["", "detection", "reid"] = Field(
        "", description="The task that it was trained for alone: others are measured against it."
    )


class Suite(Spec):
    """Runs on one dataset, compared with a base."""

    name: str = Field(description="The suite's name; the file's if it says none.")
    title: str = Field("", description="What it compares, in a few words.")
    description: str = Field("", description="What one can learn from it.")
    base: str = Field(description="The run that the others are compared with.")
    dataset: str = Field(
        description="A dataset's name or a folder, unless --dataset says otherwise."
    )
    detections: str = Field(
        "auto", description="Detections of every run, unless --detections says otherwise."
    )
    seeds: Seeds = Field(
        default_factory=lambda: [0], description="Each run is done with each of these seeds."
    )
    models: dict[str, ModelSpec] = Field(
        default_factory=dict, description="Networks, by name: tables [models.NAME]."
    )
    training: list[str] = Field(
        default_factory=list,
        description="Training data: datasets (NAME or PATH, with @SPLIT) and odgt:FILE@IMAGES.",
    )
    calibration: list[str] = Field(
        default_factory=list,
        description="Scenes on the training side that no network saw: thresholds are chosen there.",
    )
    published_rows: bool = Field(
        False,
        description="Add to every calibrated run one with the values that its parameters say.",
    )
    timing_frames: int = Field(
        0,
        ge=0,
        description="The number of frames to measure times over after the runs; 0: only with "
        "--timing, over all frames.",
    )
    runs: list[RunSpec] = Field(
        min_length=1, description="The runs, in the order of the leaderboard."
    )

    _name = field_validator("name")(_check_name)
    _seeds = field_validator("seeds")(_check_seeds)

    @field_validator("models")
    @classmethod
    def _check_models(cls, models: dict[str, ModelSpec]) -> dict[str, ModelSpec]:
        for name in models:
            _check_name(name)
        return models

    def run(self, name: str) -> RunSpec:
        """Return the run with this name.

        Raises:
            KeyError: there is none.
        """
        for run in self.runs:
            if run.name == name:
                return run
        raise KeyError(name)
