"""What there is, in lines as wide as the terminal, at most 100 columns: suites, runs, trackers and data."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from mot_bench.errors import MotBenchError, did_you_mean
from mot_bench.suites.loader import list_suites, load_suite
from mot_bench.suites.parameters import parameter_fields, validated_parameters
from mot_bench.suites.schema import ReferenceSpec, RunSpec, Suite
from mot_bench.tracking.judging import Judgement, ParameterField, show
from mot_bench.tracking.opening import judged

WIDTH = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 100)
WIDEST = 40  # columns but the last
NARROWEST = 8
LAST_COLUMN = 20

DETECTIONS = {
    "auto": "embeddings.npz in the sequence folders if all have it, else det/det.txt; simulated for street",
    "det": "det/det.txt in the sequence folders: a benchmark's public detections",
    "embeddings": "embeddings.npz in the sequence folders: boxes, scores and ReID features",
    "oracle": "the pedestrians of the ground truth, score 1",
    "oracle-noisy": "the same with misses, false positives and noise, from the run's seed",
    "PATH": "a folder with a file for each sequence (.txt, .npy or .npz)",
}
NOISE = {
    "misses": "fraction of pedestrians that are not detected",
    "occluded_misses": "fraction missed beside, times the hidden part of the person",
    "false_positives": "boxes a frame that are nobody's, on average",
    "box": "standard deviation of a box's edges, in fractions of its width and height",
    "score": "standard deviation of scores",
}


def suite_lines(name: str | None, data_root: Path | None) -> list[str]:  # noqa: ARG001 - as its siblings
    """All suites and the keys of a suite's file; or one suite with its runs."""
    if name is None:
        suites = [load_suite(each) for each in list_suites()]
        rows = [
            (suite.name, f"{len(suite.runs)} runs", suite.dataset, suite.title) for suite in suites
        ]
        keys = [
            *_fields(Suite),
            ("extends", "", "A suite's name or file: all that it says holds here."),
        ]
        keys += [("drop", "", "Runs of it that are left out.")]
        keys += [("grid", "", "One run for each combination of the values in [grid.over].")]
        return [*table(("suite", "", "dataset", "what it compares"), rows), "", "Keys of a suite's file:",
                *table(("key", "default", "meaning"), keys)]  # fmt: skip
    suite = load_suite(name)
    facts = [("base", suite.base), ("dataset", suite.dataset), ("detections", suite.detections)]
    facts += [("seeds", ", ".join(map(str, suite.seeds)))]
    rows = [(run.name, run.tracker, _changes(run), run.title) for run in suite.runs]
    heading = [f"{suite.name}: {suite.title}" if suite.title else suite.name]
    return [*heading, *textwrap.wrap(suite.description, WIDTH), "", *table(None, facts), "",
            *table(("run", "tracker", "parameters set", "what it is"), rows)]  # fmt: skip


def run_lines(name: str | None, data_root: Path | None) -> list[str]:  # noqa: ARG001 - as its siblings
    """All runs and the keys of a run.

    Or the runs of one suite, or of one name, with every parameter.

    Raises:
        MotBenchError: no suite and no run is called so.
    """
    if name is None:
        suites = [load_suite(each) for each in list_suites()]
        rows = [
            (suite.name, run.name, run.tracker, run.title) for suite in suites for run in suite.runs
        ]
        return [*table(("suite", "run", "tracker", "what it is"), rows), "", "Keys of a run:",
                *table(("key", "default", "meaning"), _fields(RunSpec))]  # fmt: skip
    if name in list_suites() or Path(name).exists() or name.endswith(".toml"):
        suite = load_suite(name)
        found = [(suite.name, run) for run in suite.runs]
    else:
        found = [
            (each, run)
            for each in list_suites()
            for run in load_suite(each).runs
            if run.name == name
        ]
    if not found:
        names = {run.name: None for each in list_suites() for run in load_suite(each).runs}
        raise MotBenchError(
            f"runs {name}: expected a suite ({', '.join(list_suites())}), a suite's file or a run "
            f"({', '.join(names)}), found none of them"
            f"{did_you_mean(name, [*list_suites(), *names])}"
        )
    lines = []
    for number, (suite_name, run) in enumerate(found):
        lines += [""] * bool(number) + _one_run(run, suite_name)
    return lines


def tracker_lines(name: str | None, data_root: Path | None) -> list[str]:  # noqa: ARG001 - as its siblings
    """All trackers; or one with every parameter, its default and its meaning.

    Raises:
        MotBenchError: no tracker is called so.
    """
    from mot_bench.trackers import registry

    if name is None:
        rows = [_tracker_row(each) for each in registry.names()]
        lines = table(("tracker", "needs", "what it is"), rows)
        return [*lines, "", "A tracker of your own: FILE.py:Class (see CONTRIBUTING.md)."]
    tracker = judged(name, {})
    text = tracker.module_text if ":" not in name else tracker.text
    parameters = table(("parameter", "default", "meaning"), _parameter_rows(tracker.fields))
    return [*_paragraphs(text or name), "", f"needs: {_needs(tracker)}", "", *parameters]


def dataset_lines(name: str | None, data_root: Path | None) -> list[str]:
    """All datasets that can be named, and whether they are there; or one with its sequences."""
    from mot_bench.datasets.catalogue import list_datasets, open_dataset

    if name is None:
        entries = []
        for entry in list_datasets():
            there = (
                any((data_root / place).is_dir() for place in entry.places) if data_root else False
            )
            state = "there" if there or not entry.places else "not found"
            entries.append((entry.name, state, f"{entry.title} ({entry.looked_for})"))
        return table(("dataset", "", "what it is"), entries)
    dataset = open_dataset(name, data_root)
    rows = []
    for one in dataset.sequences:
        size = f"{one.width} x {one.height}" if one.width else "size unknown"
        pictures = "pictures" if one.load_frames is not None else "no pictures"
        rows.append(
            (one.name, f"{one.length} frames", f"{one.frame_rate:g} fps", f"{size}, {pictures}")
        )
    return [f"{dataset.name}: {dataset.benchmark}, split {dataset.split}", "", *table(None, rows)]


