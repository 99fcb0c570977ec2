"""Check a dataset on disk and report every fault with file, line and finding.

For each sequence, the check covers seqinfo.ini; the number, names and sizes of the pictures;
columns and values of ground truth and detections; duplicate ids in a frame; boxes wholly outside
the picture (boxes partly outside are legal and only counted); and embeddings. For a data root, it
also covers the folders ``*/detections`` and ``*/camera_motion``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.box_checks import (
    FRACTIONS,
    LARGEST_RATIO,
    PIXELS,
    are_fractions,
    implausible,
)
from mot_bench.datasets.check_pictures import check_pictures
from mot_bench.datasets.findings import MOST_FAULTS, Finding, finding_of, findings_of
from mot_bench.datasets.misplaced import no_sequences
from mot_bench.datasets.mot_table import DETECTIONS, FloatArray, Scan, scan
from mot_bench.datasets.mot_text import ground_truth_layout, has_class_column
from mot_bench.datasets.motchallenge import (
    SequenceFolder,
    describe,
    find_sequence_folders,
    open_sequence,
)
from mot_bench.datasets.picture_files import list_folder
from mot_bench.datasets.rule_decision import decide_rules
from mot_bench.datasets.rules import Rules
from mot_bench.datasets.split_folders import split_folders
from mot_bench.datasets.text_lines import read_bytes
from mot_bench.detections.formats import SUFFIXES, read_file
from mot_bench.errors import InputError
from mot_bench.tracking.camera_motion import read_camera_motion

BoolArray = npt.NDArray[np.bool_]


@dataclass
class SequenceReport:
    """The findings about one sequence.

    ``pictures``, ``truth_rows``, ``ids`` (of pedestrians), ``detection_rows`` and
    ``partly_outside`` are counts; None means that there is no such file. ``digest`` is the digest
    in results, or empty if the sequence cannot be opened. ``notes`` list what is missing or
    assumed.
    """

    name: str
    folder: Path
    benchmark: str
    length: int = 0
    pictures: int | None = None
    truth_rows: int | None = None
    ids: int | None = None
    detection_rows: int | None = None
    partly_outside: int = 0
    digest: str = ""
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass
class DataReport:
    """The findings about sequences and other files.

    ``findings`` are faults outside of sequences; ``doubts`` are data that the rules may misread.
    """

    path: Path
    sequences: list[SequenceReport] = field(default_factory=list)
    other_files: int = 0
    doubts: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def all_findings(self) -> list[Finding]:
        """All faults."""
        return [
            *(finding for sequence in self.sequences for finding in sequence.findings),
            *self.findings,
        ]


def check_data(path: Path) -> DataReport:
    """Check a sequence folder, a folder of sequences, or a data root.

    A data root has folders of sequences up to two levels down.

    Raises:
        InputError: the path is not a folder, or holds no sequences.
    """
    if not path.is_dir():
        raise InputError(path, "a folder of sequences", "a file" if path.exists() else "nothing")
    report = DataReport(path)
    for folder in dataset_folders(path):
        folders = find_sequence_folders(folder)
        truths = [sequence / "gt" / "gt.txt" for sequence in folders]
        rules = decide_rules(folder, truths, [sequence.name for sequence in folders])
        report.doubts += rules.doubts
        report.sequences += [check_sequence(sequence, rules) for sequence in folders]
    if not report.sequences:
        raise no_sequences(path)
    for file in _other_files(path):
        report.other_files += 1
        finding = _read_other(file)
        if finding is not None:
            report.findings.append(finding)
    return report


def dataset_folders(path: Path) -> list[Path]:
    """Return the folders with sequences in them: the path, or folders up to two levels below it."""
    return [path] if find_sequence_folders(path) else split_folders(path)


def _other_files(path: Path) -> Iterator[Path]:
    """Yield the files of detections and camera motion of a data root."""
    for kind in ("detections/*", "camera_motion"):
        for pattern in (f"{kind}/*", f"*/{kind}/*"):
            yield from sorted(file for file in path.glob(pattern) if file.suffix in SUFFIXES)


def _read_other(path: Path) -> Finding | None:
    try:
        if path.parent.name == "camera_motion":
            read_camera_motion(path)
        else:
            read_file(path)
    except InputError as error:
        return finding_of(error)
    return None


def check_sequence(folder: Path, rules: Rules) -> SequenceReport:
    """Check one sequence folder by its dataset's rules."""
    report = SequenceReport(folder.name, folder, rules.benchmark)
    try:
        description = describe(folder)
    except InputError as error:
        report.findings.append(finding_of(error))
        return report
    report.name, report.length = description.name, description.length
    report.notes += description.notes
    report.findings += _check_pictures(description, report)
    report.findings += _check_truth(description, report)
    report.findings += _check_detections(description, report)
    try:
        report.digest = open_sequence(description, rules).digest
    except InputError:
        report.notes.append("cannot be opened")
    return report


