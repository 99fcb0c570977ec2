"""Camera motion: one affine a frame, from the previous frame's pixels to this frame's.

Sources:

- ``file``: MOT's usual text, one line a frame: the frame's index from 0, then the 2x3 matrix row by row, between tabs,
  spaces or commas. Looked for as ``DATA_ROOT/*/camera_motion/SEQUENCE.txt`` (``MOT17-02.txt``
  serves ``MOT17-02-DPM``); a path to a folder or file works too. Generated datasets know their
  camera's motion.
- ``optical-flow``: sparse optical flow on the pictures, with the settings that BoT-SORT published.
- ``none``: the identity throughout.

The first frame of a sequence, cut or whole, has the identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
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

FloatArray = npt.NDArray[np.float64]

SOURCE_NAMES = ("file", "optical-flow", "none")


class CameraMotion(Protocol):
    """Camera motion for each sequence of a dataset."""

    @property
    def name(self) -> str:
        """As the user named it."""
        ...

    def load(self, sequence: Sequence) -> FloatArray:
        """(length, 2, 3) float64, pixels."""
        ...


def open_camera_motion(source: str, dataset: Dataset) -> CameraMotion:
    """Find the camera motion of every sequence (it is read or computed by ``load``).

    Args:
        source: ``file``, ``optical-flow``, ``none``, or a path to a folder of files or to one file.
        dataset: whose camera motion.

    Raises:
        MotBenchError: unknown, or a sequence without; says what was looked for and where.
    """
    if source == "none":
        return _Still()
    if source == "optical-flow":
        lacking = [sequence.name for sequence in dataset.sequences if sequence.load_frames is None]
        if lacking:
            raise MotBenchError(
                f"camera motion optical-flow: expected pictures for {lacking[0]}, found none"
            )
        return _OpticalFlow()
    if source == "file" and all(
        isinstance(sequence, StreetSequence) for sequence in dataset.sequences
    ):
        return _Known()
    folders = _folders(source, dataset)
    files: dict[str, Path] = {}
    for sequence in dataset.sequences:
        names = [f"{stem}.txt" for stem in file_stems(sequence.name)]
        beside = (
            []
            if sequence.folder is None or source != "file"
            else [sequence.folder / "camera_motion.txt"]
        )
        places = beside + [folder / name for folder in folders for name in names]
        if Path(source).is_file() and len(dataset.sequences) == 1:
            places = [Path(source)]
        found = next((place for place in places if place.exists()), None)
        if found is None:
            where = (
                " or ".join(map(str, folders))
                or f"*/camera_motion under the data root {dataset.root or '(not set)'}"
            )
            raise MotBenchError(
                f"camera motion {source}: expected {' or '.join(names)} in {where}, found none "
                "(from pictures: --set RUN.camera_motion=optical-flow)"
            )
        files[sequence.name] = found
    return _Files(source, files, dataset.root)


def _folders(source: str, dataset: Dataset) -> list[Path]:
    if source != "file":
        if not Path(source).exists():
            raise MotBenchError(
                f"camera motion: expected one of {', '.join(SOURCE_NAMES)} or a path, found {source!r}"
            )
        return [Path(source)]
    if dataset.root is None:
        return []
    return [
        folder
        for folder in [
            dataset.root / "camera_motion",
            *sorted(dataset.root.glob("*/camera_motion")),
        ]
        if folder.is_dir()
    ]


def identities(length: int) -> FloatArray:
    """(length, 2, 3) identity affines."""
    return np.tile(np.eye(2, 3), (length, 1, 1))


class _Still:
    """A camera that stands still."""

    name = "none"

    def load(self, sequence: Sequence) -> FloatArray:
        """Identities."""
        return identities(sequence.length)


class _Known:
    """The camera of generated scenes."""

    name = "file"

    def load(self, sequence: Sequence) -> FloatArray:
        """The true motion, cut."""
        assert isinstance(sequence, StreetSequence)
        motion = street.camera_motion(sequence)[sequence.first_frame - 1 :][
            : sequence.length
        ].copy()
        motion[0] = np.eye(2, 3)
        return motion


@dataclass(frozen=True)
class _Files:
    """Camera motion in files, one a sequence."""

    name: str
    files: dict[str, Path]
    root: Path | None

    def load(self, sequence: Sequence) -> FloatArray:
        """Read, check and cut; the first frame gets the identity.

        Raises:
            InputError: a fault in the file, or it does not cover the sequence.
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
    """Read a whole file: (N, 2, 3) float64.

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
        raise InputError(path, "one line a frame", "an empty file")
    return np.array(rows)[:, 1:].reshape(-1, 2, 3)


def import_cv2() -> ModuleType:
    """OpenCV, which optical flow alone needs.

    Raises:
        MotBenchError: it is missing or cannot be loaded (its GUI build wants libGL).
    """
    try:
        import cv2
    except ImportError as error:
        raise MotBenchError(
            f"camera motion optical-flow: expected OpenCV (cv2), found: {error} "
            "(if a library such as libGL.so.1 is missing: apt-get install libgl1 libglib2.0-0)"
        ) from error
    module: ModuleType = cv2
    return module


class SparseFlow:
    """Camera motion by sparse optical flow, frame after frame.

    Settings as in BoT-SORT (arXiv:2206.14651, section 3.2, and its published code): pictures at
    half size, up to 1000 corners (quality 0.01, distance 1, block 3), followed by pyramidal
    Lucas-Kanade; a partial affine by RANSAC. Fewer than five corners followed give the identity, as
    do a failed fit and a picture of another size than the one before.
    """

    def __init__(self, downscale: int = 2) -> None:
        self._cv2 = import_cv2()
        self._downscale = downscale
        self._previous: npt.NDArray[np.uint8] | None = None
        self._corners: npt.NDArray[np.float32] | None = None

    def update(self, image: npt.NDArray[np.uint8]) -> FloatArray:
        """The affine (2, 3) from the previous picture to this one ((H, W, 3) uint8 RGB).

        The identity at first.
        """
        cv2 = self._cv2
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        if self._downscale > 1:
            height, width = gray.shape
            smaller = (max(width // self._downscale, 1), max(height // self._downscale, 1))
            gray = cv2.resize(gray, smaller)
        corners = cv2.goodFeaturesToTrack(
            gray,
            maxCorners=1000,
            qualityLevel=0.01,
            minDistance=1,
            blockSize=3,
            useHarrisDetector=False,
            k=0.04,
        )
        motion = self._fit(gray)
        self._previous, self._corners = gray, corners
        return motion

    def _fit(self, gray: npt.NDArray[np.uint8]) -> FloatArray:
        cv2, motion = self._cv2, np.eye(2, 3)
        if self._previous is None or self._corners is None or self._previous.shape != gray.shape:
            return motion
        followed, status, _ = cv2.calcOpticalFlowPyrLK(self._previous, gray, self._corners, None)
        if followed is None:
            return motion
        good = status.ravel() == 1
        if good.sum() <= 4:
            return motion
        fitted, _ = cv2.estimateAffinePartial2D(
            self._corners.reshape(-1, 2)[good], followed.reshape(-1, 2)[good], method=cv2.RANSAC
        )
        if fitted is None:
            return motion
        motion = np.asarray(fitted, np.float64)
        motion[:, 2] *= self._downscale
        return motion


class _OpticalFlow:
    """Camera motion from the pictures."""

    name = "optical-flow"

    def load(self, sequence: Sequence) -> FloatArray:
        """Decode the sequence and follow its corners.

        Raises:
            MotBenchError: no pictures, or no OpenCV.
        """
        if sequence.load_frames is None:
            raise MotBenchError(
                f"camera motion optical-flow: expected pictures for {sequence.name}, found none"
            )
        flow = SparseFlow()
        return np.stack([flow.update(image) for image in sequence.load_frames().iterate()])
