"""Training pictures letterboxed once to the size of the network, in one memory-mapped file."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mot_bench.errors import InputError, MotBenchError, reading
from mot_bench.files.array_files import Array, read_arrays
from mot_bench.models.augment import letterbox
from mot_bench.models.samples import Sample
from mot_bench.training_data.mixture import DescribedSamples

PICTURES, LABELS = "pictures.npy", "labels.npz"
VERSION = "packed-1"


def pack(samples: DescribedSamples, height: int, width: int, folder: Path) -> None:
    """Letterbox all pictures and write them into a folder, atomically.

    A folder that already holds these samples at this size is kept; another one is replaced.

    Args:
        samples: the samples to pack; each picture is decoded once.
        height: height of the network's input in pixels.
        width: width of the network's input in pixels.
        folder: the folder to create.

    Raises:
        MotBenchError: a picture cannot be decoded, or the folder cannot be written.
    """
    digest = packed_digest(samples.digest, height, width)
    if (folder / LABELS).exists() and PackedSamples(folder).digest == digest:
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
        try:
            write_packed(samples, height, width, made)
            made.chmod(0o755)
            if folder.exists():
                shutil.rmtree(folder)
            made.replace(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise MotBenchError(
            f"{folder}: expected a place that can be written, found: {error.strerror or error}"
        ) from error


def packed_digest(samples_digest: str, height: int, width: int) -> str:
    """Return the hex SHA-256 of samples at a size."""
    return hashlib.sha256(f"{VERSION} {samples_digest} {height} {width}".encode()).hexdigest()


def write_packed(samples: DescribedSamples, height: int, width: int, folder: Path) -> None:
    """Letterbox all pictures and write them into an existing folder, file by file.

    Raises:
        MotBenchError: a picture cannot be decoded.
        OSError: the folder cannot be written.
    """
    shape = (len(samples), height, width, 3)
    pictures = np.lib.format.open_memmap(folder / PICTURES, mode="w+", dtype=np.uint8, shape=shape)
    boxes: list[npt.NDArray[np.float32]] = [np.empty((0, 4), np.float32)]
    identities: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    for index in range(len(samples)):
        sample = samples.load(index)
        boxed = letterbox(sample.picture, sample.boxes_xyxy, height, width)
        pictures[index] = boxed.picture
        boxes.append(boxed.boxes_xyxy)
        identities.append(sample.identities)
    pictures.flush()
    offsets = np.cumsum([len(part) for part in boxes], dtype=np.int64)
    with (folder / LABELS).open("wb") as file:
        np.savez(
            file,
            boxes_xyxy=np.concatenate(boxes),
            identities=np.concatenate(identities),
            offsets=offsets,
            people=np.array(samples.identities, np.int64),
            digest=np.array(packed_digest(samples.digest, height, width)),
            description=np.array(samples.describe()),
        )
        file.flush()
        os.fsync(file.fileno())


def _fault(pictures: Array, boxes: Array, names: Array, offsets: Array) -> str:
    """Return the first fault in arrays of pictures and labels, or an empty text."""
    return (
        _fault_of_pictures(pictures)
        or _fault_of_boxes(boxes)
        or _fault_of_identities(names, len(boxes))
        or _fault_of_offsets(offsets, len(pictures), len(boxes))
    )


def _fault_of_pictures(pictures: Array) -> str:
    if pictures.dtype == np.uint8 and pictures.ndim == 4 and pictures.shape[3] == 3:
        return ""
    return f"pictures of shape {pictures.shape} and type {pictures.dtype}"


def _fault_of_boxes(boxes: Array) -> str:
    are_boxes = boxes.shape == (len(boxes), 4) and boxes.dtype.kind == "f"
    if are_boxes and np.isfinite(boxes).all():
        return ""
    return f"boxes of shape {boxes.shape} and type {boxes.dtype}, or not finite"


def _fault_of_identities(names: Array, boxes: int) -> str:
    if names.shape == (boxes,) and names.dtype.kind == "i":
        return ""
    return f"{boxes} boxes, identities of shape {names.shape} and type {names.dtype}"


def _fault_of_offsets(offsets: Array, pictures: int, boxes: int) -> str:
    """Return the fault of the rows at which the labels of each picture begin, or an empty text."""
    are_rows = offsets.shape == (pictures + 1,) and offsets.dtype.kind == "i"
    if are_rows and offsets[0] == 0 and offsets[-1] == boxes and (np.diff(offsets) >= 0).all():
        return ""
    return f"{pictures} pictures, other labels"


class PackedSamples:
    """Samples from a folder that ``pack`` made; see ``mot_bench.models.samples.Samples``."""

    def __init__(self, folder: Path) -> None:
        """Open a folder; pictures are mapped into memory, not read.

        Raises:
            InputError: the folder does not hold complete packed samples.
        """
        self._folder = folder
        expected = f"packed training samples ({PICTURES}, {LABELS})"
        with reading(folder, expected):
            self._pictures = np.load(folder / PICTURES, mmap_mode="r", allow_pickle=False)
        labels = read_arrays(folder / LABELS, folder, expected)
        with reading(folder, expected):
            self._boxes, self._names, self._offsets, people, digest, description = (
                labels[key]
                for key in (
                    "boxes_xyxy",
                    "identities",
                    "offsets",
                    "people",
                    "digest",
                    "description",
                )
            )
            fault = _fault(self._pictures, self._boxes, self._names, self._offsets)
        if fault:
            raise InputError(folder, "as many labels as pictures", fault)
        self.identities, self.digest, self._description = int(people), str(digest), str(description)

    def __len__(self) -> int:
        return len(self._pictures)

    def load(self, index: int) -> Sample:
        """Return the sample with this index; its picture is a read-only view of the file."""
        inside = slice(int(self._offsets[index]), int(self._offsets[index + 1]))
        return Sample(np.asarray(self._pictures[index]), self._boxes[inside], self._names[inside])

    def describe(self) -> str:
        """One line with the pictures, boxes and people of each source."""
        return self._description

    def __reduce__(self) -> tuple[Any, ...]:
        return PackedSamples, (self._folder,)
