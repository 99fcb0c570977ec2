"""Detections of a dataset by name or path.

=======================
=============================================================================================
``auto``                ``embeddings.npz`` in the sequence folders if all have it, else
``det/det.txt``; generated
                        datasets: simulated with stated noise
``det``                 ``det/det.txt`` of each sequence, the public detections
``embeddings``          ``embeddings.npz`` of each sequence
``oracle``              the pedestrians of the ground truth, score 1
``oracle-noisy``        the same with misses, false positives and noise, from a seed (see
``OracleNoise``) a path                  a folder with a file (``.npz``, ``.npy``, ``.txt``) or a
folder for each sequence, or one file
                        for a dataset of one sequence
another name            the folder ``DATA_ROOT/*/detections/NAME`` or ``DATA_ROOT/detections/NAME``
=======================
=============================================================================================

``MOT17-02.txt`` also serves the sequence ``MOT17-02-DPM``. What was made for the whole sequence is
cut and renumbered with it; what was made for the cut is taken as it is (see
``mot_bench.datasets.alignment``).
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mot_bench import simulation as street
from mot_bench.datasets.alignment import base_name, frames_to_skip
from mot_bench.datasets.dataset import Dataset, GroundTruth, Sequence
from mot_bench.datasets.motchallenge import describe, file_stems
from mot_bench.detections.formats import (
    HOW_TO_CONVERT,
    SUFFIXES,
    make_detections,
    read_file,
    window,
)
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.errors import InputError, MotBenchError, did_you_mean, nearest_path, quoted
from mot_bench.simulation import StreetSequence

SOURCE_NAMES = ("auto", "det", "embeddings", "oracle", "oracle-noisy")


class DetectionSource(Protocol):
    """Detections for each sequence of a dataset.

    Attributes:
        name: as the user named it.
        has_embeddings: whether they carry embeddings.
    """

    @property
    def name(self) -> str:
        """As the user named it."""
        ...

    @property
    def has_embeddings(self) -> bool:
        """Whether the detections carry embeddings."""
        ...

    def load(self, sequence: Sequence) -> SequenceDetections:
        """The detections of one sequence, cut and renumbered as it is."""
        ...


def open_detections(
    name: str, dataset: Dataset, *, seed: int = 0, options: dict[str, Any] | None = None
) -> DetectionSource:
    """Find the detections of every sequence (they are read by ``load``).

    Args:
        name: see the module.
        dataset: whose detections.
        seed: of simulated noise.
        options: fields of ``OracleNoise``, for ``oracle-noisy``.

    Raises:
        MotBenchError: unknown name or option, or a sequence without detections; says what was
            looked for and where.
    """
    if options and name != "oracle-noisy":
        raise MotBenchError(
            f"detections {name}: expected no options, found {', '.join(sorted(options))}"
        )
    if name == "oracle":
        return _Oracle(name, None, seed)
    if name == "oracle-noisy":
        return _Oracle(name, make_noise(options or {}), seed)
    if name in ("auto", "det", "embeddings"):
        return _beside(name, dataset, seed)
    return _elsewhere(name, dataset)


def _beside(name: str, dataset: Dataset, seed: int) -> DetectionSource:
    """Detections in the sequence folders; simulated ones of a generated dataset."""
    if name == "auto" and all(
        isinstance(sequence, StreetSequence) for sequence in dataset.sequences
    ):
        return _Simulated(name, seed)
    places = {
        "det": ("det/det.txt",),
        "embeddings": ("embeddings.npz",),
        "auto": ("embeddings.npz", "det/det.txt"),
    }
    for place in places[name]:
        files = {s.name: s.folder / place for s in dataset.sequences if s.folder is not None}
        lacking = [
            s.name for s in dataset.sequences if s.name not in files or not files[s.name].is_file()
        ]
        folders = [file for file in files.values() if file.is_dir()]
        if folders:
            raise InputError(folders[0], "a file of detections", "a folder")
        if not lacking:
            return _Files(name, files, dataset.root, beside=True)
    wanted = " or ".join(places[name])
    raise MotBenchError(f"detections {name}: expected {wanted} in each sequence folder of {dataset.name}, found none "
                        f"in {lacking[0]}")  # fmt: skip


def _elsewhere(name: str, dataset: Dataset) -> DetectionSource:
    """Detections at a path, or in a folder under the data root."""
    path = Path(name)
    looked = [path]
    if len(path.parts) == 1 and dataset.root is not None:
        looked += [
            dataset.root / "detections" / name,
            *sorted(dataset.root.glob(f"*/detections/{name}")),
        ]
    found = next((place for place in looked if place.exists()), None)
    if found is None:
        where = (
            f"DATA_ROOT/*/detections/{name} under {dataset.root}"
            if dataset.root
            else "a data root to look under"
        )
        hint = did_you_mean(name, SOURCE_NAMES) or nearest_path(path)
        raise MotBenchError(
            f"detections {name}: expected one of {', '.join(SOURCE_NAMES)}, a path, or {where}; "
            f"found none of them{hint}"
        )
    if found.is_dir():
        return _Files(
            name, {s.name: find_file(found, s.name) for s in dataset.sequences}, dataset.root
        )
    if len(dataset.sequences) != 1:
        raise InputError(
            found,
            f"a folder with a file for each of {len(dataset.sequences)} sequences",
            "one file",
        )
    return _Files(name, {dataset.sequences[0].name: found}, dataset.root)


def described(source: DetectionSource, dataset: Dataset) -> str:
    """Say where detections were taken from, and which others are there.

    Empty where their name says it all.
    """
    if not isinstance(source, _Files) or not source.beside or not source.files:
        return ""
    names = sorted(source.files)
    detectors = sorted({name.rpartition("-")[2] for name in names if base_name(name) != name})
    place = next(iter(source.files.values()))
    text = f"{place.parent.name}/{place.name}" if place.parent.name == "det" else place.name
    text = f"{text} beside the sequences" + (
        f", public ones of {' and '.join(detectors)}" if detectors else ""
    )
    others = _others(dataset)
    return (
        f"{text}; also there: {', '.join(others)} (--detections NAME chooses)" if others else text
    )


def _others(dataset: Dataset) -> list[str]:
    """Return the names of detections that lie in folders apart, for a dataset under a data root or beside one."""
    roots = [] if dataset.root is None else [dataset.root]
    roots += [
        one.folder.resolve().parents[2] for one in dataset.sequences[:1] if one.folder is not None
    ]
    base = [base_name(one.name) for one in dataset.sequences]
    found = []
    for root in roots:
        for folder in [*root.glob("detections/*"), *root.glob("*/detections/*")]:
            if folder.is_dir() and any(
                (folder / f"{base[0]}{suffix}").is_file() for suffix in SUFFIXES
            ):
                found.append(folder.name)
    return sorted(dict.fromkeys(found))


def find_file(folder: Path, sequence_name: str) -> Path:
    """The file of one sequence in a folder of detections.

    Raises:
        InputError: there is none.
    """
    for stem in file_stems(sequence_name):
        candidates = [folder / f"{stem}{suffix}" for suffix in SUFFIXES]
        candidates += [
            folder / stem / place for place in ("embeddings.npz", "det/det.txt", "det.txt")
        ]
        for candidate in candidates:
            if candidate.is_file():
                return candidate
            if candidate.is_dir():
                raise InputError(candidate, "a file of detections", "a folder")
    stems = " or ".join(file_stems(sequence_name))
    expected = f"a file {stems} with {', '.join(SUFFIXES)} for sequence {sequence_name}"
    raise InputError(folder, expected, _other_formats(folder))


def _other_formats(folder: Path) -> str:
    """Return what else a folder of detections holds, and what to do about it.

    ``none`` where it holds nothing else.
    """
    kinds = {
        ".json": "JSON (of COCO, perhaps)",
        ".csv": "CSV",
        ".xml": "XML",
        ".parquet": "Parquet",
    }
    other = next((file for file in sorted(folder.iterdir()) if file.suffix.lower() in kinds), None)
    if other is not None:
        return f"{other.name}, {kinds[other.suffix.lower()]}; {HOW_TO_CONVERT}"
    labels = [file for file in folder.glob("*.txt") if file.stem.rpartition("_")[2].isdecimal()]
    return (
        f"{len(labels)} files such as {labels[0].name}, one a frame perhaps; {HOW_TO_CONVERT}"
        if labels
        else "none"
    )


@dataclass(frozen=True)
class _Files:
    """Detections in files, one a sequence."""

    name: str
    files: dict[str, Path]
    root: Path | None
    beside: bool = False

    @property
    def has_embeddings(self) -> bool:
        """Whether every sequence's file carries embeddings (.npy: judged by its columns)."""
        return all(_carries_embeddings(path) for path in self.files.values())

    def load(self, sequence: Sequence) -> SequenceDetections:
        """Read, check and cut.

        Raises:
            InputError: a fault in the file, or a frame beyond the sequence.
        """
        path = self.files[sequence.name]
        if self.beside and sequence.folder is not None:
            folder = describe(sequence.folder)
            whole = read_file(path, folder.length)
            return window(whole, sequence.first_frame - 1 - folder.frame_offset, sequence.length)
        whole = read_file(path)
        skip = frames_to_skip(sequence, path, int(whole.frames.max(initial=0)), self.root)
        return window(whole, skip, sequence.length)


