"""``mot-bench gate``: compare a finished suite, or anything scored, with a committed baseline."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mot_bench.errors import MotBenchError

if TYPE_CHECKING:
    from mot_bench.results import SuiteResult

_LOG_WIDTH = 120  # of a CI log, which says no width


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("gate")(gate)


def gate(
    out: Annotated[Path, typer.Argument(help="Folder with the results.json of mot-bench run or mot-bench score.")],
    baseline: Annotated[Path, typer.Option(help="The baseline file: JSON that is committed.")],
    update: Annotated[
        bool, typer.Option("--update", help="Write the baseline from these results, say changes.")
    ] = False,
    tolerance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC=POINTS",
            help="How much worse a metric may be, in percentage points, for counts in percent of the baseline "
            "(HOTA=0.5, IDSW=5); may be repeated. With --update it becomes part of the baseline.",
        ),
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown for a pull request here.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here: one test case a run.")] = None,
) -> None:
    """Compare results with a baseline: exit code 1 on a regression or if they cannot be compared, 2 on bad input.

    Where detections are stored, figures must be equal (percentages to three
    decimals, counts whole). Where a network was trained, they may be worse by
    0.5 points, counts by 5 percent and at least 1. Better figures never fail.
    """
    from mot_bench.gating.files import load_result

    tolerances = dict(parse_tolerance(text) for text in tolerance or [])
    result = load_result(out)
    if not update:
        _compare(result, baseline, tolerances, markdown, junit)
    elif markdown or junit:
        raise MotBenchError("--update: expected neither --markdown nor --junit beside it; compare first, then update")
    else:
        _update(result, baseline, tolerances)


def parse_tolerance(text: str) -> tuple[str, float]:
    """``METRIC=POINTS`` as metric and number.

    Raises:
        MotBenchError: no such metric, or no number that is 0 or more.
    """
    from mot_bench.gating.baseline import GATED_METRICS
    from mot_bench.scoring.metrics import METRICS

    metric, _, number = text.partition("=")
    if metric not in METRICS:
        raise MotBenchError(
            f"--tolerance {text}: expected METRIC=POINTS with a metric such as {', '.join(GATED_METRICS)}"
        )
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise MotBenchError(f"--tolerance {text}: expected a number, 0 or more, found {number!r}")
    return metric, value


def _compare(
    result: SuiteResult, baseline: Path, tolerance: dict[str, float], markdown: Path | None, junit: Path | None
) -> None:
    from rich.console import Console

    from mot_bench import atomic
    from mot_bench.gating import output
    from mot_bench.gating.comparison import compare
    from mot_bench.gating.files import load_baseline

    report = compare(result, load_baseline(baseline), tolerance)
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
    from mot_bench.gating.baseline import make_baseline
    from mot_bench.gating.comparison import baseline_changes
    from mot_bench.gating.files import load_baseline, write_baseline

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
