"""Find the runs that ``mot-bench explain`` is asked about, and explain their folders if need be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from mot_bench.errors import MotBenchError, did_you_mean
from mot_bench.explaining.events import events_path
from mot_bench.explaining.records import EXPLANATION, ExplanationRecord
from mot_bench.explaining.results_folder import explain_folder, suite_sources
from mot_bench.records.results import RunResult
from mot_bench.reporting.write_reports import write_reports
from mot_bench.reports.certainty import Comparison
from mot_bench.reports.explanation import RunExplanation
from mot_bench.results.bundle import load_bundle
from mot_bench.results.comparable import check_comparable
from mot_bench.results.comparing import Side, pair_comparisons, with_different_labels
from mot_bench.results.folder import RESULTS, ResultsFolder
from mot_bench.results.opening import open_results

_USUAL = Path("results")


@dataclass(frozen=True)
class RunInFolder:
    """A run with one seed in a results folder."""

    folder: ResultsFolder
    row: RunResult

    @property
    def key(self) -> tuple[Path, str, int]:
        """Return what tells the run from every other."""
        return self.folder.path, self.row.run, self.row.seed


@dataclass(frozen=True)
class ExplainedRun:
    """The results of a run, and its errors by cause."""

    row: RunResult
    explanation: RunExplanation


@dataclass(frozen=True)
class ExplainedFolder:
    """A results folder whose runs are all explained."""

    folder: ResultsFolder
    record: ExplanationRecord

    def of(self, run: RunInFolder) -> ExplainedRun:
        """Return a run with its errors.

        Raises:
            MotBenchError: the run could not be explained; the message says why.
        """
        row = run.row
        found = self.record.shown.of(row.run, row.seed)
        if found is None:
            reason = self.record.missing.get(f"{row.run}, seed {row.seed}", "it has no tracks")
            raise MotBenchError(
                f"{self.folder.path}, run {row.run}: expected what was tracked, found {reason}"
            )
        return ExplainedRun(row, found)

    def events(self, run: RunInFolder) -> Path:
        """Return the path of the events of a run."""
        return events_path(self.folder.path, run.row.run, run.row.seed)


def find_folders(named: Sequence[Path]) -> list[ResultsFolder]:
    """Return the named folders; without names the current one, else the only one in ``results/``.

    Raises:
        MotBenchError: no folder has results, or there are several to choose from.
    """
    if named:
        return [ResultsFolder(path) for path in dict.fromkeys(named)]
    if Path(RESULTS).is_file():
        return [ResultsFolder(Path())]
    found = sorted(path.parent for path in _USUAL.glob(f"*/{RESULTS}"))
    if len(found) != 1:
        what = f"several: {', '.join(map(str, found))}" if found else "none"
        raise MotBenchError(
            f"--out: expected a results folder, or one under {_USUAL}/; found {what}"
        )
    return [ResultsFolder(found[0])]


def find_runs(
    folders: Sequence[ResultsFolder], names: Sequence[str], seed: int | None
) -> list[RunInFolder]:
    """Return the runs of these names, each from the first folder that has it.

    A repeated name takes the next seed or the next folder. Without a seed, the first run takes its
    first seed, and the others take the seed of the first run if they have it.

    Raises:
        MotBenchError: no folder has a run of this name and seed, or the run did not finish.
    """
    found: list[RunInFolder] = []
    for name in names:
        found.append(_find(folders, name, seed, found))
    return found


def _find(
    folders: Sequence[ResultsFolder], name: str, seed: int | None, taken: list[RunInFolder]
) -> RunInFolder:
    """Return the first run of a name and seed that was not taken (see ``find_runs``)."""
    taken_keys = {run.key for run in taken}
    preferred = taken[0].row.seed if taken else None
    for folder in folders:
        runs = [RunInFolder(folder, row) for row in folder.result.runs if row.run == name]
        free_runs = [run for run in runs if run.key not in taken_keys]
        if free_runs:
            finished_runs = _finished(free_runs, seed)
            return min(finished_runs, key=lambda run: run.row.seed != preferred)
    raise _not_found(folders, name, taken)


def _finished(runs: list[RunInFolder], seed: int | None) -> list[RunInFolder]:
    """Return the runs that finished and have the seed, if one is wanted.

    Raises:
        MotBenchError: no run has the seed, or none of them finished.
    """
    chosen_runs = [run for run in runs if seed in (None, run.row.seed)]
    if not chosen_runs:
        seeds = ", ".join(str(run.row.seed) for run in runs)
        name = runs[0].row.run
        raise MotBenchError(f"--seed {seed}: expected one of {seeds}, the seeds of {name}")
    finished_runs = [run for run in chosen_runs if run.row.status == "ok"]
    if not finished_runs:
        run = chosen_runs[0]
        raise MotBenchError(
            f"{run.folder.path}, run {run.row.run}: expected a run that finished, "
            f"found {run.row.error}"
        )
    return finished_runs


def _not_found(
    folders: Sequence[ResultsFolder], name: str, taken: list[RunInFolder]
) -> MotBenchError:
    """Return the error for a name that no folder has, or that no other folder or seed has."""
    if any(run.row.run == name for run in taken):
        return MotBenchError(
            f"--against {name}: expected another run, or a second folder or seed of it, "
            "found neither"
        )
    known = list(dict.fromkeys(row.run for folder in folders for row in folder.result.runs))
    hint = did_you_mean(name, known)
    return MotBenchError(f"run {name}: expected one of {', '.join(known) or 'none'}{hint}")


def comparisons_of(run: RunInFolder, base: RunInFolder) -> Mapping[str, Comparison]:
    """Return the comparisons of a run with another by metric, over all seeds.

    Two seeds of one run are not compared.

    Raises:
        MotBenchError: the folders differ in ground truth or scorer.
    """
    if run.key[:2] == base.key[:2]:
        return {}
    first, second = with_different_labels(base.folder, run.folder)
    check_comparable(first, second)
    bundle = load_bundle(first)
    other_bundle = bundle if first == second else load_bundle(second)
    return pair_comparisons(
        Side(first, bundle, base.row.run), Side(second, other_bundle, run.row.run)
    )


def comparisons_with_base(
    run: RunInFolder,
) -> tuple[str, Mapping[str, Comparison]] | None:
    """Return the base run of a run's folder, and the comparisons with it by metric.

    None if the run is the base itself, or if no base run finished.
    """
    result = run.folder.result
    base = next((row for row in result.runs if row.run == result.base and row.status == "ok"), None)
    if base is None or base.run == run.row.run:
        return None
    return base.run, comparisons_of(run, RunInFolder(run.folder, base))


def explain_results(
    folder: ResultsFolder,
    data_root: Path | None,
    dataset: str | None,
    jobs: int,
    console: Console,
) -> ExplainedFolder:
    """Explain every run of a folder, and write its reports again if the explanation changed.

    Raises:
        MotBenchError: the dataset is not found, or a file is not the one that was scored.
    """
    opened = open_results(folder.path, data_root, dataset)
    sources = suite_sources(
        folder.path, opened.result, opened.dataset, data_root or folder.data_root
    )
    path = folder.path / EXPLANATION
    before = path.read_bytes() if path.is_file() else b""
    record = explain_folder(folder.path, opened.result, opened.dataset, sources, jobs, console)
    if path.read_bytes() != before:
        write_reports(folder)
    return ExplainedFolder(opened, record)
