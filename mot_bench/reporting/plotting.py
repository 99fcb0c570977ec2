"""Figures as files: which, in which formats, and what keeps one from being made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from mot_bench import atomic
from mot_bench.engine.store_place import store_root
from mot_bench.errors import MotBenchError, check_names
from mot_bench.reports.figures import FIGURES
from mot_bench.reports.figures.output import FORMATS, file_bytes
from mot_bench.reports.schema import Bundle
from mot_bench.results.bundle import load_bundle
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.opening import open_results
from mot_bench.scoring.metrics import METRICS

MODEL_METRICS = ("AP", "TPR")
FROM_DATA = ("timeline", "similarity")


@dataclasses.dataclass(frozen=True)
class Plots:
    """What is wanted.

    Attributes:
        names: of figures; all where there is none.
        formats: of ``FORMATS``.
        metrics: for the figures that let them be chosen; each figure's own where there is none.
        runs: names; all where there is none.
        sequence: of the timeline.
        dataset: name or path, where the results do not tell.
        data_root: where named datasets lie.
    """

    names: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    metrics: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    sequence: str | None = None
    dataset: str | None = None
    data_root: Path | None = None


def plot(out: Path, plots: Plots, to: Path, tell: Callable[[str], None]) -> list[Path]:
    """Draw figures of a results folder.

    Args:
        out: with results.json.
        plots: what is wanted.
        to: folder for the files.
        tell: called with a line for each figure that there is nothing for, where all are wanted.

    Returns:
        What was written.

    Raises:
        MotBenchError: an unknown name, format, metric or run; nothing to show for a figure that was
            named.
    """
    check_names("figures", plots.names, FIGURES)
    check_names("--format", plots.formats, FORMATS)
    check_names("--metric", plots.metrics, (*MODEL_METRICS, *METRICS))
    bundle = load_bundle(ResultsFolder(out))
    check_names("--runs", plots.runs, dict.fromkeys(run.run for run in bundle.runs))
    bundle = only_runs(bundle, plots.runs)
    written: list[Path] = []
    for name in plots.names or tuple(FIGURES):
        try:
            figure = FIGURES[name].figure(_with_data(bundle, name, out, plots), plots.metrics)
            if figure is None:
                raise MotBenchError(f"figure {name}: expected {FIGURES[name].needs}, found none")
        except MotBenchError as error:
            if plots.names:
                raise
            tell(str(error))
            continue
        for form in dict.fromkeys(plots.formats):
            atomic.write_bytes(to / f"{name}.{form}", file_bytes(figure, form))
            written.append(to / f"{name}.{form}")
    return written


def only_runs(bundle: Bundle, names: Sequence[str]) -> Bundle:
    """A bundle of some of the runs; of all where none is named."""
    if not names:
        return bundle
    return dataclasses.replace(bundle, runs=tuple(run for run in bundle.runs if run.run in names))


def _with_data(bundle: Bundle, name: str, out: Path, plots: Plots) -> Bundle:
    """A bundle with what a figure needs beyond results.json."""
    if name not in FROM_DATA:
        return bundle
    folder = open_results(out, plots.data_root, plots.dataset)
    if name == "timeline":
        from mot_bench.reporting.trajectories import timelines

        return dataclasses.replace(
            bundle, timelines=timelines(folder, list(plots.runs) or None, plots.sequence)
        )
    return _with_similarities(bundle, folder)


def _with_similarities(bundle: Bundle, folder: ResultsFolder) -> Bundle:
    from mot_bench.reporting.similarities import similarities

    if not folder.result.models:
        raise MotBenchError("figure similarity: expected networks in results.json, found none")
    found = similarities(folder)
    if not found:
        raise MotBenchError(
            f"figure similarity: expected embeddings of the networks in {store_root()}, found none "
            "(the command that made the results makes them again)"
        )
    return dataclasses.replace(bundle, similarities=found)