@dataclass(frozen=True)
class _Simulated:
    """Detections of generated scenes (see ``mot_bench.simulation``)."""

    name: str
    seed: int
    has_embeddings: bool = field(default=True, init=False)

    def load(self, sequence: Sequence) -> SequenceDetections:
        """Draw them, and cut."""
        assert isinstance(sequence, StreetSequence)
        return window(
            street.detections(sequence, self.seed), sequence.first_frame - 1, sequence.length
        )


def _carries_embeddings(path: Path) -> bool:
    """Whether a file has embeddings, without reading them where that can be avoided."""
    if path.suffix == ".npz" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "embeddings.npy" in archive.namelist()
    return path.suffix != ".txt" and read_file(path).embeddings is not None


@dataclass(frozen=True)
class OracleNoise:
    """Noise upon the ground truth.

    Attributes:
        misses: fraction of pedestrians that are not detected (fully visible ones; occluded ones
            more).
        occluded_misses: fraction that are missed beside, times the hidden part of the person.
        false_positives: boxes a frame that are nobody's, on average (Poisson).
        box: standard deviation of a box's edges, in fractions of its width and height.
        score: standard deviation of scores about 0.9 (less by half the hidden part).
    """

    misses: float = 0.1
    occluded_misses: float = 0.4
    false_positives: float = 0.5
    box: float = 0.03
    score: float = 0.08


