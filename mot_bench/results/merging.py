"""Several results folders as one: run names made unique, one ground truth and one scorer, track files along.

A run's name that several folders have becomes ``FOLDER/RUN``; so does a network's, unless it is the
same network.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mot_bench import atomic
from mot_bench.errors import MotBenchError
from mot_bench.explaining.merging import merge_explanations
from mot_bench.files.json_files import read_json
from mot_bench.files.places import check_place, inside
from mot_bench.records.results import ModelResult, RunResult, SuiteResult, SuiteTiming, run_folder
from mot_bench.reporting.bundle import read_folder_timing
from mot_bench.results.folders import Folder, check_comparable, open_folder
from mot_bench.scoring.truth_files import SCORED_ON
from mot_bench.statistics.counts import COUNTS, Counts, fingerprint, read_counts, write_units
from mot_bench.suites.models import PREFIX, model_name

_Names = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Merged:
    """Several results folders as one.

    Attributes:
        result: with every run.
        runs: for label and name of a run its new name.
        counts: of the sequences, for statistics; None where no folder has them.
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
        Lines that a reader must know.

    Raises:
        MotBenchError: two folders were scored on other ground truth or by another scorer, or are
            the same one; or ``out`` is one of them.
    """
    if any(path.resolve() == out.resolve() for path in paths):
        raise MotBenchError(f"--out: expected a folder of its own for what is merged, found {out}")
    folders = [open_folder(path, label) for path, label in zip(paths, _labels(paths), strict=True)]
    check_comparable(*folders)
    one = merged(folders)
    for folder in folders:
        for run in folder.result.runs:
            _copy_files(folder, run, run_folder(out, one.runs[folder.label, run.run], run.seed))
    if one.counts is not None:
        values = dict(zip(one.counts.rows, one.counts.values, strict=True))
        write_units(out / COUNTS, one.result, one.counts.units, values)
    atomic.write_text(out / "results.json", one.result.model_dump_json(indent=1) + "\n")
    atomic.write_text(out / SCORED_ON, json.dumps({"ground_truth": _truth_of(folders[0])}) + "\n")
    explained = [
        (
            folder.path,
            folder.result,
            {run.run: one.runs[folder.label, run.run] for run in folder.result.runs},
        )
        for folder in folders
    ]
    merge_explanations(explained, one.result, out)
    return _merge_timing(folders, one.runs, out)


def merged(folders: Sequence[Folder]) -> Merged:
    """Folders with different labels, of one ground truth and one scorer, as one.

    Raises:
        InputError: a folder's counts.npz is malformed.
    """
    runs = _unique([(folder.label, run.run) for folder in folders for run in folder.result.runs])
    return Merged(_result(folders, runs, _model_names(folders)), runs, _counts(folders, runs))


def _counts(folders: Sequence[Folder], runs: _Names) -> Counts | None:
    """Those of all folders that have any; their sequences in the order of the first folder."""
    units = tuple(sequence.name for sequence in folders[0].result.dataset.sequences)
    rows: list[tuple[str, int]] = []
    of: list[str] = []
    values = []
    for folder in folders:
        counts = read_counts(folder.path / COUNTS)
        if counts is None or set(counts.units) != set(units):
            continue
        order = [counts.units.index(unit) for unit in units]
        # A hash names sequences in the order of its folder: it is made again for that of the first.
        mine = {(run.run, run.seed): run for run in folder.result.runs}
        for place, (name, seed) in enumerate(counts.rows):
            run = mine.get((name, seed))
            if run is not None and counts.of[place] == fingerprint(run, folder.result):
                rows.append((runs[folder.label, name], seed))
                of.append(fingerprint(run, folders[0].result))
                values.append(counts.values[place][order])
    return Counts(tuple(rows), tuple(of), units, np.stack(values)) if rows else None


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


def _model_names(folders: Sequence[Folder]) -> _Names:
    """New names of networks; one that several folders have with the same weights keeps its name."""
    weights: dict[str, set[str]] = {}
    for folder in folders:
        mine: dict[str, list[str]] = {}
        for model in folder.result.models:
            mine.setdefault(model.model, []).append(f"{model.seed} {model.weights_digest}")
        for name, digests in mine.items():
            weights.setdefault(name, set()).add(" ".join(digests))
    return {
        (folder.label, model.model): f"{folder.label}/{model.model}"
        if len(weights[model.model]) > 1
        else model.model
        for folder in folders
        for model in folder.result.models
    }


def _result(folders: Sequence[Folder], runs: _Names, models: _Names) -> SuiteResult:
    first = folders[0].result
    rows = [
        run.model_copy(
            update={
                "run": runs[folder.label, run.run],
                "detections": _renamed(run.detections, folder.label, models),
                "embeddings": _renamed(run.embeddings, folder.label, models),
            }
        )
        for folder in folders
        for run in folder.result.runs
    ]
    networks: dict[tuple[str, int], ModelResult] = {}
    for folder in folders:
        for model in folder.result.models:
            name = models[folder.label, model.model]
            networks.setdefault((name, model.seed), model.model_copy(update={"model": name}))
    labels = [folder.label for folder in folders]
    base = next(
        ((folder.label, folder.result.base) for folder in folders if folder.result.base), None
    )
    return first.model_copy(
        update={
            "suite": " + ".join(dict.fromkeys(folder.result.suite for folder in folders)),
            "title": f"{', '.join(labels[:-1])} and {labels[-1]}"
            if len(labels) > 1
            else first.title,
            "description": (
                f"Results of {len(folders)} folders on one ground truth, by one scorer."
                if len(labels) > 1
                else first.description
            ),
            "base": None if base is None else runs.get(base, base[1]),
            "runs": rows,
            "models": list(networks.values()),
        }
    )


def _renamed(reference: str, label: str, models: _Names) -> str:
    name = model_name(reference)
    return reference if name is None else PREFIX + models.get((label, name), name)


def _truth_of(folder: Folder) -> str:
    """What the ground truth of a folder is called: as it was scored on, or the dataset of its suite."""
    for name, key in ((SCORED_ON, "ground_truth"), ("suite.json", "dataset")):
        path = folder.path / name
        stated = read_json(path, "an object") if path.exists() else None
        if isinstance(stated, dict) and isinstance(stated.get(key), str):
            return str(stated[key]).partition("@")[0]
    return folder.result.dataset.name


def _merge_timing(folders: Sequence[Folder], runs: _Names, out: Path) -> list[str]:
    """Times, where all that there are were measured on one machine."""
    timed = [
        (folder.label, timing)
        for folder in folders
        if (timing := read_folder_timing(folder.path, folder.result)) is not None
    ]
    machines = list(dict.fromkeys(timing.machine for _, timing in timed))
    if len(machines) > 1:
        return [f"times are left out: they were measured on {' and '.join(machines)}"]
    if timed:
        rows = [
            row.model_copy(update={"run": runs.get((label, row.run), row.run)})
            for label, timing in timed
            for row in timing.runs
        ]
        merged = SuiteTiming(machine=machines[0], runs=rows)
        atomic.write_text(
            out / "timing.json", json.dumps(merged.model_dump(mode="json"), indent=1) + "\n"
        )
    return []


def _copy_files(folder: Folder, run: RunResult, target: Path) -> None:
    """Copy the track files of a run, and what else was found of it."""
    source = run_folder(folder.path, run.run, run.seed)
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if inside(source, name).is_file():
            atomic.write_copy(inside(target, name), path.read_bytes())
