"""Scoring the result files of one run: its row, its counts, and what makes its figures doubtful."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from mot_bench.atomic import write_bytes
from mot_bench.datasets.mot_text import TrackRows, format_tracks
from mot_bench.datasets.rules import HOW_TO_CHOOSE, OWN, Rules
from mot_bench.datasets.types import Dataset, Sequence
from mot_bench.errors import InputError, MotBenchError, listed
from mot_bench.results import RunResult, track_file
from mot_bench.scoring.hints import Boxes, likely_cause
from mot_bench.scoring.numbering import numbered_tracks
from mot_bench.scoring.profiles import PEDESTRIAN
from mot_bench.scoring.result_files import ResultFile
from mot_bench.scoring.score import PreparedTruth, SequenceScore, combine, prepare, score_sequence, summarise
from mot_bench.statistics.counts import FloatArray, stacked

Scored = tuple[RunResult, FloatArray | None]
"""A row, and its counts, (sequences, fields), where it was scored."""


@dataclass(frozen=True)
class Task:
    """A run to score: its files by sequence, and the names of those that belong to none."""

    run: str
    seed: int
    files: dict[str, ResultFile]
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scoring:
    """What every run is scored by: ground truth, which files may be missing, where they go, how they are numbered."""

    dataset: Dataset
    allow_missing: bool = False
    keep: Path | None = None
    numbering: str | None = None
    rules: Rules = field(init=False)

    def __post_init__(self) -> None:
        """Take the rules of the dataset."""
        object.__setattr__(self, "rules", self.dataset.rules or Rules(self.dataset.benchmark, "the dataset"))

    @cached_property
    def truths(self) -> dict[str, PreparedTruth]:
        """The ground truth by sequence, prepared once."""
        prepared = {}
        for sequence in self.dataset.sequences:
            assert sequence.ground_truth is not None
            prepared[sequence.name] = prepare(sequence.ground_truth, sequence.length, self.dataset.benchmark)
        return prepared


def score_run(task: Task, scoring: Scoring) -> Scored:
    """Score one run.

    Raises:
        InputError: a sequence has no file, or a file is at fault.
    """
    missing = [name for name in scoring.truths if name not in task.files]
    if missing and not scoring.allow_missing:
        raise InputError(
            f"run {task.run}",
            "a result file for each sequence of the ground truth (--allow-missing scores the others as empty)",
            f"none for {listed(missing)}",
        )
    scores: dict[str, SequenceScore] = {}
    digests, warnings = {}, []
    if missing:
        warnings.append(f"no result file for {listed(missing)}: scored as empty")
    if task.passed_over:
        names = listed(f"{name}.txt" for name in task.passed_over)
        warnings.append(f"result files that belong to no sequence were passed over: {names}")
    for sequence in scoring.dataset.sequences:
        name = sequence.name
        content, tracks = _content(task, sequence, scoring, warnings)
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


def _scored(task: Task, name: str, truth: PreparedTruth, tracks: TrackRows) -> SequenceScore:
    """Return the score of one sequence; what cannot be scored names its file."""
    try:
        return score_sequence(truth, tracks)
    except MotBenchError as error:
        place = task.files[name].label if name in task.files else name
        raise MotBenchError(f"{place}: {error}") from error


def doubts(name: str, score: SequenceScore, sequence: Sequence, tracks: TrackRows) -> list[str]:
    """Say why the score of a sequence may not mean what it seems to; nothing where it is plausible."""
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
        finding = (
            f"{name}: MOTA is {100 * mota:.3f}, below 0: {int(clear['CLR_FP']):,} wrong boxes for {people:,} people"
        )
    else:
        finding = f"{name}: none of {len(tracks):,} boxes reaches an IoU of 0.5 with a box that counts"
    assert sequence.ground_truth is not None
    size = (float(sequence.width), float(sequence.height)) if sequence.width and sequence.height else None
    cause = likely_cause(sequence.ground_truth, Boxes(tracks.frames, tracks.boxes_ltwh), size)
    return [f"{finding}; {cause}" if cause else finding]


def _few(warnings: list[str], most: int = 8) -> list[str]:
    more = len(warnings) - most
    return warnings if more <= 0 else [*warnings[:most], f"and {more} more warnings of this kind"]


def _content(task: Task, sequence: Sequence, scoring: Scoring, warnings: list[str]) -> tuple[bytes, TrackRows]:
    """Return the file of a sequence as it is scored and kept, without rows of classes that were not chosen."""
    file = task.files.get(sequence.name)
    content = b"" if file is None else file.read()
    label = sequence.name if file is None else file.label
    numbered = numbered_tracks(content, label, sequence, scoring.numbering)
    content, tracks = numbered.content, numbered.tracks
    if numbered.note:
        warnings.append(f"{sequence.name}: {numbered.note}")
    rules = scoring.rules
    if not len(tracks) or (tracks.classes.max() <= PEDESTRIAN and not rules.classes):
        return content, tracks
    if not rules.classes and rules.benchmark != OWN:
        row = int(tracks.classes.argmax())
        number = tracks.classes[row]
        expected = f"class 1 (or -1) in column 8 by the rules of {rules.benchmark} ({HOW_TO_CHOOSE})"
        found = f"class {number} in row {row + 1}; --classes {number} scores this class"
        raise InputError(label, expected, found)
    chosen = np.ones(len(tracks), np.bool_)
    if rules.classes and (tracks.classes > 0).any():
        chosen = np.isin(tracks.classes, (-1, *rules.classes))
    left_out = int((~chosen).sum())
    if left_out:
        others = listed(map(str, np.unique(tracks.classes[~chosen]).tolist()))
        warnings.append(f"{sequence.name}: {left_out} of {len(chosen)} rows are of other classes ({others}): left out")
    kept = TrackRows(
        tracks.frames[chosen],
        tracks.ids[chosen],
        tracks.boxes_ltwh[chosen],
        tracks.scores[chosen],
        np.full(int(chosen.sum()), -1, np.int64),
    )
    return format_tracks(kept, None).encode(), kept
