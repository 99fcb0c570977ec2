"""A page for each suite, and one for the keys of a suite's file."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from docs.generator.markdown import WIDE, cell, code, fields, prose, shown, table
from mot_bench.suites import loader
from mot_bench.suites.loader import list_suites, load_suite
from mot_bench.suites.schema import ModelSpec, ReferenceSpec, RunSpec, Suite

_HEADING = ("key", "type", "default", "range", "meaning")
_MORE = [
    ("extends", "text", "", "A suite's name or file: all that it says holds here."),
    ("drop", "list of text", "[]", "Runs of what is extended that are left out."),
    (
        "grid",
        "list of table",
        "[]",
        "As runs: one for each combination of the values in [grid.over].",
    ),
    ("data", "table", "{}", "Keys of references under a name, so that they are said once."),
]


def suite_pages() -> dict[str, str]:
    """Pages by path."""
    suites = [load_suite(name) for name in list_suites()]
    rows = [
        (
            f"[`{one.name}`]({one.name}.md)",
            cell(one.title),
            str(len(one.runs)),
            str(len(one.models)),
            code(one.dataset),
        )
        for one in suites
    ]
    index = "# Suites\n\nA suite is a named list of runs with one base run. [Keys of a suite's file](file.md).\n\n"
    index += table(("suite", "what it compares", "runs", "networks", "dataset"), rows)
    return {
        "reference/suites/index.md": index,
        "reference/suites/file.md": _schema_page(),
        **{f"reference/suites/{suite.name}.md": _page(suite) for suite in suites},
    }


def _page(suite: Suite) -> str:
    facts = [
        ("base run", code(suite.base)),
        ("dataset", code(suite.dataset)),
        ("detections", code(suite.detections)),
    ]
    facts += [
        ("seeds", ", ".join(map(str, suite.seeds))),
        ("training data", ", ".join(map(code, suite.training))),
    ]
    facts += [("calibration scenes", ", ".join(map(code, suite.calibration)))]
    parts = [WIDE, f"# `{suite.name}`", "", f"**{suite.title}.** {suite.description.strip()}", ""]
    parts += ["```sh", f"mot-bench run --suite {suite.name}", "```", ""]
    parts += [table(("", ""), [fact for fact in facts if fact[1]]), "## Runs", ""]
    parts += [
        table(
            ("run", "what it is", "tracker", "detections", "set", "calibrated"),
            map(_run_row, suite.runs),
        )
    ]
    if suite.models:
        rows = [_model_row(name, spec) for name, spec in suite.models.items()]
        parts += [
            "## Networks",
            "",
            table(("network", "what it is", "kind", "preset or file", "changes"), rows),
        ]
    references = [_reference_row(run.name, one) for run in suite.runs for one in run.references]
    if references:
        parts += [
            "## Figures of others",
            "",
            "Shown beside a run only where dataset and detections match.",
            "",
        ]
        parts += [table(("run", "kind", "figures", "source"), references)]
    return "\n".join(parts)


def _run_row(run: RunSpec) -> tuple[str, ...]:
    changed = _codes(f"{name} = {shown(value)}" for name, value in run.parameters.items())
    detections = _codes(each for each in (run.detections, run.embeddings) if each)
    tracker = f"[`{run.tracker}`](../trackers/{run.tracker}.md)"
    return (code(run.name), cell(run.title), tracker, detections, changed, _codes(run.calibrate))


def _model_row(name: str, spec: ModelSpec) -> tuple[str, ...]:
    changes = _codes(f"{key} = {shown(value)}" for key, value in _flat(spec.recipe))
    return (code(name), cell(spec.title), spec.kind, code(spec.file or spec.preset), changes)


def _codes(texts: Iterable[str]) -> str:
    """Each a piece of code of its own, so that a line ends between two and not within one."""
    return ", ".join(map(code, texts))


def _flat(values: dict[str, object], above: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name, value in values.items():
        path = f"{above}{name}"
        found += _flat(value, f"{path}.") if isinstance(value, dict) else [(path, value)]
    return found


def _reference_row(run: str, one: ReferenceSpec) -> tuple[str, ...]:
    figures = ", ".join(f"{name} {value:g}" for name, value in one.metrics.items())
    note = f" ({one.note})" if one.note else ""
    return (code(run), one.kind, cell(figures), cell(one.source + note))


def _schema_page() -> str:
    more = [
        (code(name), code(kind), code(default), "", cell(text))
        for name, kind, default, text in _MORE
    ]
    like = (
        code("like"),
        code("text"),
        "",
        "",
        "Another network of the file: this one is as it, but for what follows.",
    )
    parts = [
        "# A suite's file",
        "",
        prose(inspect.getdoc(loader)),
        "",
        "Unknown keys are refused.",
        "",
    ]
    parts += ["## The file", "", table(_HEADING, [*fields(Suite), *more])]
    parts += ["## A run: `[[runs]]`", "", table(_HEADING, fields(RunSpec))]
    parts += ["## A network: `[models.NAME]`", "", table(_HEADING, [*fields(ModelSpec), like])]
    parts += [
        "## Figures of others: `[[runs.references]]`",
        "",
        table(_HEADING, fields(ReferenceSpec)),
    ]
    return "\n".join(parts)
