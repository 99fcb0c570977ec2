"""The viewer of a results folder, with what it needs: errors found first, the report told that it is there."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs

from rich.console import Console

from mot_bench.explaining.selection import explained_folder
from mot_bench.reporting.bundle import write_reports
from mot_bench.reports.schema import PAGES
from mot_bench.viewing.folder import ResultsFolder, chosen_runs, open_results
from mot_bench.viewing.shown_runs import runs_in_viewer
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
        MotBenchError: see ``open_results``, ``open_tracked``, ``explained_folder`` and
            ``write_viewer``.
    """
    folder = (
        open_tracked(out, dataset)
        if is_tracked_folder(out)
        else open_results(out, data_root, dataset)
    )
    if _unexplained(folder, options):
        explained_folder(out, data_root, dataset, jobs, console)
    written = write_viewer(folder, options, console)
    report = out / REPORT
    if report.is_file() and not _leads_there(report.read_text(encoding="utf-8"), out, folder):
        write_reports(out, ("html",))
    return written


def _leads_there(report: str, out: Path, folder: ResultsFolder) -> bool:
    """Whether a report links the pages, and of the viewer's runs each one and no other."""
    linked = {
        parse_qs(unescape(address))["a"][0]
        for address in re.findall(r'href="viewer\.html#(a=[^"]+)"', report)
    }
    return linked == set(runs_in_viewer(out, folder.result).values()) and all(
        f'href="{page}"' in report for page in PAGES
    )


def _unexplained(folder: ResultsFolder, options: ViewerOptions) -> bool:
    """Whether there is a run that finished, with tracks, whose errors nobody looked for."""
    sequences = folder.dataset.sequences
    truth = all(sequence.ground_truth is not None for sequence in sequences)
    return truth and any(
        run.status == "ok"
        and folder.events(run) is None
        and all(folder.track_file(run, sequence.name).is_file() for sequence in sequences)
        for run in chosen_runs(folder, options.runs)
    )