def make_noise(options: dict[str, Any]) -> OracleNoise:
    """Noise levels from options.

    Raises:
        MotBenchError: an unknown option, or one that is no number from 0.
    """
    known = OracleNoise.__dataclass_fields__
    for key, value in options.items():
        if key not in known:
            raise MotBenchError(
                f"detections oracle-noisy: expected options among {', '.join(known)}, found {key}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e3:
            expected = f"a number of at least 0 for {key}"
            raise MotBenchError(
                f"detections oracle-noisy: expected {expected}, found {quoted(value)}"
            )
    return OracleNoise(**options)


@dataclass(frozen=True)
class _Oracle:
    """The ground truth as detections."""

    name: str
    noise: OracleNoise | None
    seed: int
    has_embeddings: bool = field(default=False, init=False)

    def load(self, sequence: Sequence) -> SequenceDetections:
        """The pedestrians of the sequence, with noise if any.

        Raises:
            MotBenchError: the sequence has no ground truth.
        """
        truth = sequence.ground_truth
        if truth is None:
            raise MotBenchError(
                f"detections {self.name}: expected ground truth for {sequence.name}, found none"
            )
        people = truth.considered & (truth.classes == 1)
        if self.noise is None:
            return make_detections(
                truth.frames[people], truth.boxes_ltwh[people], np.ones(int(people.sum()))
            )
        rng = np.random.default_rng(
            [self.seed, zlib.crc32(sequence.name.encode()), sequence.first_frame]
        )
        return _with_noise(truth, people, sequence, self.noise, rng)


def _with_noise(
    truth: GroundTruth,
    people: np.ndarray,
    sequence: Sequence,
    noise: OracleNoise,
    rng: np.random.Generator,
) -> SequenceDetections:
    """Pedestrians with misses and noise on boxes and scores, and boxes that are nobody's."""
    frames, boxes = truth.frames[people], truth.boxes_ltwh[people]
    hidden = 1 - np.clip(truth.visibility[people], 0, 1)
    seen = rng.random(len(frames)) >= np.clip(noise.misses + noise.occluded_misses * hidden, 0, 1)
    edges = rng.normal(0, noise.box, (len(frames), 4)) * boxes[:, [2, 3, 2, 3]]
    corners = np.column_stack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]) + edges
    corners[:, 2:] = np.maximum(corners[:, 2:], corners[:, :2] + 1)
    noisy = np.column_stack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
    scores = np.clip(0.9 - 0.5 * hidden + rng.normal(0, noise.score, len(frames)), 0.05, 1)
    counts = rng.poisson(noise.false_positives, sequence.length)
    false_frames = np.repeat(np.arange(1, sequence.length + 1), counts)
    false_boxes = (
        noisy[rng.integers(0, max(len(noisy), 1), len(false_frames))]
        if len(noisy)
        else np.empty((0, 4))
    )
    false_frames = false_frames[: len(false_boxes)]
    width = float(sequence.width or (boxes[:, 0] + boxes[:, 2]).max(initial=1.0))
    false_boxes = np.array(false_boxes)
    false_boxes[:, 0] = rng.uniform(0, width, len(false_boxes)) - false_boxes[:, 2] / 2
    false_scores = rng.uniform(0.1, 0.7, len(false_frames))
    return make_detections(
        np.concatenate([frames[seen], false_frames]),
        np.round(np.concatenate([noisy[seen], false_boxes]), 1),
        np.round(np.concatenate([scores[seen], false_scores]), 2),
    )
