"""What the gate says: a table in the terminal, Markdown for a pull request, JUnit XML for a CI server."""

from __future__ import annotations

import re
from typing import Literal
from xml.etree import ElementTree as ET

from rich.table import Table
from rich.text import Text

from mot_bench.results.gating.comparison import FAILING, GateReport, MetricCheck, RunCheck
from mot_bench.scoring.metrics import METRICS

_SHOWN = ("HOTA", "MOTA", "IDF1", "IDSW")
INFORMS = "informs"
_STYLES = {"ok": "green", "better": "cyan", "new": "cyan", "skipped": "yellow"}


def figure(metric: str, value: float | None, *, sign: bool = False) -> str:
    """A percentage with three decimals, a count whole, with its sign if it is a change.

    NaN for None.

    >>> figure("HOTA", 67.8), figure("IDSW", 12.0), figure("IDSW", 12.0, sign=True), figure("HOTA", None)
    ('67.800', '12', '+12', 'NaN')
    """
    if value is None:
        return "NaN"
    decimals = 0 if METRICS[metric].kind == "count" else 3
    return f"{value:{'+' if sign else ''}.{decimals}f}"


def change_of(check: MetricCheck) -> str:
    """The change with its sign; empty where there is none, or no number."""
    if check.baseline is None or check.found is None or check.change == "same":
        return ""
    return figure(check.metric, check.found - check.baseline, sign=True)


def findings(run: RunCheck) -> list[str]:
    """What there is to say of a run, a line each."""
    return [*run.reasons, *(_finding(check) for check in run.checks if check.change != "same")]


def _finding(check: MetricCheck) -> str:
    title = METRICS[check.metric].title
    line = f"{title} {figure(check.metric, check.baseline)} -> {figure(check.metric, check.found)}"
    details = [
        change_of(check),
        check.change,
        f"allowed {figure(check.metric, check.allowed)}" if check.allowed else "",
        "" if check.decides else INFORMS,
    ]
    return f"{line} ({', '.join(detail for detail in details if detail)})"


def gate_table(report: GateReport) -> Table:
    """The table of the terminal: one row a run."""
    table = Table(
        title=f"{report.suite}: {report.summary}", title_justify="left", header_style="bold"
    )
    table.add_column("run", overflow="fold")
    table.add_column("outcome", no_wrap=True)
    for metric in _SHOWN:
        table.add_column(metric, justify="right", no_wrap=True)
    table.add_column("finding", overflow="fold")
    for run in report.runs:
        style = "red" if run.outcome in FAILING else _STYLES[run.outcome]
        values = [Text(value) for value in _values(run)]
        table.add_row(
            Text(run.name), Text(run.outcome, style), *values, Text("\n".join(findings(run)))
        )
    return table


def _values(run: RunCheck) -> list[str]:
    found = {check.metric: figure(check.metric, check.found) for check in run.checks}
    return [found.get(metric, "") for metric in _SHOWN]


def remarks(report: GateReport) -> list[str]:
    """Lines about the whole: what is not comparable, what merely differs."""
    return [f"not comparable: {line}" for line in report.mismatches] + [
        f"note: {line}" for line in report.notices
    ]


def markdown(report: GateReport) -> str:
    """Return the report as GitHub shows it under a pull request."""
    lines = [f"### mot-bench {report.summary}", "", f"Suite: {_cell(report.suite)}", ""]
    if remarks(report):
        lines += [*(f"- {_cell(line)}" for line in remarks(report)), ""]
    lines += _table_of_runs(report)
    changed = [
        (run, check) for run in report.runs for check in run.checks if check.change != "same"
    ]
    if changed:
        lines += ["", "Changes", "", *_table_of_changes(changed)]
    return "\n".join(lines) + "\n"


def _table_of_runs(report: GateReport) -> list[str]:
    """Return a row for each run with its outcome and the figures that decide."""
    rows = []
    for run in report.runs:
        figures = [_with_change(run, metric) for metric in _SHOWN]
        rows.append([run.name, _mark(run), *figures, "\n".join(run.reasons)])
    return _markdown_table(["run", "outcome", *_SHOWN, "finding"], rows, "llrrrrl")


def _table_of_changes(changed: list[tuple[RunCheck, MetricCheck]]) -> list[str]:
    """Return a row for each metric that is not as in the baseline."""
    header = ["run", "metric", "baseline", "found", "change", "allowed", ""]
    return _markdown_table(header, [_row_of_change(*one) for one in changed], "llrrrrl")


def _row_of_change(run: RunCheck, check: MetricCheck) -> list[str]:
    return [
        run.name,
        METRICS[check.metric].title,
        figure(check.metric, check.baseline),
        figure(check.metric, check.found),
        change_of(check),
        figure(check.metric, check.allowed) if check.allowed else "exact",
        check.change if check.decides else f"{check.change}, {INFORMS}",
    ]


def _mark(run: RunCheck) -> str:
    return f"**{run.outcome}**" if run.outcome in FAILING else run.outcome


def _with_change(run: RunCheck, metric: str) -> str:
    for check in run.checks:
        if check.metric == metric:
            change = change_of(check)
            return figure(metric, check.found) + (f" ({change})" if change else "")
    return ""


def _markdown_table(header: list[str], rows: list[list[str]], align: str) -> list[str]:
    rules = ["---:" if side == "r" else "---" for side in align]
    # The outcome's own stars are Markdown; everything else is text.
    texts = [
        [cell if re.fullmatch(r"\*\*[a-z ]+\*\*", cell) else _cell(cell) for cell in row]
        for row in rows
    ]
    return [f"| {' | '.join(cells)} |" for cells in [header, rules, *texts]]


def _cell(text: str) -> str:
    """Text that Markdown shows as it is, in one line of a table."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\|`*_\[\]~])", r"\\\1", text)
    return re.sub(r"\s*\n\s*", "<br>", text.strip())


def junit(report: GateReport) -> str:
    """JUnit XML: one test case a run. A regression is a failure.

    What could not be compared is an error.
    """
    cases = [_case(report, run) for run in report.runs]
    kinds = [case[0].tag if len(case) else "" for case in cases]
    suite = ET.Element(
        "testsuite",
        name=_legal(f"mot-bench gate {report.suite}"),
        tests=str(len(cases)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
    )
    suite.extend(cases)
    if remarks(report):
        ET.SubElement(suite, "system-out").text = _legal("\n".join(remarks(report)))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(report: GateReport, run: RunCheck) -> ET.Element:
    case = ET.Element(
        "testcase", classname=_legal(f"mot-bench.{report.suite}"), name=_legal(run.name)
    )
    found = findings(run) + (list(report.mismatches) if run.outcome == "not comparable" else [])
    if run.outcome in ("ok", "better"):
        if found:
            ET.SubElement(case, "system-out").text = _legal("\n".join(found))
        return case
    kind: Literal["failure", "error", "skipped"] = (
        "failure"
        if run.outcome == "regression"
        else "error"
        if run.outcome in FAILING
        else "skipped"
    )
    worst = [_finding(check) for check in run.checks if check.change == "worse" and check.decides]
    message = _legal("; ".join([run.outcome, *run.reasons, *worst]))
    attributes = (
        {"message": message} if kind == "skipped" else {"message": message, "type": run.outcome}
    )
    ET.SubElement(case, kind, attributes).text = _legal("\n".join(found))
    return case


def _legal(text: str) -> str:
    """Text without the characters that XML 1.0 has no form for."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
