"""Score segments of sequences, the unit of statistics if there are few sequences.

Each sequence is cut into parts of equal length, and each part is scored by itself, so identities
start anew at a cut. Scores of segments therefore differ from those of whole sequences (a note says
by how much); they are used only for spreads, never as figures. Valid entries of ``segments.npz``
are not scored again.
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
from mot_bench.results.folder import ResultsFolder
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

LEAST_FRAMES = 10


@dataclass(frozen=True)
class Span:
    """Frames ``first`` to ``last`` of a sequence, 1-based, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """The number of frames."""
        return self.last - self.first + 1


Cut = tuple[Sequence, list[Span]]


def spans_of(length: int, parts: int) -> list[Span]:
    """Return ``parts`` spans of a sequence whose lengths differ by at most one frame.

    >>> [(span.first, span.last) for span in spans_of(11, 3)]
    [(1, 3), (4, 7), (8, 11)]
    """
    ends = [length * part // parts for part in range(parts + 1)]
    return [Span(first + 1, last) for first, last in zip(ends[:-1], ends[1:], strict=True)]


def write_segments(
    folder: ResultsFolder, parts: int, tell: Callable[[str], None] = lambda _: None
) -> None:
    """Cut every sequence into ``parts`` segments, score them for each row, write ``segments.npz``.

    With one part, the unit is the whole sequence: ``counts.npz``, which older folders lack, is
    written, and ``segments.npz`` is removed.

    Args:
        folder: the results folder, with the scored track files and the ground truth.
        parts: the number of parts of each sequence.
        tell: a function that is called with a line for each sequence that is scored.

    Raises:
        MotBenchError: a part has fewer than ``LEAST_FRAMES`` frames, or a track file is not the one
            that was scored.
    """
    sequences = folder.dataset.sequences
    _check_parts(sequences, parts)
    cuts = [(one, spans_of(one.length, parts)) for one in sequences]
    if parts == 1:
        units, path = [one.name for one in sequences], folder.path / COUNTS
    else:
        units, path = _segment_names(cuts), folder.path / SEGMENTS
    values = _kept(read_counts(path), folder, units)
    finished_rows = [row for row in folder.result.runs if row.status == "ok"]
    missing_rows = [row for row in finished_rows if (row.run, row.seed) not in values]
    values |= _score_rows(folder, missing_rows, cuts, tell)
    write_units(path, folder.result, units, values)
    if parts == 1:
        (folder.path / SEGMENTS).unlink(missing_ok=True)


def _check_parts(sequences: tuple[Sequence, ...], parts: int) -> None:
    """Refuse parts of fewer than ``LEAST_FRAMES`` frames (``MotBenchError``)."""
    shortest = min(sequences, key=lambda one: one.length)
    if shortest.length < LEAST_FRAMES * parts and parts > 1:
        most = max(shortest.length // LEAST_FRAMES, 1)
        raise MotBenchError(
            f"--segments: expected at most {most} ({shortest.name} has {shortest.length} frames, "
            f"and a part must have {LEAST_FRAMES}), found {parts}"
        )


def _segment_names(cuts: list[Cut]) -> list[str]:
    return [segment_name(one.name, span.first, span.last) for one, spans in cuts for span in spans]


def _score_rows(
    folder: ResultsFolder, rows: list[RunResult], cuts: list[Cut], tell: Callable[[str], None]
) -> dict[tuple[str, int], FloatArray]:
    """Return the counts (segments, fields) of each row."""
    if not rows:
        return {}
    counts_by_sequence = []
    for sequence, spans in cuts:
        tell(f"{sequence.name}: scoring {len(spans)} parts of {len(rows)} runs")
        counts_by_sequence.append(list(_scored(folder, rows, sequence, spans)))
    return {
        (row.run, row.seed): np.concatenate(counts)
        for row, counts in zip(rows, zip(*counts_by_sequence, strict=True), strict=True)
    }


def _kept(
    counts: Counts | None, folder: ResultsFolder, units: list[str]
) -> dict[tuple[str, int], FloatArray]:
    """Return the counts of rows that were scored before and have not changed since."""
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
    """Yield the counts (spans, fields) of each row."""
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
        expected = "the track file that was scored (its digest is in results.json)"
        raise MotBenchError(f"{path}: expected {expected}, found {found}")
    return parse_tracks(content, str(path), sequence.length)


def cut_tracks(tracks: TrackRows, span: Span) -> TrackRows:
    """Return the rows of the frames of a span, renumbered from 1."""
    keep = (tracks.frames >= span.first) & (tracks.frames <= span.last)
    return TrackRows(
        frames=tracks.frames[keep] - (span.first - 1),
        ids=tracks.ids[keep],
        boxes_ltwh=tracks.boxes_ltwh[keep],
        scores=tracks.scores[keep],
        classes=tracks.classes[keep],
    )
