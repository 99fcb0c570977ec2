"""Write ``figures.json``, with which figures of people and embeddings are made without the dataset."""

from __future__ import annotations

from mot_bench.engine.versions import report_version
from mot_bench.errors import InputError
from mot_bench.records.figures import FigureRecord, figures_digest
from mot_bench.reporting.similarities import similarities
from mot_bench.reporting.trajectories import main_timelines
from mot_bench.results.folder import ResultsFolder


def write_figure_data(folder: ResultsFolder) -> None:
    """Write ``figures.json`` of a results folder, unless it is up to date.

    Raises:
        MotBenchError: a track file or an entry of the store is malformed, or the folder cannot be
            written.
    """
    code = report_version()
    if _code_of(folder) == code:
        return
    folder.write_figure_data(
        FigureRecord(
            of=figures_digest(folder.result),
            code=code,
            similarities=similarities(folder),
            timelines=main_timelines(folder),
        )
    )


def _code_of(folder: ResultsFolder) -> str | None:
    """Return the version of the code that made the folder's figures, if they are of its results."""
    try:
        record = folder.figure_data()
    except InputError:
        return None
    return record.code if record is not None else None
