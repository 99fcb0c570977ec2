"""The viewer of a results folder, with what it needs: errors found first, the report told that it is there."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from mot_bench.reporting.explained_runs import explain_results
from mot_bench.reporting.report_state import renew_reports
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.opening import open_results
from mot_bench.viewing.tracked import is_tracked_folder, open_tracked
from mot_bench.viewing.write import ViewerOptions, ViewerWritten, write_viewer

REPORT = "report.html"


def make_viewer(
    out: Path,
    options: ViewerOptions,
    data_root: Path | None,
    dataset: str | None,
    console: Console,
    *,
    jobs: int = 1,
) -> ViewerWritten:
    """Write the viewer of a results folder; errors that nobody looked for yet are found first.

    A report that lies there already is made again if it does not lead to this viewer and its runs
    yet.

    Args:
        out: folder with a results.json, or with the tracks.txt of ``mot-bench track``.
        options: what the viewer is made of.
        data_root: where named datasets lie.
        dataset: its name or path; None: as the results say.
        console: where progress is shown.
        jobs: processes that look for errors.

    Raises:
        MotBenchError: see ``open_results``, ``open_tracked``, ``explain_results`` and
            ``write_viewer``.
    """
    folder = (
        open_tracked(out, dataset)
        if is_tracked_folder(out)
        else open_results(out, data_root, dataset)
    )
    if _unexplained(folder, options):
        explain_results(folder, data_root, dataset, jobs, console)
    written = write_viewer(folder, options, console)
    if (out / REPORT).is_file():
        renew_reports(ResultsFolder(out), ("html",))
    return written


def _unexplained(folder: ResultsFolder, options: ViewerOptions) -> bool:
    """Whether there is a run that finished, with tracks, whose errors nobody looked for."""
    sequences = folder.dataset.sequences
    truth = all(sequence.ground_truth is not None for sequence in sequences)
    return truth and any(
        run.status == "ok"
        and folder.events(run) is None
        and all(folder.track_file(run, sequence.name).is_file() for sequence in sequences)
        for run in folder.chosen_runs(options.runs)
    )
