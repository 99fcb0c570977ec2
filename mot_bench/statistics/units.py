"""What counts as independent: sequences, or segments of them.

Those with one ground truth count once.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from mot_bench.records.results import SuiteResult
from mot_bench.statistics.counts import COUNTS, Counts, fingerprint, read_counts

SEGMENTS = "segments.npz"
"""Beside ``counts.npz``: the same of segments, where somebody had sequences cut."""


def segment_name(sequence: str, first: int, last: int) -> str:
    """What a segment is called: ``SEQUENCE FIRST-LAST``, frames from 1, both included.

    >>> segment_name("MOT17-02", 1, 150)
    'MOT17-02 1-150'
    """
    return f"{sequence} {first}-{last}"


def sequence_of(unit: str) -> tuple[str, str]:
    """Sequence and frames of a segment's name.

    >>> sequence_of("MOT17-02 1-150")
    ('MOT17-02', '1-150')
    """
    name, _, frames = unit.rpartition(" ")
    return name, frames


def read_sequences(out: Path, result: SuiteResult) -> Counts | None:
    """Counts of the sequences of a results folder, as ``distinct``.

    None where it has none (errors as its reader).
    """
    return _of(
        read_counts(out / COUNTS), {one.name: (one.digest, "") for one in result.dataset.sequences}
    )


def distinct_sequences(counts: Counts, result: SuiteResult) -> Counts:
    """Counts of sequences as ``distinct``, by the ground truth that a result names."""
    digests = {one.name: one.digest for one in result.dataset.sequences}
    return distinct(counts, [(digests[unit], "") for unit in counts.units])


def read_segments(out: Path, result: SuiteResult) -> Counts | None:
    """Counts of segments, likewise.

    None where no sequence was cut, or that was of other results.
    """
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
    """Units with the same ground truth as one, their counts added: copies of a scene tell nothing of other scenes.

    MOT17 has each of its sequences three times, with three detectors.

    Args:
        counts: of units.
        truths: what tells the ground truth of each unit from others.
    """
    first = {truth: counts.units[place] for place, truth in reversed(list(enumerate(truths)))}
    if len(first) == len(counts.units):
        return counts
    order = list(dict.fromkeys(truths))
    values = np.zeros((len(counts.rows), len(order), counts.values.shape[-1]))
    for place, truth in enumerate(truths):
        values[:, order.index(truth)] += counts.values[:, place]
    return replace(counts, units=tuple(first[truth] for truth in order), values=values)
