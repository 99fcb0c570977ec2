"""Write the reports of a results folder, and print its leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mot_bench import atomic
from mot_bench.records.results import SuiteResult, SuiteTiming
from mot_bench.reporting.report_files import DEFAULT, output_files
from mot_bench.results.bundle import load_bundle, make_bundle
from mot_bench.results.folder import ResultsFolder

if TYPE_CHECKING:
    from rich.console import RenderableType


def write_reports(folder: ResultsFolder, outputs: Sequence[str] = DEFAULT) -> dict[str, bytes]:
    """Write the reports of a results folder and return them by file name.

    Args:
        folder: where the results lie and the reports are written.
        outputs: names of ``mot_bench.reporting.report_files.OUTPUTS``.

    Raises:
        InputError: a file of the folder is missing or malformed.
        MotBenchError: the folder cannot be written, or an output is not known.
    """
    files = output_files(load_bundle(folder), outputs)
    for name, content in files.items():
        atomic.write_bytes(folder.path / name, content)
    return files


def terminal_table(result: SuiteResult, timing: SuiteTiming | None = None) -> RenderableType:
    """Return the leaderboard and the table of models for rich to print in 100 columns."""
    from mot_bench.reports.terminal import tables

    return tables(make_bundle(result, timing))
