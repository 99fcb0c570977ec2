"""What a results folder holds to look at: its results, the dataset they are on, track files, and errors by cause."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.mot_text import TrackRows, read_tracks
from mot_bench.datasets.rules import Rules, Stated
from mot_bench.engine.environment import ENVIRONMENT
from mot_bench.errors import InputError, MotBenchError, check_names
from mot_bench.explaining.events import EventTable, events_path, load_events
from mot_bench.records.results import DatasetRecord, RunResult, SuiteResult, run_folder, track_file
from mot_bench.reporting.bundle import read_results
from mot_bench.scoring.sequence_names import of_name
from mot_bench.scoring.truth_files import SCORED_ON, open_truth
from mot_bench.viewing.names import run_label


@dataclass(frozen=True)
class ResultsFolder:
    """A results folder, opened.

    Attributes:
        path: where it is.
        result: its results.json.
        dataset: what was scored on, the sequences of results.json alone; with the ground truth that
            was scored on.
    """

    path: Path
    result: SuiteResult
    dataset: Dataset

    def run_folder(self, run: RunResult) -> Path:
        """Where the files of a run with one seed lie (errors as ``mot_bench.records.results.run_folder``)."""
        return run_folder(self.path, run.run, run.seed)

    def track_file(self, run: RunResult, sequence: str) -> Path:
        """Return where the tracks of a run lie, or would (errors as ``run_folder``)."""
        return track_file(self.path, run.run, run.seed, sequence)

    def tracks(self, run: RunResult, sequence: Sequence) -> TrackRows | None:
        """The tracks of a run in a sequence.

        None where there is no file (errors as ``read_tracks``).
        """
        path = self.track_file(run, sequence.name)
        return read_tracks(path, sequence.length) if path.is_file() else None

    def events(self, run: RunResult) -> EventTable | None:
        """The errors of a run; None where nobody looked for them (errors as ``load_events``)."""
        path = events_path(self.path, run.run, run.seed)
        return load_events(path) if path.is_file() else None

    def label(self, run: RunResult) -> str:
        """What a run with one seed is called: its name, with the seed where it has several."""
        return run_label(self.result, run)


def open_results(
    path: Path, data_root: Path | None = None, dataset: str | None = None
) -> ResultsFolder:
    """Open a results folder and the dataset that it is on.

    Args:
        path: folder with a results.json.
        data_root: where named datasets lie; None: where they lay when the results were made.
        dataset: name or path of the dataset, of a folder of ground truth or of a gt.txt; None: as
            the results say.

    Raises:
        InputError: no results.json, or ground truth that is not what was scored on.
        MotBenchError: the dataset is not found.
    """
    if (path / "tracks.txt").is_file() and not (path / "results.json").exists():
        found = (
            f"tracks.txt of mot-bench track: mot-bench viewer {path} plays them; with ground truth, "
            f"mot-bench score {path / 'tracks.txt'} --ground-truth GT --out OUT makes results"
        )
        raise InputError(path, "the results of mot-bench run or score", found)
    result = read_results(path / "results.json")
    data_root = data_root or remembered_data_root(path)
    try:
        opened = _open(path, result, data_root, dataset)
    except MotBenchError as error:
        if dataset is not None:
            raise
        raise MotBenchError(
            f"{error} (say where the data are: --dataset NAME_OR_PATH, --data-root FOLDER)"
        ) from error
    sequences = []
    for record in result.dataset.sequences:
        sequence = of_name(record.name, opened.sequences)
        if sequence is None:
            raise MotBenchError(
                f"dataset {opened.name}: expected sequence {record.name}, found none of this name"
            )
        if sequence.digest != record.digest:
            raise MotBenchError(
                f"dataset {opened.name}: expected the ground truth of {record.name} that was scored on "
                f"(results.json has its digest), found another"
            )
        sequences.append(sequence)
    kept = Dataset(
        opened.name, result.dataset.benchmark, opened.split, tuple(sequences), opened.root
    )
    return ResultsFolder(path, result, kept)


def remembered_data_root(path: Path) -> Path | None:
    """Return the data root that a results folder was made with.

    None where it had none, or where it is gone.
    """
    for name in (SCORED_ON, ENVIRONMENT):
        stated = _stated(path / name, "data_root")
        if stated is not None and Path(stated).is_dir():
            return Path(stated)
    return None


def _open(path: Path, result: SuiteResult, data_root: Path | None, named: str | None) -> Dataset:
    record = result.dataset
    stated = _stated_rules(record)
    names = [sequence.name for sequence in record.sequences]
    if named is not None:
        name, _, split = named.partition("@")
        return open_truth(
            name, stated=stated, split=split or record.split, data_root=data_root, names=names
        )
    scored_on = _stated(path / SCORED_ON, "ground_truth")
    if scored_on is not None:
        return open_truth(
            scored_on, stated=stated, split=record.split, data_root=data_root, names=names
        )
    name = (_stated(path / "suite.json", "dataset") or record.name).partition("@")[0]
    return open_dataset(name, data_root, record.split or None, stated=stated)


def _stated_rules(record: DatasetRecord) -> Stated:
    """Return the rules and classes that a result was scored by."""
    rules = Rules(record.benchmark, "results.json", tuple(record.classes))
    return Stated(record.benchmark, rules.chosen, rules.reason)


def _stated(path: Path, key: str) -> str | None:
    """A text in a JSON file beside results.json; None where there is none."""
    try:
        stated = json.loads(path.read_bytes())[key]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return stated if isinstance(stated, str) else None


def chosen_runs(
    folder: ResultsFolder, names: list[str] | None, option: str = "--runs"
) -> list[RunResult]:
    """The rows of these runs, all seeds; every row where none is named.

    ``option``: where they were named.

    Raises:
        MotBenchError: there is no such run.
    """
    runs = folder.result.runs
    check_names(option, names or (), dict.fromkeys(run.run for run in runs))
    return [run for run in runs if run.run in names] if names else list(runs)


def chosen_sequences(
    folder: ResultsFolder, names: list[str] | None, option: str = "--sequences"
) -> list[Sequence]:
    """The sequences of these names; all where none is named. ``option``: where they were named.

    Raises:
        MotBenchError: there is no such sequence.
    """
    sequences = folder.dataset.sequences
    check_names(option, names or (), (sequence.name for sequence in sequences))
    return [sequence for sequence in sequences if not names or sequence.name in names]
