"""Verify a dataset on disk: every fault with file, line and finding, and digests of what is sound.

Checked are, for each sequence: seqinfo.ini; that the pictures are as many, as named and as large as it says; columns
and values of ground truth and detections; duplicate ids in a frame; boxes wholly outside the picture (boxes partly
outside are legal, since boxes go on where the picture ends, and are counted); embeddings. Of a data root, beside that,
the folders ``*/detections`` and ``*/camera_motion``. For a pair of splits: identities that are in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mot_bench.camera import read_camera_motion
from mot_bench.datasets.catalogue import stated_benchmark
from mot_bench.datasets.frames import list_pictures
from mot_bench.datasets.mot_table import DETECTIONS, FloatArray, Scan, scan
from mot_bench.datasets.mot_text import ground_truth_layout, has_class_column, read_bytes
from mot_bench.datasets.motchallenge import (
    SequenceFolder,
    describe,
    find_sequence_folders,
    is_sequence_folder,
    judge_benchmark,
    open_sequence,
)
from mot_bench.datasets.seqinfo import FILE_NAME, line_of
from mot_bench.detections.formats import SUFFIXES, read_file
from mot_bench.errors import InputError

MOST_FAULTS = 20


@dataclass(frozen=True)
class Finding:
    """One fault: file, line (None: the file as a whole), what was expected and what was found."""

    path: Path
    line: int | None
    expected: str
    found: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line is not None else f"{self.path}"
        return f"{where}: expected {self.expected}, found {self.found}"


@dataclass
class SequenceReport:
    """What was checked of one sequence.

    ``pictures``, ``truth_rows``, ``ids`` (of pedestrians), ``detection_rows`` and ``partly_outside`` are counts (None:
    there is no such file); ``digest`` is that of results (empty where faults stand in the way); ``notes`` say what was
    made up for.
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
    """What was checked: sequences, other files that were read, and the faults that belong to no sequence."""

    path: Path
    sequences: list[SequenceReport] = field(default_factory=list)
    other_files: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def all_findings(self) -> list[Finding]:
        """Every fault."""
        return [*(finding for sequence in self.sequences for finding in sequence.findings), *self.findings]


def check_data(path: Path) -> DataReport:
    """Check a sequence folder, a folder of sequences, or a data root with such folders up to two levels down.

    Raises:
        InputError: the path is no folder, or holds no sequences.
    """
    if not path.is_dir():
        raise InputError(path, "a folder of sequences", "a file" if path.exists() else "nothing")
    report = DataReport(path)
    for folder in dataset_folders(path):
        folders = find_sequence_folders(folder)
        benchmark = stated_benchmark(folder) or judge_benchmark(folder, folders)
        report.sequences += [check_sequence(sequence, benchmark) for sequence in folders]
    if not report.sequences:
        raise InputError(path, "sequence folders (with seqinfo.ini, gt/gt.txt, det/det.txt or img1)", "none in it")
    for file in _other_files(path):
        report.other_files += 1
        finding = _read_other(file)
        if finding is not None:
            report.findings.append(finding)
    return report


def dataset_folders(path: Path) -> list[Path]:
    """Folders with sequences in them: the path, or those up to two levels below it."""
    if find_sequence_folders(path):
        return [path]
    below = sorted(entry for pattern in ("*", "*/*") for entry in path.glob(pattern) if entry.is_dir())
    return [folder for folder in below if not is_sequence_folder(folder) and find_sequence_folders(folder)]


def _other_files(path: Path) -> Iterator[Path]:
    """Detections and camera motion of a data root."""
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
        return _finding(error)
    return None


def _finding(error: InputError) -> Finding:
    return Finding(error.path, error.line, error.expected, error.found)


def check_sequence(folder: Path, benchmark: str) -> SequenceReport:
    """Check one sequence folder under a benchmark's rules."""
    report = SequenceReport(folder.name, folder, benchmark)
    try:
        description = describe(folder)
    except InputError as error:
        report.findings.append(_finding(error))
        return report
    report.name, report.length = description.name, description.length
    report.notes += description.notes
    report.findings += _check_pictures(description, report)
    report.findings += _check_truth(description, report)
    report.findings += _check_detections(description, report)
    try:
        report.digest = open_sequence(description, benchmark).digest
    except InputError:
        report.notes.append("cannot be opened")
    return report


