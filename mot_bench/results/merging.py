"""Merge several results folders into one, with unique run names and all track files.

The folders must have one ground truth and one scorer. A run's name that several folders have
becomes ``FOLDER/RUN``, and so does a network's name unless it is the same network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mot_bench import atomic
from mot_bench.errors import MotBenchError
from mot_bench.explaining.records import ExplanationRecord, results_digest
from mot_bench.explaining.results_folder import is_inert, splits
from mot_bench.files.places import check_place, inside
from mot_bench.records.results import ModelResult, RunResult, SuiteResult, SuiteTiming
from mot_bench.results.comparable import check_comparable
from mot_bench.results.folder import ResultsFolder
from mot_bench.statistics.counts import Counts, fingerprint
from mot_bench.suites.models import PREFIX, model_name

_Names = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Merged:
    """Several results folders as one.

    Attributes:
        result: the results of every run.
        runs: the new name of a run, by its folder's label and its name.
        counts: the counts of the sequences, for statistics; None if no folder has them.
    """

    result: SuiteResult
    runs: _Names
    counts: Counts | None


def merge(paths: Sequence[Path], out: Path) -> list[str]:
    """Write the results of several folders into one, as if they were of one suite.

    Args:
        paths: results folders.
        out: folder for results.json, counts.npz, explanation.json, timing.json, scored-on.json and
            the track files; none of ``paths``.

    Returns:
        Notes for the user, one in a line.

    Raises:
        MotBenchError: two folders differ in ground truth or scorer, or are the same folder; or
            ``out`` is one of them.
    """
    if any(path.resolve() == out.resolve() for path in paths):
        raise MotBenchError(f"--out: expected a folder of its own for what is merged, found {out}")
    folders = [
        ResultsFolder(path, label) for path, label in zip(paths, _labels(paths), strict=True)
    ]
    check_comparable(*folders)
    together, target = merged(folders), ResultsFolder(out)
    for folder in folders:
        for run in folder.result.runs:
            renamed = run.model_copy(update={"run": together.runs[folder.name, run.run]})
            _copy_files(folder.run_folder(run), target.run_folder(renamed))
    if together.counts is not None:
        values = dict(zip(together.counts.rows, together.counts.values, strict=True))
        target.write_counts(together.result, together.counts.units, values)
    target.write_result(together.result)
    ground_truth = folders[0].ground_truth or folders[0].dataset_name
    target.write_ground_truth(ground_truth.partition("@")[0])
    _merge_explanations(folders, together, target)
    return _merge_timing(folders, together.runs, target)


def merged(folders: Sequence[ResultsFolder]) -> Merged:
    """Return folders with different labels, one ground truth and one scorer as one.

    Raises:
        InputError: a folder's counts.npz is malformed.
    """
    runs = _unique([(folder.name, run.run) for folder in folders for run in folder.result.runs])
    return Merged(_result(folders, runs, _model_names(folders)), runs, _counts(folders, runs))


def _counts(folders: Sequence[ResultsFolder], runs: _Names) -> Counts | None:
    """Return the counts of all folders that have any, with sequences as in the first folder."""
    first = folders[0].result
    units = tuple(sequence.name for sequence in first.dataset.sequences)
    rows: list[tuple[str, int]] = []
    fingerprints: list[str] = []
    values = []
    for folder in folders:
        counts = folder.counts()
        if counts is None or set(counts.units) != set(units):
            continue
        order = [counts.units.index(unit) for unit in units]
        for place, run in _counted_runs(folder, counts):
            rows.append((runs[folder.name, run.run], run.seed))
            # A fingerprint depends on the order of the sequences, which is now that of the first.
            fingerprints.append(fingerprint(run, first))
            values.append(counts.values[place][order])
    return Counts(tuple(rows), tuple(fingerprints), units, np.stack(values)) if rows else None


def _counted_runs(folder: ResultsFolder, counts: Counts) -> Iterator[tuple[int, RunResult]]:
    """Yield the runs of a folder whose counts are up to date, with their place in the counts."""
    results = {(run.run, run.seed): run for run in folder.result.runs}
    for place, key in enumerate(counts.rows):
        run = results.get(key)
        if run is not None and counts.of[place] == fingerprint(run, folder.result):
            yield place, run


def _labels(paths: Sequence[Path]) -> list[str]:
    """The folders' names; with the folder above where two have one name."""
    resolved = [path.resolve() for path in paths]
    if len(set(resolved)) < len(resolved):
        raise MotBenchError(
            f"report: expected different folders, found {paths[0]} and others twice"
        )
    for depth in range(1, max(len(path.parts) for path in resolved)):
        labels = ["/".join(path.parts[-depth:]) for path in resolved]
        if len(set(labels)) == len(labels):
            return labels
    raise MotBenchError("report: expected different folders, found the same one twice")