def detection_lines(name: str | None, data_root: Path | None) -> list[str]:
    """All detections that can be named; or one, with its options.

    Raises:
        MotBenchError: no detections are called so.
    """
    from mot_bench.detections.oracle import OracleNoise

    found: dict[str, str] = {}
    for place in sorted(
        [*data_root.glob("*/detections/*"), *data_root.glob("detections/*")] if data_root else []
    ):
        if place.is_dir():
            found.setdefault(place.name, f"{len(list(place.iterdir()))} files in {place}")
    known = {**DETECTIONS, **found}
    if name is None:
        return table(("detections", "what they are"), list(known.items()))
    if name not in known:
        raise MotBenchError(
            f"detections {name}: expected one of {', '.join(known)}, found none{did_you_mean(name, known)}"
        )
    lines = table(None, [(name, known[name])])
    if name == "oracle-noisy":
        options = [
            (field.name, show(field.default), NOISE[field.name])
            for field in dataclasses.fields(OracleNoise)
        ]
        lines += ["", *table(("option", "default", "meaning"), options)]
    return lines


LISTINGS: dict[str, Callable[[str | None, Path | None], list[str]]] = {
    "suites": suite_lines,
    "runs": run_lines,
    "trackers": tracker_lines,
    "datasets": dataset_lines,
    "detections": detection_lines,
}


def table(heading: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns of text, wrapped where they are wider than ``WIDEST`` or, the last one, than what is left of a line.

    >>> table(("name", "meaning"), [("a", "one"), ("long", "two")])
    ['name  meaning', 'a     one', 'long  two']
    """
    all_rows = [*([heading] if heading else []), *rows]
    if not all_rows:
        return []
    widths = [
        min(max(1, *(len(row[column]) for row in all_rows)), WIDEST)
        for column in range(len(all_rows[0]) - 1)
    ]
    # The last column gets its room from the widest between it and the first, which holds names.
    while (last := WIDTH - sum(widths) - 2 * len(widths)) < LAST_COLUMN and max(
        widths[1:], default=0
    ) > NARROWEST:
        widths[widths.index(max(widths[1:]), 1)] -= 1
    widths.append(max(last, NARROWEST))
    lines = []
    for row in all_rows:
        cells = [
            textwrap.wrap(text, width, break_on_hyphens=False)
            for text, width in zip(row, widths, strict=True)
        ]
        for parts in itertools.zip_longest(*cells, fillvalue=""):
            lines.append(
                "  ".join(
                    f"{part:<{width}}" for part, width in zip(parts, widths, strict=True)
                ).rstrip()
            )
    return lines


def _fields(model: type[BaseModel]) -> list[tuple[str, str, str]]:
    rows = []
    for name, field in model.model_fields.items():
        default = (
            "required"
            if field.is_required()
            else show(field.get_default(call_default_factory=True))
        )
        rows.append((name, default, field.description or ""))
    return rows


def _parameter_rows(fields: Mapping[str, ParameterField]) -> list[tuple[str, str, str]]:
    return [(name, field.default, field.meaning) for name, field in fields.items()]


def _one_run(run: RunSpec, suite: str) -> list[str]:
    values, fields = validated_parameters(run, suite), parameter_fields(run, suite)
    facts = [
        ("suite", suite),
        ("tracker", run.tracker),
        ("detections", run.detections or "the suite's"),
    ]
    facts += [("camera motion", run.camera_motion), ("decimals", show(run.decimals))]
    facts += [("figures", _figures(each)) for each in run.references]
    rows = [(name, show(value), "*" if name in run.parameters else "", fields[name].meaning)
            for name, value in values.items()]  # fmt: skip
    heading = [f"{run.name}: {run.title}" if run.title else run.name]
    return [
        *heading,
        *table(None, facts),
        "",
        *table(("parameter", "value", "", "meaning (* set by the run)"), rows),
    ]


def _figures(reference: ReferenceSpec) -> str:
    figures = ", ".join(f"{name} {value:g}" for name, value in reference.metrics.items())
    note = f" ({reference.note})" if reference.note else ""
    return f"{reference.kind}, {reference.source}: {figures}{note}"


def _changes(run: RunSpec) -> str:
    return ", ".join(f"{name}={show(value)}" for name, value in run.parameters.items())


def _needs(tracker: Judgement) -> str:
    if tracker.needs is None:
        return tracker.needs_fault or "as its parameters say"
    return (
        ", ".join(sorted(need.value.replace("_", " ") for need in tracker.needs)) or "boxes alone"
    )


def _tracker_row(name: str) -> tuple[str, str, str]:
    """Return name, needs and summary of a tracker; one that cannot be used says why."""
    try:
        tracker = judged(name, {})
    except MotBenchError as error:
        return name, "", f"cannot be used: {error}"
    return name, _needs(tracker), tracker.text.partition("\n")[0]


def _paragraphs(text: str) -> list[str]:
    """A docstring, wrapped anew."""
    wrapped = [textwrap.wrap(paragraph, WIDTH) for paragraph in text.split("\n\n")]
    return [line for paragraph in wrapped for line in (*paragraph, "")][:-1]
