"""Score the result files of one run, and warn about implausible figures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mot_bench.atomic import write_bytes
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.mot_text import TrackRows
from mot_bench.datasets.rules import Rules
from mot_bench.errors import InputError, MotBenchError, listed
from mot_bench.records.results import RunResult, track_file
from mot_bench.scoring.hints import Boxes, likely_cause, picture_size
from mot_bench.scoring.numbering import numbered_tracks
from mot_bench.scoring.result_files import ResultFile
from mot_bench.scoring.score import (
    PreparedTruth,
    SequenceScore,
    combine,
    prepare,
    score_sequence,
    summarise,
)
from mot_bench.scoring.track_classes import chosen_tracks
from mot_bench.statistics.counts import FloatArray, stacked

Scored = tuple[RunResult, FloatArray | None]
"""A row with its counts, (sequences, fields); None for the counts of a failed run."""


@dataclass(frozen=True)
class Task:
    """A run to score: its files by sequence, and the names of files that match no sequence."""

    run: str
    seed: int
    files: dict[str, ResultFile]
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scoring:
    """The settings that all runs are scored with.

    Attributes:
        dataset: the dataset with its ground truth.
        allow_missing: whether a sequence without a result file is scored as empty.
        keep: the results folder that result files are copied into; None to keep nothing.
        numbering: how the frames are numbered (see ``mot_bench.scoring.numbering``).
    """

    dataset: Dataset
    allow_missing: bool = False
    keep: Path | None = None
    numbering: str | None = None
    rules: Rules = field(init=False)

    def __post_init__(self) -> None:
        """Take the rules of the dataset."""
        rules = self.dataset.rules or Rules(self.dataset.benchmark, "the dataset")
        object.__setattr__(self, "rules", rules)

    @cached_property
    def truths(self) -> dict[str, PreparedTruth]:
        """The prepared ground truth by sequence."""
        prepared = {}
        for sequence in self.dataset.sequences:
            assert sequence.ground_truth is not None
            prepared[sequence.name] = prepare(
                sequence.ground_truth, sequence.length, self.dataset.benchmark
            )
        return prepared


def score_run(task: Task, scoring: Scoring) -> Scored:
    """Score one run.

    Raises:
        InputError: a sequence has no file, or a file is faulty.
    """
    warnings = _file_warnings(task, scoring)
    scores: dict[str, SequenceScore] = {}
    digests = {}
    for sequence in scoring.dataset.sequences:
        name = sequence.name
        content, tracks, notes = _read(task, sequence, scoring)
        warnings += [f"{name}: {note}" for note in notes]
        scores[name] = _scored(task, name, scoring.truths[name], tracks)
        digests[name] = hashlib.sha256(content).hexdigest()
        if name in task.files:
            warnings += doubts(name, scores[name], sequence, tracks)
            if scoring.keep is not None:
                write_bytes(track_file(scoring.keep, task.run, task.seed, name), content)
    row = RunResult(
        run=task.run,
        seed=task.seed,
        status="ok",
        combined=summarise(combine(scores)),
        sequences={name: summarise(score) for name, score in scores.items()},
        track_digests=digests,
        warnings=_few(warnings),
    )
    return row, stacked(scores.values())


def _file_warnings(task: Task, scoring: Scoring) -> list[str]:
    """Return warnings about missing and superfluous files.

    Raises:
        InputError: a file is missing that must not be.
    """
    missing = [name for name in scoring.truths if name not in task.files]
    if missing and not scoring.allow_missing:
        hint = "--allow-missing scores the others as empty"
        expected = f"a result file for each sequence of the ground truth ({hint})"
        raise InputError(f"run {task.run}", expected, f"none for {listed(missing)}")
    warnings = []
    if missing:
        warnings.append(f"no result file for {listed(missing)}: scored as empty")
    if task.passed_over:
        names = listed(f"{name}.txt" for name in task.passed_over)
        warnings.append(f"result files that match no sequence were skipped: {names}")
    return warnings


def _read(
    task: Task, sequence: Sequence, scoring: Scoring
) -> tuple[bytes, TrackRows, tuple[str, ...]]:
    """Return the content and tracks of a sequence as they are scored, with notes on changes."""
    file = task.files.get(sequence.name)
    content = b"" if file is None else file.read()
    label = sequence.name if file is None else file.label
    numbered = numbered_tracks(content, label, sequence, scoring.numbering)
    content, tracks, note = chosen_tracks(numbered.content, numbered.tracks, label, scoring.rules)
    return content, tracks, tuple(filter(None, (numbered.note, note)))


def _scored(task: Task, name: str, truth: PreparedTruth, tracks: TrackRows) -> SequenceScore:
    """Return the score of one sequence; an error names the file."""
    try:
        return score_sequence(truth, tracks)
    except MotBenchError as error:
        place = task.files[name].label if name in task.files else name
        raise MotBenchError(f"{place}: {error}") from error


def doubts(name: str, score: SequenceScore, sequence: Sequence, tracks: TrackRows) -> list[str]:
    """Return a warning about the score of a sequence if it is implausible."""
    clear, count = score.families["CLEAR"], score.families["Count"]
    people = int(count["GT_Dets"])
    if not people:
        return []
    if not len(tracks):
        return [f"{name}: its file has no tracks"]
    right, mota = int(clear["CLR_TP"]), float(clear["MOTA"])
    if right and mota >= 0:
        return []
    if right:
        wrong = f"{int(clear['CLR_FP']):,} wrong boxes for {people:,} people"
        finding = f"{name}: MOTA is {100 * mota:.3f}, below 0: {wrong}"
    else:
        boxes = f"none of {len(tracks):,} boxes"
        finding = f"{name}: {boxes} reaches an IoU of 0.5 with a box that counts"
    cause = _cause(sequence, tracks)
    return [f"{finding}; {cause}" if cause else finding]


def _cause(sequence: Sequence, tracks: TrackRows) -> str:
    assert sequence.ground_truth is not None
    boxes = Boxes(tracks.frames, tracks.boxes_ltwh)
    return likely_cause(sequence.ground_truth, boxes, picture_size(sequence))


def _few(warnings: list[str], most: int = 8) -> list[str]:
    more = len(warnings) - most
    return warnings if more <= 0 else [*warnings[:most], f"and {more} more warnings of this kind"]
