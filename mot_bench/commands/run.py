"""``mot-bench run``: run a suite, score it, write its reports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mot_bench.datasets.dataset import Dataset
    from mot_bench.records.results import SuiteResult, SuiteTiming
    from mot_bench.suites.schema import Suite

_MOST_DIGITS = 9  # of a seed


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("run")(run)


def run(
    suite: Annotated[str, typer.Option(help="A suite's name, or a TOML file.")],
    dataset: Annotated[
        str | None, typer.Option(help="A dataset's name or a folder, in place of the suite's.")
    ] = None,
    data_root: Annotated[
        Path | None,
        typer.Option(
            help="Where named datasets lie; else $MOT_BENCH_DATA, else the configuration file."
        ),
    ] = None,
    detections: Annotated[
        str | None, typer.Option(help="Detections by name or path, in place of the suite's.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="full, half-train, half-val, ... or frames:A-B.")
    ] = None,
    benchmark: Annotated[
        str | None,
        typer.Option(
            help="Whose rules count: MOT15, MOT17, ... or own; by default, judged from the data."
        ),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(help="Classes that count: numbers of column 8 or names (person,car), or all."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Output folder; results/SUITE by default.")
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            help="Where results of stages are kept, for all suites; else $MOT_BENCH_STORE, else "
            "the configuration file, else the user's cache."
        ),
    ] = None,
    seeds: Annotated[str | None, typer.Option(help="Seeds, such as 0,1,2.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; as many as cores by default.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a field: [RUN.]PARAMETER=VALUE."),
    ] = None,
    trackers: Annotated[
        list[str] | None,
        typer.Option(
            "--tracker", metavar="FILE.py:CLASS", help="Add a run with a tracker of yours."
        ),
    ] = None,
    training: Annotated[
        list[str] | None,
        typer.Option(
            help="Training data in place of the suite's: NAME_OR_PATH[@SPLIT], odgt:FILE."
        ),
    ] = None,
    calibration: Annotated[
        list[str] | None,
        typer.Option(help="Calibration scenes in place of the suite's: NAME_OR_PATH[@SPLIT]."),
    ] = None,
    device: Annotated[
        str, typer.Option(help="What networks are trained and run on: cpu or cuda.")
    ] = "cpu",
    only: Annotated[
        list[str] | None, typer.Option(help="Runs to do, by name or pattern; commas separate.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Do the runs again, whatever the store has.")
    ] = False,
    tracker_timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="How long your own tracker may take for a sequence; 900 by default.",
        ),
    ] = None,
    timing: Annotated[
        bool, typer.Option("--timing", help="Measure times too: a pass of its own, one job.")
    ] = False,
) -> None:
    """Run every variant of a suite on the same data, score them, and write leaderboard and report.

    What an earlier run has made is used again; after an interruption the same command goes on where
    it stopped.
    """
    _set_environment(tracker_timeout, store)
    from mot_bench.datasets.catalogue import open_dataset
    from mot_bench.datasets.data_root import resolve_data_root
    from mot_bench.datasets.rules import Stated
    from mot_bench.files.folder_lock import results_lock
    from mot_bench.networks.devices import checked_device
    from mot_bench.running.runner import Options, run_suite
    from mot_bench.running.timing import timed

    changes = {
        "dataset": dataset,
        "detections": detections,
        "seeds": _seeds(seeds),
        "training": training or None,
        "calibration": calibration or None,
    }
    chosen = _resolved(suite, trackers or [], settings or [], changes)
    root = resolve_data_root(data_root)
    opened = open_dataset(chosen.dataset, root, split, stated=Stated(benchmark, classes))
    folder = out or Path("results") / chosen.name
    patterns = tuple(
        part.strip() for option in only or [] for part in option.split(",") if part.strip()
    )
    options = Options(folder, jobs or _cores(), patterns, force, root, checked_device(device))

    with results_lock(folder, make=True):
        result = run_suite(chosen, opened, options)
        measured = timed(chosen, opened, result, options, whole=timing)
        _write_reports(folder, opened)
    _say(result, measured, folder)


def _set_environment(tracker_timeout: float | None, store: Path | None) -> None:
    """Say in the environment what numerical libraries, workers and trackers of users are to go by."""
    from mot_bench.engine.environment import THREAD_VARIABLES, TRACKER_TIMEOUT
    from mot_bench.engine.store_place import VARIABLE

    for name in THREAD_VARIABLES:
        os.environ.setdefault(
            name, "1"
        )  # before numpy is imported: same bytes whatever the number of jobs
    if store is not None:
        os.environ[VARIABLE] = str(store)
    if tracker_timeout is not None:
        os.environ[TRACKER_TIMEOUT] = str(tracker_timeout)


def _say(result: SuiteResult, measured: SuiteTiming | None, folder: Path) -> None:
    """Print the leaderboard and where the report is; exit with code 1 where a run failed."""
    from rich.console import Console

    from mot_bench.reporting.write_reports import terminal_table
    from mot_bench.running.runner import failed_runs

    Console().print(terminal_table(result, measured))
    failed = failed_runs(result.runs)
    for row in failed:
        typer.echo(f"{row.run} failed: {row.error}", err=True)
    typer.echo(f"report: {folder / 'report.html'}")
    if failed:
        raise typer.Exit(1)


def _write_reports(path: Path, dataset: Dataset) -> None:
    """Write the data of figures, and every report."""
    from mot_bench.reporting.figure_data import write_figure_data
    from mot_bench.reporting.report_state import renew_reports
    from mot_bench.results.folder import ResultsFolder

    folder = ResultsFolder(path, opened=dataset)
    write_figure_data(folder)
    renew_reports(folder)


def _resolved(
    suite: str, trackers: list[str], settings: list[str], changes: dict[str, Any]
) -> Suite:
    """The suite with everything that the command line changes in it."""
    from mot_bench.networks.model_keys import with_file_models
    from mot_bench.suites.loader import load_suite
    from mot_bench.suites.overrides import override, with_tracker

    chosen = load_suite(suite)
    for tracker in trackers:
        chosen = with_tracker(chosen, tracker)
    chosen = override(chosen, settings)
    chosen = chosen.model_copy(
        update={name: value for name, value in changes.items() if value is not None}
    )
    return with_file_models(chosen)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _seeds(text: str | None) -> list[int] | None:
    from mot_bench.errors import MotBenchError

    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and len(part) <= _MOST_DIGITS for part in parts):
        raise MotBenchError(f"--seeds: expected whole numbers such as 0,1,2, found {text[:100]!r}")
    seeds = [int(part) for part in parts]
    again = next((seed for place, seed in enumerate(seeds) if seed in seeds[:place]), None)
    if again is not None:
        raise MotBenchError(
            f"--seeds: expected each seed once, found {again} again in {text[:100]!r}"
        )
    return seeds
