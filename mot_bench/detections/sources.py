"""Find the detections of a dataset by name or path.

- ``auto``: ``embeddings.npz`` in the sequence folders if all have it, else ``det/det.txt``;
  simulated detections for generated datasets.
- ``det``: ``det/det.txt`` of each sequence, the public detections.
- ``embeddings``: ``embeddings.npz`` of each sequence.
- ``oracle``: the pedestrians of the ground truth with score 1.
- ``oracle-noisy``: the same with misses, false positives and noise from a seed (see
  ``OracleNoise``).
- a path: a folder with a file (``.npz``, ``.npy``, ``.txt``) or a folder for each sequence, or one
  file for a dataset of one sequence.
- any other name: the folder ``DATA_ROOT/*/detections/NAME`` or ``DATA_ROOT/detections/NAME``.

``MOT17-02.txt`` also serves the sequence ``MOT17-02-DPM``. Detections of the whole sequence are cut
and renumbered with it; detections of the cut sequence are used unchanged (see
``mot_bench.datasets.alignment``).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mot_bench import simulation as street
from mot_bench.datasets.alignment import base_name, frames_to_skip
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.motchallenge import describe, file_stems
from mot_bench.detections.formats import (
    HOW_TO_CONVERT,
    SUFFIXES,
    read_file,
    window,
)
from mot_bench.detections.oracle import Oracle, make_noise
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.errors import InputError, MotBenchError, did_you_mean, nearest_path
from mot_bench.simulation import StreetSequence

SOURCE_NAMES = ("auto", "det", "embeddings", "oracle", "oracle-noisy")
_BESIDE = {
    "auto": ("embeddings.npz", "det/det.txt"),
    "det": ("det/det.txt",),
    "embeddings": ("embeddings.npz",),
}


class DetectionSource(Protocol):
    """The detections of each sequence of a dataset."""

    @property
    def name(self) -> str:
        """The name that the user gave."""
        ...

    @property
    def has_embeddings(self) -> bool:
        """Whether the detections have embeddings."""
        ...

    def load(self, sequence: Sequence) -> SequenceDetections:
        """Return the detections of one sequence, cut and renumbered like the sequence."""
        ...


def open_detections(
    name: str, dataset: Dataset, *, seed: int = 0, options: dict[str, Any] | None = None
) -> DetectionSource:
    """Find the detections of every sequence; ``load`` reads them.

    Args:
        name: a name or path as the module describes.
        dataset: the dataset.
        seed: the seed of simulated noise.
        options: fields of ``OracleNoise``, for ``oracle-noisy``.

    Raises:
        MotBenchError: the name or an option is unknown, or a sequence has no detections.
    """
    if options and name != "oracle-noisy":
        raise MotBenchError(
            f"detections {name}: expected no options, found {', '.join(sorted(options))}"
        )
    if name == "oracle":
        return Oracle(name, None, seed)
    if name == "oracle-noisy":
        return Oracle(name, make_noise(options or {}), seed)
    if name in _BESIDE:
        generated = all(isinstance(one, StreetSequence) for one in dataset.sequences)
        return _Simulated(name, seed) if name == "auto" and generated else _beside(name, dataset)
    return _elsewhere(name, dataset)


def _beside(name: str, dataset: Dataset) -> DetectionSource:
    """Return the detections in the sequence folders."""
    for place in _BESIDE[name]:
        files = {s.name: s.folder / place for s in dataset.sequences if s.folder is not None}
        _refuse_folders(files.values())
        present = {sequence for sequence, file in files.items() if file.is_file()}
        lacking = [one.name for one in dataset.sequences if one.name not in present]
        if not lacking:
            return _Files(name, files, dataset.root, beside=True)
    expected = f"{' or '.join(_BESIDE[name])} in each sequence folder of {dataset.name}"
    raise MotBenchError(f"detections {name}: expected {expected}, found none in {lacking[0]}")


def _refuse_folders(files: Iterable[Path]) -> None:
    folder = next((file for file in files if file.is_dir()), None)
    if folder is not None:
        raise InputError(folder, "a file of detections", "a folder")


def _elsewhere(name: str, dataset: Dataset) -> DetectionSource:
    """Return the detections at a path, or in a folder under the data root."""
    place = _find_place(name, dataset.root)
    sequences = dataset.sequences
    if place.is_dir():
        files = {one.name: find_file(place, one.name) for one in sequences}
    elif len(sequences) == 1:
        files = {sequences[0].name: place}
    else:
        expected = f"a folder with a file for each of {len(sequences)} sequences"
        raise InputError(place, expected, "one file")
    return _Files(name, files, dataset.root)


def _find_place(name: str, root: Path | None) -> Path:
    """Return the path of a name, as it stands or under the data root.

    Raises:
        MotBenchError: there is no such path.
    """
    path = Path(name)
    places = [path]
    if len(path.parts) == 1 and root is not None:
        places += [root / "detections" / name, *sorted(root.glob(f"*/detections/{name}"))]
    found = next((place for place in places if place.exists()), None)
    if found is not None:
        return found
    under_root = f"DATA_ROOT/*/detections/{name} under {root}"
    where = under_root if root else "a data root to look under"
    hint = did_you_mean(name, SOURCE_NAMES) or nearest_path(path)
    raise MotBenchError(
        f"detections {name}: expected one of {', '.join(SOURCE_NAMES)}, a path, or {where}; "
        f"found none of them{hint}"
    )


def described(source: DetectionSource, dataset: Dataset) -> str:
    """Return the place of detections beside the sequences, and the names of other detections.

    The text is empty for detections whose name tells their place.
    """
    if not isinstance(source, _Files) or not source.beside or not source.files:
        return ""
    names = sorted(source.files)
    detectors = sorted({name.rpartition("-")[2] for name in names if base_name(name) != name})
    file = next(iter(source.files.values()))
    text = f"{file.parent.name}/{file.name}" if file.parent.name == "det" else file.name
    text += " beside the sequences"
    if detectors:
        text += f", public ones of {' and '.join(detectors)}"
    if others := _others(dataset):
        text += f"; also there: {', '.join(others)} (--detections NAME chooses)"
    return text


def _others(dataset: Dataset) -> list[str]:
    """Return the names of detections in folders under the data root or above the dataset."""
    roots = [] if dataset.root is None else [dataset.root]
    first = dataset.sequences[0]
    if first.folder is not None:
        roots.append(first.folder.resolve().parents[2])
    files = [f"{base_name(first.name)}{suffix}" for suffix in SUFFIXES]
    folders = [
        folder
        for root in roots
        for folder in (*root.glob("detections/*"), *root.glob("*/detections/*"))
        if any((folder / file).is_file() for file in files)
    ]
    return sorted({folder.name for folder in folders})


def find_file(folder: Path, sequence_name: str) -> Path:
    """Return the file of one sequence in a folder of detections.

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
    """Return which other formats a folder holds and how to convert them, or ``none``."""
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
    if not labels:
        return "none"
    return (
        f"{len(labels)} files such as {labels[0].name}, perhaps one for each frame; "
        f"{HOW_TO_CONVERT}"
    )


@dataclass(frozen=True)
class _Files:
    """Detections in files, one for each sequence."""

    name: str
    files: dict[str, Path]
    root: Path | None
    beside: bool = False

    @property
    def has_embeddings(self) -> bool:
        """Whether the file of every sequence has embeddings."""
        return all(_carries_embeddings(path) for path in self.files.values())

    def load(self, sequence: Sequence) -> SequenceDetections:
        """Read, check and cut the detections of a sequence.

        Raises:
            InputError: the file is faulty, or a frame is beyond the sequence.
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
        """Simulate the detections of the scene and cut them."""
        assert isinstance(sequence, StreetSequence)
        whole = street.detections(sequence, self.seed)
        return window(whole, sequence.first_frame - 1, sequence.length)


def _carries_embeddings(path: Path) -> bool:
    """Return whether a file has embeddings; only an ``.npy`` is read for that."""
    if path.suffix == ".npz" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "embeddings.npy" in archive.namelist()
    return path.suffix != ".txt" and read_file(path).embeddings is not None
