"""Read the counts of independent units: sequences or segments with distinct ground truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from mot_bench.records.results import SuiteResult
from mot_bench.statistics.counts import COUNTS, Counts, fingerprint, read_counts

SEGMENTS = "segments.npz"
"""The file beside ``counts.npz`` with the counts of segments, if sequences were cut."""


def segment_name(sequence: str, first: int, last: int) -> str:
    """Return the name of a segment, ``SEQUENCE FIRST-LAST``, with 1-based inclusive frames.

    >>> segment_name("MOT17-02", 1, 150)
    'MOT17-02 1-150'
    """
    return f"{sequence} {first}-{last}"


def sequence_of(unit: str) -> tuple[str, str]:
    """Return the sequence and the frames in a segment's name.

    >>> sequence_of("MOT17-02 1-150")
    ('MOT17-02', '1-150')
    """
    name, _, frames = unit.rpartition(" ")
    return name, frames


def read_sequences(out: Path, result: SuiteResult) -> Counts | None:
    """Return the counts of a results folder's distinct sequences, or None (see ``read_counts``)."""
    truths = {one.name: (one.digest, "") for one in result.dataset.sequences}
    return _of(read_counts(out / COUNTS), truths)


def distinct_sequences(counts: Counts, result: SuiteResult) -> Counts:
    """Return counts with sequences of the same ground truth added (see ``distinct``)."""
    digests = {one.name: one.digest for one in result.dataset.sequences}
    return distinct(counts, [(digests[unit], "") for unit in counts.units])


def read_segments(out: Path, result: SuiteResult) -> Counts | None:
    """Return the counts of distinct segments; None without segments of these results."""
    counts = read_counts(out / SEGMENTS)
    if counts is not None and not {fingerprint(row, result) for row in result.runs} & set(
        counts.of
    ):
        return None
    digests = {one.name: one.digest for one in result.dataset.sequences}
    names = {} if counts is None else {unit: sequence_of(unit) for unit in counts.units}
    if {name for name, _ in names.values()} != set(digests):
        return None
    return _of(counts, {unit: (digests[name], frames) for unit, (name, frames) in names.items()})


def _of(counts: Counts | None, truths: dict[str, tuple[str, str]]) -> Counts | None:
    if counts is None or set(counts.units) != set(truths):
        return None
    return distinct(counts, [truths[unit] for unit in counts.units])


def distinct(counts: Counts, truths: list[tuple[str, str]]) -> Counts:
    """Return counts in which units with the same ground truth are added to one unit.

    Copies of a scene carry no information about other scenes; MOT17 has each of its sequences three
    times, with different detections.

    Args:
        counts: the counts of the units.
        truths: an identifier of the ground truth of each unit.
    """
    first = {truth: counts.units[place] for place, truth in reversed(list(enumerate(truths)))}
    if len(first) == len(counts.units):
        return counts
    order = list(dict.fromkeys(truths))
    values = np.zeros((len(counts.rows), len(order), counts.values.shape[-1]))
    for place, truth in enumerate(truths):
        values[:, order.index(truth)] += counts.values[:, place]
    return replace(counts, units=tuple(first[truth] for truth in order), values=values)
