"""``mot-bench score``: anybody's result files against a ground truth."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("score")(score)


def score(
    results: Annotated[
        Path,
        typer.Argument(
            help="A .txt file, a folder of SEQUENCE.txt, a folder of such folders (one a run), or a zip."
        ),
    ],
    ground_truth: Annotated[
        str,
        typer.Option(
            "--ground-truth",
            help="A gt.txt, a folder of SEQ/gt/gt.txt or SEQ.txt, or a dataset's name.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", help="Folder for results.json, the tables and the report.")
    ],
    benchmark: Annotated[
        str | None,
        typer.Option(
            help="MOT15, MOT16, MOT17, MOT20, DanceTrack, SportsMOT, street or own: whose rules count."
        ),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(help="Classes that count: numbers of column 8 or names (person,car), or all."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the run, where there is one.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Cut the ground truth first: half-val, frames:A-B, ...")
    ] = None,
    data_root: Annotated[
        Path | None, typer.Option(help="Where named datasets lie (else MOT_BENCH_DATA).")
    ] = None,
    allow_missing: Annotated[
        bool,
        typer.Option("--allow-missing", help="Score sequences without a result file as empty."),
    ] = False,
    numbering: Annotated[
        str | None,
        typer.Option(
            help="Frames of results of a --split: split (from 1) or original; else as they show."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, over the runs.")] = 1,
) -> None:
    """Score result files with TrackEval's metrics; no folder layout and no seqmap is needed.

    What counts, and by which rules, is said beneath the table. Errors by cause come from mot-bench
    explain OUT.
    """
    from mot_bench.datasets.data_root import resolve_data_root
    from mot_bench.errors import MotBenchError
    from mot_bench.files.folder_lock import results_lock
    from mot_bench.reporting.figure_data import write_figure_data
    from mot_bench.reporting.write_reports import terminal_table, write_reports
    from mot_bench.results.folder import ResultsFolder
    from mot_bench.results.opening import open_results
    from mot_bench.scoring.third_party import score_results
    from mot_bench.scoring.truth_files import write_scored_on

    root = resolve_data_root(data_root)
    with results_lock(out, make=True):
        result = score_results(
            results,
            ground_truth,
            benchmark=benchmark,
            classes=classes,
            name=name,
            split=split,
            data_root=root,
            allow_missing=allow_missing,
            numbering=numbering,
            jobs=jobs,
            tell=lambda note: typer.echo(f"note: {note}", err=True),
            keep=out,
        )
        ResultsFolder(out).write_result(result)
        write_scored_on(out, ground_truth, root)
        folder = open_results(out, root)
        write_figure_data(folder)
        write_reports(folder)

    from rich.console import Console

    Console().print(terminal_table(result, None))
    explain = shlex.join(["mot-bench", "explain", result.runs[0].run, "--out", str(out)])
    typer.echo(f"report: {out / 'report.html'}; errors by cause: {explain}")
    failed = [run for run in result.runs if run.status == "failed"]
    if failed:
        raise MotBenchError(
            f"{len(failed)} of {len(result.runs)} runs not scored; the first: {failed[0].error}"
        )