def _check_pictures(folder: SequenceFolder, report: SequenceReport) -> Iterator[Finding]:
    if folder.pictures is None:
        report.notes.append("no pictures")
        return
    if not folder.pictures.is_dir():
        report.notes.append(f"pictures in {folder.pictures.name}, not checked")
        return
    try:
        pictures = list_folder(folder.pictures)
    except InputError as error:
        yield finding_of(error)
        return
    report.pictures = len(pictures.by_frame)
    report.notes += pictures.notes()
    yield from check_pictures(folder, pictures)


def _check_boxes(
    path: Path, scanned: Scan, folder: SequenceFolder, which: BoolArray
) -> Iterator[Finding]:
    """Yield the faults of boxes that are fractions or far larger than the picture."""
    boxes = scanned.table[:, 2:6]
    if are_fractions(boxes):
        yield Finding(path, None, PIXELS, FRACTIONS)
    rows = np.flatnonzero(implausible(boxes, folder.width, folder.height) & which)
    for row in rows[:MOST_FAULTS]:
        expected = f"a box within {LARGEST_RATIO:.0f} pictures of {folder.width} x {folder.height}"
        yield Finding(path, scanned.lines[row], expected, _words(boxes[row]))
    if len(rows) > MOST_FAULTS:
        yield Finding(path, None, "boxes of possible size", f"{len(rows) - MOST_FAULTS} more")


def _words(box: FloatArray) -> str:
    return f"({', '.join(f'{value:g}' for value in box)})"


def _check_truth(folder: SequenceFolder, report: SequenceReport) -> Iterator[Finding]:
    path = folder.ground_truth_path
    if not path.exists():
        report.notes.append("no ground truth")
        return
    try:
        content = read_bytes(path, "ground truth")
    except InputError as error:
        yield finding_of(error)
        return
    scanned = scan(content, ground_truth_layout(content, report.benchmark), folder.length)
    table = scanned.table
    yield from findings_of(path, scanned)
    considered = np.abs(table[:, 6]) >= 1 if table.shape[1] > 6 else np.ones(len(table), np.bool_)
    classed = has_class_column(table, report.benchmark)
    pedestrians = considered & (table[:, 7] == 1) if classed else considered
    yield from _check_boxes(path, scanned, folder, considered)
    if not len(table) and not scanned.faults:
        report.notes.append("the ground truth is empty: the sequence has no objects")
    report.truth_rows, report.ids = len(table), len(np.unique(table[pedestrians, 1]))
    if folder.width is None or folder.height is None:
        report.notes.append("picture size unknown: boxes outside the picture are not reported")
        return
    size = folder.width, folder.height
    outside, partly = boxes_outside(table[:, 2:6], *size)
    report.partly_outside = int(partly.sum())
    far = implausible(table[:, 2:6], *size)
    yield from _outside_findings(path, scanned, np.flatnonzero(outside & considered & ~far), size)


def _outside_findings(
    path: Path, scanned: Scan, outside_rows: npt.NDArray[np.intp], size: tuple[int, int]
) -> Iterator[Finding]:
    """Yield a finding for each of the first boxes that are wholly outside the picture."""
    for row in outside_rows[:MOST_FAULTS]:
        found = f"one wholly outside {_words(scanned.table[row, 2:6])}"
        expected = f"a box in the picture of {size[0]} x {size[1]}"
        yield Finding(path, scanned.lines[row], expected, found)
    more = len(outside_rows) - MOST_FAULTS
    if more > 0:
        yield Finding(path, None, "boxes in the picture", f"{more} more wholly outside")


def boxes_outside(boxes_ltwh: FloatArray, width: int, height: int) -> tuple[BoolArray, BoolArray]:
    """Return which boxes (N, 4) are wholly outside the picture, and which partly, each (N,) bool.

    Coordinates in MOTChallenge files start at 1: a box from 0 to the width + 1 is inside.
    """
    left, top = boxes_ltwh[:, 0], boxes_ltwh[:, 1]
    right, bottom = left + boxes_ltwh[:, 2], top + boxes_ltwh[:, 3]
    wholly = (right <= 0) | (bottom <= 0) | (left > width) | (top > height)
    partly = ~wholly & ((left < 0) | (top < 0) | (right > width + 1) | (bottom > height + 1))
    return wholly, partly


def _check_detections(folder: SequenceFolder, report: SequenceReport) -> Iterator[Finding]:
    path = folder.detections_path
    if path.exists():
        try:
            scanned = scan(read_bytes(path, "detections"), DETECTIONS, folder.length)
        except InputError as error:
            yield finding_of(error)
            return
        report.detection_rows = len(scanned.table)
        yield from findings_of(path, scanned)
        yield from _check_boxes(path, scanned, folder, np.ones(len(scanned.table), np.bool_))
    embeddings = folder.path / "embeddings.npz"
    if embeddings.exists():
        try:
            report.detection_rows = len(read_file(embeddings, folder.length).frames)
        except InputError as error:
            yield finding_of(error)
