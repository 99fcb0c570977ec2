"""Segments of sequences as the unit of statistics, where sequences are few: cut, scored once, and kept.

Every sequence is cut into parts of equal length, and each part is scored by itself: identities
begin anew at a cut. So scores of segments differ from those of whole sequences (``certify`` says by
how much); they are used for spreads alone, never as figures. What lies in ``segments.npz`` as it
should is not scored again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from mot_bench.datasets.dataset import Sequence
from mot_bench.datasets.mot_text import TrackRows, parse_tracks
from mot_bench.datasets.splits import cut_ground_truth
from mot_bench.engine.store import digest_of
from mot_bench.errors import MotBenchError
from mot_bench.records.results import RunResult
from mot_bench.scoring.score import PreparedTruth, prepare, score_sequence
from mot_bench.statistics.counts import (
    COUNTS,
    Counts,
    FloatArray,
    fingerprint,
    read_counts,
    stacked,
    write_units,
)
from mot_bench.statistics.units import SEGMENTS, segment_name
from mot_bench.viewing.folder import ResultsFolder

LEAST_FRAMES = 10


@dataclass(frozen=True)
class Span:
    """Frames ``first`` to ``last`` of a sequence, 1-based, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """In frames."""
        return self.last - self.first + 1


def spans_of(length: int, parts: int) -> list[Span]:
    """A sequence of so many frames in parts that differ by one frame at most.

    >>> [(span.first, span.last) for span in spans_of(11, 3)]
    [(1, 3), (4, 7), (8, 11)]
    """
    ends = [length * part // parts for part in range(parts + 1)]
    return [Span(first + 1, last) for first, last in zip(ends[:-1], ends[1:], strict=True)]


def write_segments(
    folder: ResultsFolder, parts: int, tell: Callable[[str], None] = lambda _: None
) -> None:
    """Cut every sequence into so many parts, score them for each row, and write ``segments.npz``.

    One part is the whole sequence: ``counts.npz`` is written then, as older folders lack it, and
    segments are removed.

    Args:
        folder: results, with the track files that were scored and the ground truth.
        parts: of each sequence.
        tell: takes a line for each sequence that is scored.

    Raises:
        MotBenchError: parts of less than ``LEAST_FRAMES`` frames, or a track file is not what was
            scored.
    """
    sequences = folder.dataset.sequences
    shortest = min(sequences, key=lambda one: one.length)
    if shortest.length < LEAST_FRAMES * parts and parts > 1:
        raise MotBenchError(
            f"--segments: expected at most {max(shortest.length // LEAST_FRAMES, 1)} ({shortest.name} has "
            f"{shortest.length} frames, and a part must have {LEAST_FRAMES}), found {parts}"
        )
    cut = [(one, spans_of(one.length, parts)) for one in sequences]
    names = [segment_name(one.name, span.first, span.last) for one, spans in cut for span in spans]
    units = [one.name for one in sequences] if parts == 1 else names
    path = folder.path / (COUNTS if parts == 1 else SEGMENTS)
    rows = [row for row in folder.result.runs if row.status == "ok"]
    values = _kept(read_counts(path), folder, units)
    missing = [row for row in rows if (row.run, row.seed) not in values]
    found: dict[tuple[str, int], list[FloatArray]] = {(row.run, row.seed): [] for row in missing}
    for sequence, spans in cut if missing else []:
        tell(f"{sequence.name}: scoring {len(spans)} parts of {len(missing)} runs")
        for row, counts in zip(missing, _scored(folder, missing, sequence, spans), strict=True):
            found[row.run, row.seed].append(counts)
    values |= {key: np.concatenate(counts) for key, counts in found.items()}
    write_units(path, folder.result, units, values)
    if parts == 1:
        (folder.path / SEGMENTS).unlink(missing_ok=True)


def _kept(
    counts: Counts | None, folder: ResultsFolder, units: list[str]
) -> dict[tuple[str, int], FloatArray]:
    """Of the rows that were scored before, as they are in the results."""
    if counts is None or list(counts.units) != units:
        return {}
    known = {
        (*row, of): values
        for row, of, values in zip(counts.rows, counts.of, counts.values, strict=True)
    }
    wanted = {(row.run, row.seed): fingerprint(row, folder.result) for row in folder.result.runs}
    return {row: known[*row, of] for row, of in wanted.items() if (*row, of) in known}


def _scored(
    folder: ResultsFolder, rows: list[RunResult], sequence: Sequence, spans: list[Span]
) -> Iterator[FloatArray]:
    """(spans, fields) for each row."""
    truths = _prepared(folder, sequence, spans)
    for row in rows:
        tracks = _tracks(folder, row, sequence)
        yield stacked(
            score_sequence(truth, cut_tracks(tracks, span))
            for truth, span in zip(truths, spans, strict=True)
        )


def _prepared(folder: ResultsFolder, sequence: Sequence, spans: list[Span]) -> list[PreparedTruth]:
    truth = sequence.ground_truth
    if truth is None:
        raise MotBenchError(f"{sequence.name}: expected ground truth, found none")
    benchmark = folder.result.dataset.benchmark
    return [
        prepare(cut_ground_truth(truth, span.first, span.last), span.length, benchmark)
        for span in spans
    ]


def _tracks(folder: ResultsFolder, row: RunResult, sequence: Sequence) -> TrackRows:
    path = folder.track_file(row, sequence.name)
    content = path.read_bytes() if path.is_file() else b""
    if digest_of(content) != row.track_digests.get(sequence.name):
        found = "another file" if path.is_file() else "none"
        raise MotBenchError(
            f"{path}: expected the track file that was scored (its digest is in results.json), found {found}"
        )
    return parse_tracks(content, str(path), sequence.length)


def cut_tracks(tracks: TrackRows, span: Span) -> TrackRows:
    """The rows of the frames of a span, renumbered from 1."""
    keep = (tracks.frames >= span.first) & (tracks.frames <= span.last)
    return TrackRows(
        frames=tracks.frames[keep] - (span.first - 1),
        ids=tracks.ids[keep],
        boxes_ltwh=tracks.boxes_ltwh[keep],
        scores=tracks.scores[keep],
        classes=tracks.classes[keep],
    )
