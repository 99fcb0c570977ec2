"""The results folder: the type that knows which files lie in it, and reads and writes them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from mot_bench import atomic
from mot_bench.datasets import dataset as datasets
from mot_bench.datasets.mot_text import TrackRows, read_tracks
from mot_bench.engine.environment import ENVIRONMENT
from mot_bench.errors import InputError, check_names
from mot_bench.explaining.events import EventTable, events_path, load_events
from mot_bench.explaining.records import EXPLANATION, ExplanationRecord, results_digest
from mot_bench.files.json_files import read_json, read_record
from mot_bench.records.figures import FIGURES, FigureRecord, figures_digest
from mot_bench.records.results import RunResult, SuiteResult, SuiteTiming, run_folder, track_file
from mot_bench.reports.certainty import Certainty
from mot_bench.reports.explanation import Explanation
from mot_bench.scoring.truth_files import SCORED_ON
from mot_bench.statistics.certainty import certainty_of
from mot_bench.statistics.counts import COUNTS, Counts, FloatArray, read_counts, write_units
from mot_bench.statistics.units import SEGMENTS

RESULTS, SUITE, TIMING = "results.json", "suite.json", "timing.json"
SHOWN_RUNS = "viewer/shown-runs.json"
DECIDING = (RESULTS, TIMING, EXPLANATION, FIGURES, COUNTS, SEGMENTS, SHOWN_RUNS)
"""The files that decide what a report of the folder shows, beside ``environment.json``."""

_MOST_SECONDS = 1e12
"""The largest number that a timing may hold, whether seconds, frames or a seed."""

_SHOWN_RUNS = TypeAdapter(list[tuple[str, int]])


@dataclasses.dataclass(frozen=True)
class ResultsFolder:
    """A folder of ``mot-bench run``, ``mot-bench score`` or ``mot-bench report --out``.

    Files are read when they are first asked for. Every reader raises ``InputError`` for a file that
    is malformed; every writer raises ``MotBenchError`` if the folder cannot be written.

    Attributes:
        path: the folder.
        label: what the folder is called beside others.
        opened: the dataset that was scored on, with the sequences of the results only; None if it
            was not opened (``mot_bench.results.opening``).
    """

    path: Path
    label: str = ""
    opened: datasets.Dataset | None = dataclasses.field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Return the label, or the folder's own name if it has no label."""
        return self.label or self.path.resolve().name

    @property
    def dataset(self) -> datasets.Dataset:
        """Return the dataset that was scored on; the folder must have been opened with it."""
        if self.opened is None:
            raise ValueError(f"{self.path}: the dataset was not opened")
        return self.opened

    @cached_property
    def result(self) -> SuiteResult:
        """Return the content of ``results.json``, in which each run and seed occurs once."""
        path = self.path / RESULTS
        result = read_record(path, SuiteResult, _expected(RESULTS, "run and mot-bench score write"))
        seen = set()
        for run in result.runs:
            if (run.run, run.seed) in seen:
                found = f"{run.run} with seed {run.seed} twice"
                raise InputError(path, "each run and seed once", found)
            seen.add((run.run, run.seed))
        return result

    @property
    def has_results(self) -> bool:
        """Return whether there is a ``results.json``."""
        return (self.path / RESULTS).exists()

    def write_result(self, result: SuiteResult) -> None:
        """Write ``results.json``."""
        atomic.write_text(self.path / RESULTS, result.model_dump_json(indent=1) + "\n")
        self.__dict__["result"] = result

    def stored_timing(self) -> SuiteTiming | None:
        """Return the content of ``timing.json``, or None if there is no such file."""
        path = self.path / TIMING
        if not path.exists():
            return None
        expected = _expected(TIMING, "run --timing writes")
        timing = read_record(path, SuiteTiming, expected, refuse_nan=True)
        for run in timing.runs:
            values = dataclasses.asdict(run).values()
            numbers = [value for value in values if isinstance(value, int | float)]
            if not all(0 <= number <= _MOST_SECONDS for number in numbers):
                found = f"a time below 0 or beyond {_MOST_SECONDS:g} seconds of run {run.run}"
                raise InputError(path, expected, found)
        return timing

    def timing(self) -> SuiteTiming | None:
        """Return the times of those runs that have not changed since they were timed, or None."""
        timing = self.stored_timing()
        if timing is None:
            return None
        present = {(row.run, row.seed): row.making() for row in self.result.runs}
        rows = [row for row in timing.runs if row.of and row.of == present.get((row.run, row.seed))]
        return timing.model_copy(update={"runs": rows}) if rows else None

    def write_timing(self, timing: SuiteTiming) -> None:
        """Write ``timing.json``."""
        atomic.write_text(self.path / TIMING, timing.model_dump_json(indent=1) + "\n")

    def explanation_record(self) -> ExplanationRecord | None:
        """Return the content of ``explanation.json``.

        None if there is no such file, or if it explains other results.
        """
        path = self.path / EXPLANATION
        if not path.exists():
            return None
        expected = _expected(EXPLANATION, "run and mot-bench explain write")
        record = read_record(path, ExplanationRecord, expected)
        return record if record.of == results_digest(self.result) else None

    def explanation(self) -> Explanation | None:
        """Return the errors by cause as reports show them, or None (see ``explanation_record``)."""
        record = self.explanation_record()
        return record.shown if record is not None else None

    def write_explanation(self, record: ExplanationRecord) -> None:
        """Write ``explanation.json``."""
        atomic.write_text(self.path / EXPLANATION, record.model_dump_json(indent=1) + "\n")

    def figure_data(self) -> FigureRecord | None:
        """Return the content of ``figures.json``; None without one, or if it is of other results."""
        path = self.path / FIGURES
        if not path.exists():
            return None
        expected = _expected(FIGURES, "run and mot-bench score write")
        record = read_record(path, FigureRecord, expected, refuse_nan=True)
        return record if record.of == figures_digest(self.result) else None

    def write_figure_data(self, record: FigureRecord) -> None:
        """Write ``figures.json``."""
        text = json.dumps(record.model_dump(mode="json"), separators=(",", ":"))
        atomic.write_text(self.path / FIGURES, text + "\n")

    def counts(self) -> Counts | None:
        """Return TrackEval's counts of each sequence, or None if there is no ``counts.npz``."""
        return read_counts(self.path / COUNTS)

    def write_counts(
        self,
        result: SuiteResult,
        units: Sequence[str],
        values: Mapping[tuple[str, int], FloatArray],
    ) -> None:
        """Write ``counts.npz``: the counts of the runs of a result in each unit."""
        write_units(self.path / COUNTS, result, units, values)

    def certainty(self) -> Certainty | None:
        """Return how certain the figures are, or None if no run finished."""
        return certainty_of(self.path, self.result)

    def json_object(self, name: str, writer: str = "run") -> Mapping[str, object]:
        """Return a JSON object of the folder; empty if the file is missing or holds other JSON."""
        path = self.path / name
        if not path.exists():
            return {}
        content = read_json(path, _expected(name, f"{writer} writes"), refuse_nan=False)
        return content if isinstance(content, dict) else {}

    def stated(self, name: str, key: str) -> str | None:
        """Return a text of a JSON file of the folder; None if it cannot be read or is no text."""
        try:
            found = self.json_object(name).get(key)
        except InputError:
            return None
        return found if isinstance(found, str) else None

    @property
    def ground_truth(self) -> str | None:
        """Return the path or name of the ground truth that ``mot-bench score`` was given."""
        return self.stated(SCORED_ON, "ground_truth")

    def write_ground_truth(self, name: str) -> None:
        """Write into ``scored-on.json`` the path or name of the ground truth."""
        atomic.write_text(self.path / SCORED_ON, json.dumps({"ground_truth": name}) + "\n")

    @property
    def dataset_name(self) -> str:
        """Return the dataset's name or path without its split, as the suite or the results say."""
        name = self.stated(SUITE, "dataset") or self.result.dataset.name
        return name.partition("@")[0]

    @property
    def data_root(self) -> Path | None:
        """Return the data root that the results were made with, or None if it is not there."""
        for name in (SCORED_ON, ENVIRONMENT):
            found = self.stated(name, "data_root")
            if found is not None and Path(found).is_dir():
                return Path(found)
        return None

    def run_folder(self, run: RunResult) -> Path:
        """Return the folder of a run with one seed (errors as ``records.results.run_folder``)."""
        return run_folder(self.path, run.run, run.seed)

    def track_file(self, run: RunResult, sequence: str) -> Path:
        """Return the path of a run's tracks in a sequence, whether or not the file exists."""
        return track_file(self.path, run.run, run.seed, sequence)

    def tracks(self, run: RunResult, sequence: datasets.Sequence) -> TrackRows | None:
        """Return the tracks of a run in a sequence, or None if there is no file."""
        path = self.track_file(run, sequence.name)
        return read_tracks(path, sequence.length) if path.is_file() else None

    def events(self, run: RunResult) -> EventTable | None:
        """Return the errors of a run, or None if it was not explained."""
        path = events_path(self.path, run.run, run.seed)
        return load_events(path) if path.is_file() else None

    def run_label(self, run: RunResult) -> str:
        """Return the run's name in pages, with the seed if the run has several."""
        several = sum(other.run == run.run for other in self.result.runs) > 1
        return f"{run.run}, seed {run.seed}" if several else run.run

    def shown_runs(self) -> dict[tuple[str, int], str]:
        """Return the labels of the runs that the viewer of the folder shows, by run and seed."""
        try:
            shown = _SHOWN_RUNS.validate_json((self.path / SHOWN_RUNS).read_bytes())
        except (OSError, ValidationError):
            return {}
        rows = {(run.run, run.seed): run for run in self.result.runs}
        return {key: self.run_label(rows[key]) for key in shown if key in rows}

    def write_shown_runs(self, runs: Sequence[RunResult]) -> None:
        """Write which runs the viewer of the folder shows."""
        shown = [[run.run, run.seed] for run in runs]
        atomic.write_text(self.path / SHOWN_RUNS, json.dumps(shown) + "\n")

    def chosen_runs(self, names: Sequence[str] | None, option: str = "--runs") -> list[RunResult]:
        """Return the rows of the named runs with all their seeds; every row without names.

        Raises:
            MotBenchError: a name that no run has; ``option`` says where it was given.
        """
        rows = self.result.runs
        check_names(option, names or (), dict.fromkeys(run.run for run in rows))
        return [run for run in rows if not names or run.run in names]

    def chosen_sequences(
        self, names: Sequence[str] | None, option: str = "--sequences"
    ) -> list[datasets.Sequence]:
        """Return the named sequences; all of them without names (errors as ``chosen_runs``)."""
        sequences = self.dataset.sequences
        check_names(option, names or (), (sequence.name for sequence in sequences))
        return [sequence for sequence in sequences if not names or sequence.name in names]


def _expected(name: str, command: str) -> str:
    """Return what a file of the folder should be, for messages."""
    return f"{name} as mot-bench {command} it"
