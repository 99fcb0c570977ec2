"""What lies in a results folder, from the records that write it."""

from __future__ import annotations

import dataclasses
from typing import Any

from pydantic import BaseModel
from pydantic.dataclasses import dataclass as checked_dataclass
from pydantic.fields import FieldInfo

from docs.generator.markdown import annotation_name, cell, code, default, prose, table
from mot_bench.explaining import records
from mot_bench.records import figures, results
from mot_bench.results.gating import baseline

FILES = (
    ("report.html", "The report: opens from disk, without a network."),
    ("report.md", "The answer and the leaderboard as Markdown, for a pull request."),
    (
        "leaderboard.csv, leaderboard.tex",
        "One row a run; the second for LaTeX (booktabs). Percentages.",
    ),
    ("sequences.csv, groups.csv", "One row a run and sequence; one a run and group of sequences."),
    ("statistics.csv", "Intervals, differences, p-values and verdicts."),
    (
        "differences.csv, models.csv",
        "Differences to the base run; networks with AP, TPR and what they cost.",
    ),
    ("timing.csv", "Milliseconds a frame and frames per second, where times were measured."),
    (
        "leaderboard.parquet, sequences.parquet",
        "The same as Parquet (--outputs parquet; needs the extra parquet).",
    ),
    ("results.json", "Everything in full precision: fractions and counts. See below."),
    ("counts.npz", "TrackEval's counts of each sequence: intervals are made from them."),
    ("explanation.json", "Errors by cause, gains of repairs, parts of differences. See below."),
    (
        "figures.json",
        "What some figures need beyond results.json: timelines, similarities. See below.",
    ),
    ("suite.json", "The suite as it was resolved; the same command makes the same again."),
    ("environment.json", "Versions, machine, commit, command line and times."),
    ("timing.json", "Times, with --timing or timing_frames. See below."),
    ("runs/NAME/seed-N/tracks/SEQUENCE.txt", "The tracks, as MOTChallenge text: the raw result."),
    ("runs/NAME/seed-N/events.csv", "Each error: frame, ids, cause."),
    ("runs/NAME/seed-N/videos/SEQUENCE.mp4", "With mot-bench video."),
    ("figures/", "With mot-bench plot."),
    ("viewer.html, gallery.html and the folder viewer/", "With mot-bench viewer."),
    ("store/", "Only in folders of versions up to 0.1, and still read: results of stages."),
)


def output_page() -> str:
    """The page."""
    parts = [
        "# Output files",
        "",
        "What `mot-bench run` writes into its output folder (`results/SUITE` unless `--out` says otherwise). "
        "`mot-bench score` writes the same, as far as it applies. Metrics inside are fractions and counts; percentages "
        "are made where people read them. Two runs of the same thing give the same bytes, but for `environment.json` "
        "and `timing.json`.",
        "",
        table(("file", "what it holds"), [(code(name), cell(text)) for name, text in FILES]),
        "",
        "What stages made (detections, trained networks, tracks, scores) lies in the store, one for all suites: the "
        "folder of `--store`, else of `MOT_BENCH_STORE`, else of `store` in the configuration file, else the user's "
        "cache. A results folder is whole without it. Several suites may use one store at once, on one machine or on "
        "a shared file system; what one is making, the others wait for. `mot-bench store list`, `size` and `prune` "
        "(`--older-than 30d`, `--max-size 20G`, `--unused`) show it and keep it small.",
    ]
    for title, module, top in (
        ("`results.json`", results, "SuiteResult"),
        ("`timing.json`", results, "SuiteTiming"),
        ("`explanation.json`", records, "ExplanationRecord"),
        ("`figures.json`", figures, "FigureRecord"),
        ("A gate's baseline", baseline, "Baseline"),
    ):
        parts += [f"## {title}", ""]
        for model in _reached(getattr(module, top)):
            parts += [f"### {model.__name__}", "", prose(model.__doc__), "", _record(model)]
    return "\n".join(parts)


def _reached(model: type[Any], seen: list[type[Any]] | None = None) -> list[type[Any]]:
    """Return a record and every record within it, in order of appearance."""
    seen = [] if seen is None else seen
    if model not in seen:
        seen.append(model)
        for field in _fields(model).values():
            for inner in _models(field.annotation):
                _reached(inner, seen)
    return seen


def _fields(model: type[Any]) -> dict[str, FieldInfo]:
    """Return the fields of a model or of a dataclass that is stored as it is."""
    if issubclass(model, BaseModel):
        return model.model_fields
    fields: dict[str, FieldInfo] = checked_dataclass(frozen=True)(model).__pydantic_fields__
    return fields


def _models(annotation: object) -> list[type[Any]]:
    if isinstance(annotation, type) and (
        issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation)
    ):
        return [annotation]
    return [found for each in getattr(annotation, "__args__", ()) for found in _models(each)]


def _record(model: type[Any]) -> str:
    rows = [
        (code(name), code(annotation_name(field.annotation)), code(default(field)))
        for name, field in _fields(model).items()
    ]
    return table(("field", "type", "default"), rows)