def _unique(named: list[tuple[str, str]]) -> _Names:
    """For folder and name the new name: with the folder where several folders have it."""
    pairs = dict.fromkeys(named)
    counts = Counter(name for _, name in pairs)
    unique = {
        (label, name): f"{label}/{name}" if counts[name] > 1 else name for label, name in pairs
    }
    for (label, _), name in unique.items():
        check_place(name, "a run's name", label, "rename the results folder")
    return unique


def _model_names(folders: Sequence[ResultsFolder]) -> _Names:
    """New names of networks; one that several folders have with the same weights keeps its name."""
    weights: dict[str, set[str]] = {}
    for folder in folders:
        mine: dict[str, list[str]] = {}
        for model in folder.result.models:
            mine.setdefault(model.model, []).append(f"{model.seed} {model.weights_digest}")
        for name, digests in mine.items():
            weights.setdefault(name, set()).add(" ".join(digests))
    return {
        (folder.name, model.model): f"{folder.name}/{model.model}"
        if len(weights[model.model]) > 1
        else model.model
        for folder in folders
        for model in folder.result.models
    }


def _result(folders: Sequence[ResultsFolder], runs: _Names, models: _Names) -> SuiteResult:
    """Return the results of all folders as those of one suite."""
    first = folders[0].result
    networks: dict[tuple[str, int], ModelResult] = {}
    for folder in folders:
        for model in folder.result.models:
            name = models[folder.name, model.model]
            networks.setdefault((name, model.seed), model.model_copy(update={"model": name}))
    update = {
        "suite": " + ".join(dict.fromkeys(folder.result.suite for folder in folders)),
        "base": _base(folders, runs),
        "runs": _rows(folders, runs, models),
        "models": list(networks.values()),
    }
    if len(folders) > 1:
        labels = [folder.name for folder in folders]
        update["title"] = f"{', '.join(labels[:-1])} and {labels[-1]}"
        update["description"] = (
            f"Results of {len(folders)} folders on one ground truth, by one scorer."
        )
    return first.model_copy(update=update)


def _rows(folders: Sequence[ResultsFolder], runs: _Names, models: _Names) -> list[RunResult]:
    """Return the rows of all folders under their new names."""
    return [
        run.model_copy(
            update={
                "run": runs[folder.name, run.run],
                "detections": _renamed(run.detections, folder.name, models),
                "embeddings": _renamed(run.embeddings, folder.name, models),
            }
        )
        for folder in folders
        for run in folder.result.runs
    ]


def _base(folders: Sequence[ResultsFolder], runs: _Names) -> str | None:
    """Return the new name of the base run of the first folder that has one."""
    folder = next((folder for folder in folders if folder.result.base), None)
    if folder is None or folder.result.base is None:
        return None
    return runs.get((folder.name, folder.result.base), folder.result.base)


def _renamed(reference: str, label: str, models: _Names) -> str:
    name = model_name(reference)
    return reference if name is None else PREFIX + models.get((label, name), name)


def _merge_explanations(
    folders: Sequence[ResultsFolder], together: Merged, target: ResultsFolder
) -> None:
    """Write one ``explanation.json`` for all folders that have one; nothing if none has."""
    rows = {(row.run, row.seed): row for row in together.result.runs}
    runs, missing = [], {}
    for folder in folders:
        record = folder.explanation_record()
        if record is None:
            continue
        for run in record.runs:
            row = rows[together.runs[folder.name, run.run], run.seed]
            runs.append(replace(run, run=row.run, inert=is_inert(row, together.result)))
        for label, reason in record.missing.items():
            name, _, seed = label.rpartition(", ")
            missing[f"{together.runs.get((folder.name, name), name)}, {seed}"] = reason
    if runs:
        target.write_explanation(
            ExplanationRecord(
                of=results_digest(together.result),
                runs=tuple(runs),
                splits=tuple(splits(together.result)),
                missing=missing,
            )
        )


def _merge_timing(
    folders: Sequence[ResultsFolder], runs: _Names, target: ResultsFolder
) -> list[str]:
    """Write the times of all folders if one machine measured them; return notes for the user."""
    timed = [(folder.name, timing) for folder in folders if (timing := folder.timing())]
    machines = list(dict.fromkeys(timing.machine for _, timing in timed))
    if len(machines) > 1:
        return [f"times are left out: they were measured on {' and '.join(machines)}"]
    if timed:
        rows = tuple(
            replace(row, run=runs.get((label, row.run), row.run))
            for label, timing in timed
            for row in timing.runs
        )
        target.write_timing(SuiteTiming(machine=machines[0], runs=rows))
    return []


def _copy_files(source: Path, target: Path) -> None:
    """Copy the track files of a run, and everything else in its folder."""
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if inside(source, name).is_file():
            atomic.write_copy(inside(target, name), path.read_bytes())