def _check_pictures(folder: SequenceFolder, report: SequenceReport) -> Iterator[Finding]:
    """Number, names and sizes of the pictures (headers are read, pictures are not decoded)."""
    from PIL import Image, UnidentifiedImageError

    if folder.pictures is None:
        report.notes.append("no pictures")
        return
    if not folder.pictures.is_dir():
        report.notes.append(f"pictures in {folder.pictures.name}, not checked")
        return
    files = list_pictures(folder.pictures)
    report.pictures = len(files)
    if len(files) != folder.length:
        line = line_of(folder.path / FILE_NAME, "seqLength")
        path = folder.path if line is None else folder.path / FILE_NAME
        yield Finding(
            path, line, f"seqLength = the {len(files)} pictures in {folder.pictures.name}", f"{folder.length}"
        )
    elif missing := sorted(set(range(1, folder.length + 1)) - set(files)):
        yield Finding(folder.pictures, None, f"pictures 1 to {folder.length}", f"none of number {missing[0]}")
    for path in files.values():
        try:
            with Image.open(path) as image:
                size = image.size
        except (OSError, UnidentifiedImageError, SyntaxError) as error:
            yield Finding(path, None, "a picture that can be opened", str(error))
            continue
        if folder.width is not None and folder.height is not None and size != (folder.width, folder.height):
            yield Finding(
                path, None, f"{folder.width} x {folder.height} pixels (seqinfo.ini)", f"{size[0]} x {size[1]}"
            )
            break


def _findings(path: Path, scanned: Scan) -> Iterator[Finding]:
    """The first faults of a file, and how many more there are."""
    for fault in scanned.faults[:MOST_FAULTS]:
        yield Finding(path, fault.line, fault.expected, fault.found)
    if len(scanned.faults) > MOST_FAULTS:
        yield Finding(path, None, "no faults", f"{len(scanned.faults) - MOST_FAULTS} more")


def _check_truth(folder: SequenceFolder, report: SequenceReport) -> Iterator[Finding]:
    path = folder.ground_truth_path
    if not path.exists():
        report.notes.append("no ground truth")
        return
    try:
        content = read_bytes(path, "ground truth")
    except InputError as error:
        yield _finding(error)
        return
    scanned = scan(content, ground_truth_layout(content, report.benchmark), folder.length)
    table = scanned.table
    yield from _findings(path, scanned)
    people = np.abs(table[:, 6]) >= 1 if table.shape[1] > 6 else np.ones(len(table), np.bool_)
    pedestrians = people & (table[:, 7] == 1) if has_class_column(table, report.benchmark) else people
    report.truth_rows, report.ids = len(table), len(np.unique(table[pedestrians, 1]))
    if folder.width is None or folder.height is None:
        report.notes.append("picture size unknown: boxes outside it not looked for")
        return
    outside, partly = boxes_outside(table[:, 2:6], folder.width, folder.height)
    report.partly_outside = int(partly.sum())
    rows = np.flatnonzero(outside & people)
    for row in rows[:MOST_FAULTS]:
        box = ", ".join(f"{value:g}" for value in table[row, 2:6])
        expected = f"a box in the picture of {folder.width} x {folder.height}"
        yield Finding(path, scanned.lines[row], expected, f"one wholly outside ({box})")
    if len(rows) > MOST_FAULTS:
        yield Finding(path, None, "boxes in the picture", f"{len(rows) - MOST_FAULTS} more wholly outside")


def boxes_outside(
    boxes_ltwh: FloatArray, width: int, height: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Which boxes (N, 4) are wholly outside the picture, and which partly, each (N,) bool.

    Coordinates in MOTChallenge files start at 1: a box from -0 to the width + 1 is inside.
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
            yield _finding(error)
            return
        report.detection_rows = len(scanned.table)
        yield from _findings(path, scanned)
    embeddings = folder.path / "embeddings.npz"
    if embeddings.exists():
        try:
            report.detection_rows = len(read_file(embeddings, folder.length).frames)
        except InputError as error:
            yield _finding(error)
