"""Datasets, detections and file formats."""

from __future__ import annotations

import dataclasses
import inspect

from docs.generator.markdown import WIDE, cell, code, prose, shown, table
from mot_bench.commands.listing import NOISE
from mot_bench.datasets import catalogue, mot_text, splits
from mot_bench.detections import formats, oracle, sources
from mot_bench.explaining import events
from mot_bench.scoring import profiles
from mot_bench.tracking import camera_motion as camera
from mot_bench.training_data import odgt


def data_pages() -> dict[str, str]:
    """Pages by path."""
    return {"reference/datasets.md": _datasets(), "reference/file-formats.md": _formats()}


def _datasets() -> str:
    rows = [
        (code(entry.name), cell(entry.title), cell(entry.looked_for), entry.benchmark, entry.split)
        for entry in catalogue.list_datasets()
    ]
    noise = [
        (code(f"{field.name}"), code(shown(field.default)), cell(NOISE[field.name]))
        for field in dataclasses.fields(oracle.OracleNoise)
    ]
    rules = [
        (name, "yes" if profiles.profile_of(name).uses_classes else "no",
         ", ".join(map(str, profiles.profile_of(name).distractor_classes)) or "none")
        for name in profiles.names()
    ]  # fmt: skip
    return "\n".join(
        [
            WIDE,
            "# Datasets and detections",
            "",
            "## Datasets by name",
            "",
            table(("name", "what it is", "where", "benchmark", "split"), rows),
            prose(inspect.getdoc(catalogue)),
            "",
            "## Splits",
            "",
            prose(inspect.getdoc(splits)),
            "",
            "## Whose rules count",
            "",
            prose(inspect.getdoc(profiles)),
            "",
            table(("benchmark", "classes are looked at", "classes of distractors"), rules),
            "## Detections by name",
            "",
            prose(inspect.getdoc(sources)),
            "",
            "Options of `oracle-noisy` (`detection_options` of a run):",
            "",
            table(("option", "default", "meaning"), noise),
        ]
    )


def _formats() -> str:
    parts = ["# File formats that are read", ""]
    for title, module in (
        ("Ground truth, detections and tracks as MOTChallenge text", mot_text),
        ("Detections and embeddings", formats),
        ("Camera motion", camera),
        ("CrowdHuman's annotations (`odgt:FILE@IMAGES`)", odgt),
    ):
        parts += [f"## {title}", "", prose(inspect.getdoc(module)), ""]
    parts += ["## Events: `events.csv`", "", prose(inspect.getdoc(events)), ""]
    parts += ["Columns: " + ", ".join(code(name) for name in events.COLUMNS) + "."]
    return "\n".join(parts)
