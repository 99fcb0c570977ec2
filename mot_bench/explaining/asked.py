"""What ``mot-bench explain`` is asked for: a run by name in one of several folders, explained as far as need be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from mot_bench.bundle import read_results, write_reports
from mot_bench.errors import MotBenchError, did_you_mean
from mot_bench.explaining.events import events_path
from mot_bench.explaining.records import EXPLANATION, ExplanationRecord, as_shown
from mot_bench.explaining.results_folder import explain_folder, suite_sources
from mot_bench.results import RunResult, SuiteResult
from mot_bench.viewing.folder import open_results, remembered_data_root
from reports.certainty import Comparison
from reports.explanation import RunExplanation

_RESULTS = "results.json"
_USUAL = Path("results")


@dataclass(frozen=True)
class Asked:
    """A run with one seed in a results folder."""

    folder: Path
    row: RunResult


@dataclass(frozen=True)
class Answer:
    """A row of results and why it is what it is."""

    row: RunResult
    explanation: RunExplanation


@dataclass(frozen=True)
class Explained:
    """A results folder with everything explained."""

    folder: Path
    result: SuiteResult
    record: ExplanationRecord

    def of(self, asked: Asked) -> Answer:
        """What was found for a run.

        Raises:
            MotBenchError: it could not be explained, and why not.
        """
        row = asked.row
        found = as_shown(self.record).of(row.run, row.seed)
        if found is None:
            reason = self.record.missing.get(f"{row.run}, seed {row.seed}", "it has no tracks")
            raise MotBenchError(f"{self.folder}, run {row.run}: expected what was tracked, found {reason}")
        return Answer(row, found)

    def events(self, asked: Asked) -> Path:
        """Where the events of a run lie."""
        return events_path(self.folder, asked.row.run, asked.row.seed)


def found_folders(named: Sequence[Path]) -> list[Path]:
    """The folders that are named; else this folder, if it has results, else the only one under ``results/``.

    Raises:
        MotBenchError: there is none, or there are several to choose from.
    """
    if named:
        return list(dict.fromkeys(named))
    if Path(_RESULTS).is_file():
        return [Path()]
    found = sorted(path.parent for path in _USUAL.glob(f"*/{_RESULTS}"))
    if len(found) != 1:
        what = f"several: {', '.join(map(str, found))}" if found else "none"
        raise MotBenchError(f"--out: expected a results folder, or one under {_USUAL}/; found {what}")
    return found


def one_run(folders: Sequence[Path], names: Sequence[str], seed: int | None) -> list[Asked]:
    """The rows of these names, each from the first folder that has it; a name that comes again, from the next one.

    Without a seed the first that a run has; of the others that of the first run, where they have it.

    Raises:
        MotBenchError: no folder has a run of this name and seed, or it did not finish.
    """
    results = {folder: read_results(folder / _RESULTS) for folder in folders}
    found: list[Asked] = []
    for name in names:
        found.append(_find(results, name, seed, found))
    return found


def _find(results: dict[Path, SuiteResult], name: str, seed: int | None, before: list[Asked]) -> Asked:
    taken = [(one.folder, one.row.run, one.row.seed) for one in before]
    alike = before[0].row.seed if before else None
    for folder, result in results.items():
        rows = [row for row in result.runs if row.run == name and (folder, row.run, row.seed) not in taken]
        chosen = [row for row in rows if seed is None or row.seed == seed]
        finished = [row for row in chosen if row.status == "ok"]
        if finished:
            return Asked(folder, next((row for row in finished if row.seed == alike), finished[0]))
        if chosen:
            raise MotBenchError(f"{folder}, run {name}: expected a run that finished, found {chosen[0].error}")
        if rows:
            seeds = ", ".join(str(row.seed) for row in rows)
            raise MotBenchError(f"--seed {seed}: expected one of {seeds}, the seeds of {name}")
    if taken and any(name == run for _, run, _ in taken):
        raise MotBenchError(f"--against {name}: expected another run, or a second folder or seed of it, found neither")
    known = ", ".join(dict.fromkeys(row.run for result in results.values() for row in result.runs)) or "none"
    raise MotBenchError(f"run {name}: expected one of {known}{did_you_mean(name, known.split(', '))}")


def certain(asked: Asked, other: Asked) -> Mapping[str, Comparison]:
    """Return the comparisons of a run with another by metric, over all seeds; none for two seeds of one run.

    Raises:
        MotBenchError: the folders were scored on other data or by another scorer.
    """
    from mot_bench.comparing import pair_comparisons
    from mot_bench.result_folders import check_comparable, open_folder

    if (asked.folder, asked.row.run) == (other.folder, other.row.run):
        return {}
    first = open_folder(other.folder)
    second = first if asked.folder == other.folder else open_folder(asked.folder)
    if first is not second and first.label == second.label:
        first, second = replace(first, label=str(first.path)), replace(second, label=str(second.path))
    check_comparable(first, second)
    return pair_comparisons(first, other.row.run, second, asked.row.run)


def certain_of_base(asked: Asked, result: SuiteResult) -> tuple[str, Mapping[str, Comparison]] | None:
    """Return the base run of a folder and the comparisons of another run with it by metric.

    None where the run is the base itself, or the folder has no base run that finished.
    """
    base = next((row for row in result.runs if row.run == result.base and row.status == "ok"), None)
    if base is None or base.run == asked.row.run:
        return None
    return base.run, certain(asked, Asked(asked.folder, base))


def explained_folder(
    folder: Path, data_root: Path | None, dataset: str | None, jobs: int, console: Console
) -> Explained:
    """Explain a folder; its reports are made again if that changed what they show.

    Raises:
        MotBenchError: the dataset is not found or not the one that was scored on, or a track file is not.
    """
    opened = open_results(folder, data_root, dataset)
    root = data_root or remembered_data_root(folder)
    sources = suite_sources(folder, opened.dataset, root)
    path = folder / EXPLANATION
    before = path.read_bytes() if path.is_file() else b""
    record = explain_folder(folder, opened.result, opened.dataset, sources, jobs, console)
    if path.read_bytes() != before:
        write_reports(folder)
    return Explained(folder, opened.result, record)
