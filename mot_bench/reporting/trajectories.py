"""Who was followed when, and under how many identities: from track files to the timelines of ``reports``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.errors import InputError, MotBenchError, check_names, did_you_mean
from mot_bench.explaining.matching import match
from mot_bench.explaining.scene import People, people_of, scene_of
from mot_bench.records.results import RunResult
from mot_bench.reports.timeline import Presence, Span, Switch, Timeline
from mot_bench.results.folder import ResultsFolder

IntArray = npt.NDArray[np.int64]
BASE_AND_BEST = 2
ORACLE = "oracle"


def timelines(
    folder: ResultsFolder, runs: list[str] | None, sequence: str | None
) -> tuple[Timeline, ...]:
    """Timelines of runs on one sequence, of each run its first seed.

    Args:
        folder: with track files.
        runs: names; None: the base run and the best other run that is on no oracle and tracks
            differently.
        sequence: its name; None: the one that shows best why the better of the two runs associates
            better.

    Raises:
        InputError: a run has no track file for the sequence.
        MotBenchError: no such run or sequence, or a file at fault.
    """
    rows = [_row(folder, name) for name in runs] if runs else _base_and_best(folder)
    if not rows:
        raise MotBenchError("timeline: expected a run that finished, found none")
    one = _sequence(folder, sequence or _most_telling(folder, rows))
    people = people_of(one, folder.dataset.benchmark)
    return tuple(_timeline(folder, row, one, people) for row in rows)


def main_timelines(folder: ResultsFolder) -> tuple[Timeline, ...]:
    """Return the timelines that a report shows: of the base run and the best other run.

    None are returned where there are no two runs that differ, or where their track files are
    missing.

    Raises:
        MotBenchError: a track file is at fault.
    """
    rows = _base_and_best(folder)
    if len(rows) < BASE_AND_BEST or not folder.dataset.sequences:
        return ()
    sequence = _sequence(folder, _most_telling(folder, rows))
    if sequence.ground_truth is None or any(folder.tracks(row, sequence) is None for row in rows):
        return ()
    people = people_of(sequence, folder.dataset.benchmark)
    return tuple(_timeline(folder, row, sequence, people) for row in rows)


def _row(folder: ResultsFolder, name: str) -> RunResult:
    done = [run for run in folder.result.runs if run.status == "ok"]
    check_names("--runs", [name], dict.fromkeys(run.run for run in done))
    return next(run for run in done if run.run == name)


def _base_and_best(folder: ResultsFolder) -> list[RunResult]:
    """Return the base run and the best runs with other tracks; without a base run the best."""
    ranked = sorted(_contenders(folder), key=lambda run: -_metric(run, "HOTA"))
    base = next((run for run in ranked if run.run == folder.result.base), None)
    if base is None:
        return ranked[:BASE_AND_BEST]
    differing = [run for run in ranked if run.track_digests != base.track_digests]
    return [base, *differing][:BASE_AND_BEST]


def _contenders(folder: ResultsFolder) -> list[RunResult]:
    """Return the first seed of each run that was scored.

    Runs on the ground truth's boxes are among them only if there are no others.
    """
    done = [run for run in folder.result.runs if run.status == "ok" and run.combined is not None]
    first = list({run.run: run for run in reversed(done)}.values())[::-1]
    return [run for run in first if run.detections != ORACLE] or first


def _metric(run: RunResult, name: str) -> float:
    return float(run.combined.metrics.get(name, -1.0)) if run.combined else -1.0


def _most_telling(folder: ResultsFolder, rows: list[RunResult]) -> str:
    """Return the sequence in which the run with the highest HOTA gains most AssA on the lowest of the others."""
    best = max(rows, key=lambda row: _metric(row, "HOTA"))

    def gain(name: str) -> float:
        accuracy = {row.run: float(row.sequences[name].metrics.get("AssA", 0.0)) for row in rows}
        return accuracy[best.run] - min(accuracy.values())

    names = [
        one.name
        for one in folder.dataset.sequences
        if all(one.name in row.sequences for row in rows)
    ]
    return max(names, key=gain) if names else folder.dataset.sequences[0].name


def _sequence(folder: ResultsFolder, name: str) -> Sequence:
    found = next((sequence for sequence in folder.dataset.sequences if sequence.name == name), None)
    if found is None:
        known = ", ".join(sequence.name for sequence in folder.dataset.sequences)
        raise MotBenchError(
            f"--sequence: expected one of {known}; found {name!r}{did_you_mean(name, known.split(', '))}"
        )
    return found


def _timeline(
    folder: ResultsFolder, row: RunResult, sequence: Sequence, people: People
) -> Timeline:
    tracks = folder.tracks(row, sequence)
    if tracks is None:
        raise InputError(
            folder.track_file(row, sequence.name), f"the tracks of {row.run}", "no such file"
        )
    scene, rows = scene_of(people, tracks)
    matching = match(scene)
    found = matching.track_of >= 0
    followed = np.full(len(people.frames), -1, np.int64)
    followed[found] = tracks.ids[rows[matching.track_of[found]]]
    frames = people.frames + 1
    order = np.lexsort((frames, people.file_ids))
    presences = [
        Presence(person, first, last)
        for person, _, first, last in _stretches(people.file_ids, frames, order)
    ]
    order = order[followed[order] >= 0]
    spans = [Span(person, track, first, last) for person, track, first, last in
             _stretches(people.file_ids, frames, order, followed)]  # fmt: skip
    switched = np.flatnonzero(matching.switched)
    switches = [Switch(int(people.file_ids[row]), int(frames[row])) for row in switched]
    return Timeline(
        row.run, row.seed, sequence.name, sequence.length, sequence.frame_rate,
        tuple(presences), tuple(spans), tuple(switches),
    )  # fmt: skip


def _stretches(
    people: IntArray, frames: IntArray, order: npt.NDArray[np.intp], tracks: IntArray | None = None
) -> list[tuple[int, int, int, int]]:
    """Person, track, first and last frame of every stretch of frames that follow each other without a change."""
    if not len(order):
        return []
    person, frame = people[order], frames[order]
    track = np.zeros_like(person) if tracks is None else tracks[order]
    new = np.flatnonzero((np.diff(person) != 0) | (np.diff(frame) != 1) | (np.diff(track) != 0)) + 1
    firsts, lasts = np.concatenate(([0], new)), np.concatenate((new, [len(order)])) - 1
    return [
        (int(person[a]), int(track[a]), int(frame[a]), int(frame[b]))
        for a, b in zip(firsts, lasts, strict=True)
    ]
