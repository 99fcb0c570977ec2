"""Find the camera motion of sequences: one affine for each frame, from the previous frame's pixels.

Sources:

- ``file``: text with one line for each frame: the frame's index from 0, then the 2x3 matrix row by
  row, separated by tabs, spaces or commas. The file is ``DATA_ROOT/*/camera_motion/SEQUENCE.txt``
  (``MOT17-02.txt`` serves ``MOT17-02-DPM``), or a given path. Generated datasets know the motion of
  their camera.
- ``optical-flow``: sparse optical flow on the pictures (see ``mot_bench.tracking.sparse_flow``).
- ``none``: the identity for all frames.

The first frame of a sequence, cut or whole, has the identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mot_bench import simulation as street
from mot_bench.datasets.alignment import frames_to_skip
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.motchallenge import file_stems
from mot_bench.datasets.text_lines import read_bytes
from mot_bench.errors import InputError, MotBenchError, quoted
from mot_bench.simulation import StreetSequence
from mot_bench.tracking.sparse_flow import SparseFlow

FloatArray = npt.NDArray[np.float64]

OPTICAL_FLOW = "optical-flow"
SOURCE_NAMES = ("file", OPTICAL_FLOW, "none")


class CameraMotion(Protocol):
    """The camera motion of each sequence of a dataset."""

    @property
    def name(self) -> str:
        """The name that the user gave."""
        ...

    def load(self, sequence: Sequence) -> FloatArray:
        """Return the affines of a sequence, (length, 2, 3) float64, pixels."""
        ...


def open_camera_motion(source: str, dataset: Dataset) -> CameraMotion:
    """Find the camera motion of every sequence; its ``load`` reads or computes it.

    Args:
        source: ``file``, ``optical-flow``, ``none``, or a path to a folder of files or to one file.
        dataset: the dataset.

    Raises:
        MotBenchError: the source is unknown, or a sequence has no camera motion there.
    """
    if source == "none":
        return _Still()
    if source == OPTICAL_FLOW:
        for sequence in dataset.sequences:
            _check_pictures(sequence)
        return _OpticalFlow()
    if source == "file" and all(isinstance(one, StreetSequence) for one in dataset.sequences):
        return _Known()
    folders = _folders(source, dataset)
    if Path(source).is_file() and len(dataset.sequences) == 1:
        files = {dataset.sequences[0].name: Path(source)}
    else:
        files = {one.name: _find_file(source, one, folders, dataset) for one in dataset.sequences}
    return _Files(source, files, dataset.root)


def _check_pictures(sequence: Sequence) -> None:
    if sequence.load_frames is None:
        expected = f"pictures for {sequence.name}"
        raise MotBenchError(f"camera motion optical-flow: expected {expected}, found none")


def _find_file(source: str, sequence: Sequence, folders: list[Path], dataset: Dataset) -> Path:
    """Return the file of one sequence, beside the sequence or in one of the folders.

    Raises:
        MotBenchError: there is none.
    """
    names = [f"{stem}.txt" for stem in file_stems(sequence.name)]
    places = [folder / name for folder in folders for name in names]
    if source == "file" and sequence.folder is not None:
        places.insert(0, sequence.folder / "camera_motion.txt")
    found = next((place for place in places if place.exists()), None)
    if found is not None:
        return found
    raise _not_found(source, names, folders, dataset)


def _not_found(
    source: str, names: list[str], folders: list[Path], dataset: Dataset
) -> MotBenchError:
    under_root = f"*/camera_motion under the data root {dataset.root or '(not set)'}"
    where = " or ".join(map(str, folders)) or under_root
    return MotBenchError(
        f"camera motion {source}: expected {' or '.join(names)} in {where}, found none "
        "(from pictures: --set RUN.camera_motion=optical-flow)"
    )


def _folders(source: str, dataset: Dataset) -> list[Path]:
    if source != "file":
        if not Path(source).exists():
            expected = f"one of {', '.join(SOURCE_NAMES)} or a path"
            raise MotBenchError(f"camera motion: expected {expected}, found {source!r}")
        return [Path(source)]
    if dataset.root is None:
        return []
    folders = [dataset.root / "camera_motion", *sorted(dataset.root.glob("*/camera_motion"))]
    return [folder for folder in folders if folder.is_dir()]


def identities(length: int) -> FloatArray:
    """Return identity affines, (length, 2, 3)."""
    return np.tile(np.eye(2, 3), (length, 1, 1))


class _Still:
    """A camera that does not move."""

    name = "none"

    def load(self, sequence: Sequence) -> FloatArray:
        """Return identity affines."""
        return identities(sequence.length)


class _Known:
    """The camera of generated scenes."""

    name = "file"

    def load(self, sequence: Sequence) -> FloatArray:
        """Return the true motion of the split."""
        assert isinstance(sequence, StreetSequence)
        first = sequence.first_frame - 1
        motion = street.camera_motion(sequence)[first : first + sequence.length].copy()
        motion[0] = np.eye(2, 3)
        return motion


@dataclass(frozen=True)
class _Files:
    """Camera motion in files, one for each sequence."""

    name: str
    files: dict[str, Path]
    root: Path | None

    def load(self, sequence: Sequence) -> FloatArray:
        """Read, check and cut the motion; the first frame gets the identity.

        Raises:
            InputError: the file is faulty or does not cover the sequence.
        """
        path = self.files[sequence.name]
        whole = read_camera_motion(path)
        skip = frames_to_skip(sequence, path, len(whole), self.root)
        motion = whole[skip : skip + sequence.length].copy()
        if len(motion) < sequence.length:
            raise InputError(
                path, f"{sequence.length} frames of {sequence.name}", f"{len(motion)} frames"
            )
        motion[0] = np.eye(2, 3)
        return motion


def read_camera_motion(path: Path) -> FloatArray:
    """Read a whole file as (N, 2, 3) float64.

    Raises:
        InputError: the first fault, with its line.
    """
    lines = read_bytes(path, "camera motion").decode("utf-8-sig", errors="replace").splitlines()
    rows: list[list[float]] = []
    for number, line in enumerate(lines, start=1):
        cells = line.replace(",", " ").split()
        if not cells:
            continue
        if len(cells) != 7:
            raise InputError(path, "7 columns (index, 2x3 affine)", f"{len(cells)}", number)
        try:
            row = [float(cell) for cell in cells]
        except ValueError:
            raise InputError(path, "7 numbers (index, 2x3 affine)", quoted(line), number) from None
        if row[0] != len(rows):
            raise InputError(path, f"index {len(rows)} (they count from 0)", cells[0], number)
        if not np.isfinite(row).all():
            raise InputError(path, "finite numbers", quoted(line), number)
        rows.append(row)
    if not rows:
        raise InputError(path, "one line for each frame", "an empty file")
    return np.array(rows)[:, 1:].reshape(-1, 2, 3)


class _OpticalFlow:
    """Camera motion from the pictures."""

    name = OPTICAL_FLOW

    def load(self, sequence: Sequence) -> FloatArray:
        """Decode the sequence and follow its corners.

        Raises:
            MotBenchError: there are no pictures, or OpenCV is missing.
        """
        _check_pictures(sequence)
        assert sequence.load_frames is not None
        flow = SparseFlow()
        return np.stack([flow.update(image) for image in sequence.load_frames().iterate()])
