"""``mot-bench gate``: compare a finished suite, or anything scored, with a committed baseline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mot_bench.errors import MotBenchError

if TYPE_CHECKING:
    from mot_bench.records.results import SuiteResult
    from mot_bench.results.gating.comparison import GateReport

_LOG_WIDTH = 120  # of a CI log, which says no width


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("gate")(gate)


def gate(
    out: Annotated[
        Path,
        typer.Argument(help="Folder with the results.json of mot-bench run or mot-bench score."),
    ],
    baseline: Annotated[Path, typer.Option(help="The baseline file: JSON that is committed.")],
    update: Annotated[
        bool, typer.Option("--update", help="Write the baseline from these results, say changes.")
    ] = False,
    tolerance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC=POINTS",
            help="How much worse a metric may be, in percentage points, for counts in percent of the baseline "
            "(HOTA=0.5, IDSW=5); points=0.5 is for all percentages, counts=5 for all counts. May be repeated. With "
            "--update it becomes part of the baseline.",
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC,...",
            help="Metrics by which runs pass or fail; the others inform. HOTA,MOTA,IDF1,IDSW by default.",
        ),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write Markdown for a pull request here.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="Write JUnit XML here: one test case a run.")
    ] = None,
) -> None:
    """Compare results with a baseline: exit code 1 on a regression or if they cannot be compared, 2 on bad input.

    Where detections are stored, figures must be equal (percentages to three
    decimals, counts whole). Where a network was trained, they may be worse by
    0.5 points, counts by 5 percent and at least 1. Better figures never fail.
    HOTA, MOTA, IDF1 and IDSW decide, or what --metrics names; the rest informs.
    """
    from mot_bench.results.folder import ResultsFolder

    tolerances = parse_tolerances(tolerance or [])
    deciding = parse_metrics(metrics)
    result = ResultsFolder(out).result
    if not update:
        report = _compare(result, baseline, tolerances, deciding)
        _show(report, markdown, junit)
    elif metrics:
        raise MotBenchError(
            "--update: expected no --metrics beside it: a baseline has every metric; compare with them"
        )
    elif markdown or junit:
        raise MotBenchError(
            "--update: expected neither --markdown nor --junit beside it; compare first, then update"
        )
    else:
        _update(result, baseline, tolerances)


def parse_metrics(text: str | None) -> tuple[str, ...] | None:
    """Return the metrics that are chosen to decide, from a list with commas; None where none are.

    Raises:
        MotBenchError: the list is empty, or a metric is not one that baselines have.
    """
    from mot_bench.results.gating.baseline import GATED_METRICS

    if text is None:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in GATED_METRICS]
    if unknown or not names:
        raise MotBenchError(
            f"--metrics {text}: expected some of {', '.join(GATED_METRICS)}; found {', '.join(unknown) or 'none'}"
        )
    return names


def parse_tolerances(texts: Sequence[str]) -> dict[str, float]:
    """Return tolerances by metric.

    That of a metric wins over that of its family, in whichever order they stand.

    Raises:
        MotBenchError: no such metric or family, or no number that is 0 or more.
    """
    from mot_bench.results.gating.baseline import FAMILIES

    named = [parse_tolerance(text) for text in texts]
    of_families = {metric: value for name, value in named for metric in FAMILIES.get(name, ())}
    return of_families | {name: value for name, value in named if name not in FAMILIES}


def parse_tolerance(text: str) -> tuple[str, float]:
    """Return a metric or a family of metrics with its number, from ``METRIC=POINTS``.

    Raises:
        MotBenchError: no such metric or family, or no number that is 0 or more.
    """
    from mot_bench.results.gating.baseline import FAMILIES, GATED_METRICS
    from mot_bench.scoring.metrics import METRICS

    metric, _, number = text.partition("=")
    if metric not in METRICS and metric not in FAMILIES:
        raise MotBenchError(
            f"--tolerance {text}: expected METRIC=POINTS with a metric such as {', '.join(GATED_METRICS)}, or "
            "points=POINTS or counts=PERCENT for all of a kind"
        )
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise MotBenchError(f"--tolerance {text}: expected a number, 0 or more, found {number!r}")
    return metric, value


def _compare(
    result: SuiteResult,
    baseline: Path,
    tolerance: dict[str, float],
    deciding: tuple[str, ...] | None,
) -> GateReport:
    from mot_bench.results.gating.comparison import compare
    from mot_bench.results.gating.files import load_baseline

    return compare(result, load_baseline(baseline), tolerance, deciding)


def _show(report: GateReport, markdown: Path | None, junit: Path | None) -> None:
    """Print the report, write it where it is wanted, and end with its exit code."""
    from rich.console import Console

    from mot_bench import atomic
    from mot_bench.results.gating import output

    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, _LOG_WIDTH)
    console.print(output.gate_table(report))
    for line in output.remarks(report):
        typer.echo(line)
    if markdown:
        atomic.write_text(markdown, output.markdown(report))
    if junit:
        atomic.write_text(junit, output.junit(report))
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _update(result: SuiteResult, path: Path, tolerance: dict[str, float]) -> None:
    from mot_bench.results.gating.baseline import make_baseline
    from mot_bench.results.gating.comparison import baseline_changes
    from mot_bench.results.gating.files import load_baseline, write_baseline

    old = load_baseline(path) if path.exists() else None
    new = make_baseline(result, old, tolerance)
    if old == new:
        typer.echo(f"{path}: nothing to change")
        return
    write_baseline(path, new)
    changes = baseline_changes(old, new) if old else [f"{run}: new" for run in new.runs]
    for line in changes:
        typer.echo(line)
    typer.echo(f"{path}: {'updated' if old else 'written'}")
