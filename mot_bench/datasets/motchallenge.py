"""Read the MOTChallenge layout: ``SEQ/{seqinfo.ini, gt/gt.txt, det/det.txt, img1}``.

MOT15, MOT16, MOT17, MOT20, DanceTrack and SportsMOT share it. Everything is optional, and ``notes``
say what was assumed:

- Without ``seqinfo.ini``, the length is the number of pictures, else the last frame of the ground
  truth, else of the detections; the frame rate is 30.
- If ``seqLength`` and the number of pictures differ, ``seqLength`` decides, as in TrackEval.
  Reading a missing picture is an error, and ``mot-bench data check`` reports the difference.

mot-bench adds one key to ``seqinfo.ini``: ``frameOffset``, for sequences that were cut and
renumbered. Frame 1 is then frame ``frameOffset + 1`` of the sequence that detections and camera
motion were made for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mot_bench.datasets.dataset import Sequence
from mot_bench.datasets.frames import count_pictures, find_pictures, open_frames
from mot_bench.datasets.mot_text import read_detections, read_ground_truth
from mot_bench.datasets.rules import OWN, Rules
from mot_bench.datasets.seqinfo import FILE_NAME, SequenceInfo, read_seqinfo
from mot_bench.datasets.splits import HeldTruth, truth_digest
from mot_bench.datasets.truth_by_rules import read_truth
from mot_bench.errors import InputError, quoted
from mot_bench.files.places import check_name

MARKS = ("gt/gt.txt", "seqinfo.ini", "det/det.txt", "embeddings.npz", "img1")
DEFAULT_FRAME_RATE = 30.0


@dataclass(frozen=True)
class SequenceFolder:
    """The description of a sequence in its folder, without ground truth.

    Attributes:
        path: the folder.
        name: the name of the folder, by which TrackEval finds files too. The name in seqinfo.ini is
            ignored, since it is often copied from another sequence.
        length: the number of frames.
        frame_rate: frames per second.
        width, height: pixels, None if unknown.
        frame_offset: the number of frames that were cut away before frame 1.
        pictures: the folder of pictures or the video file, or None.
        notes: what is missing, and what was assumed instead.
    """

    path: Path
    name: str
    length: int
    frame_rate: float
    width: int | None
    height: int | None
    frame_offset: int
    pictures: Path | None
    notes: tuple[str, ...] = ()

    @property
    def ground_truth_path(self) -> Path:
        """The path of the ground truth, which need not exist."""
        return self.path / "gt" / "gt.txt"

    @property
    def detections_path(self) -> Path:
        """The path of the public detections, which need not exist."""
        return self.path / "det" / "det.txt"


def is_sequence_folder(folder: Path) -> bool:
    """Return whether the folder looks like a sequence."""
    return any((folder / mark).exists() for mark in MARKS)


def find_sequence_folders(path: Path) -> list[Path]:
    """Return the sequence folders of a dataset folder, or the folder itself, in name order."""
    if is_sequence_folder(path):
        return [path]
    entries = [
        entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    ]
    return sorted(filter(is_sequence_folder, entries), key=_name)


def _name(path: Path) -> str:
    return path.name


def describe(folder: Path) -> SequenceFolder:
    """Read the description of a sequence in its folder.

    Raises:
        InputError: the folder is not a sequence folder, seqinfo.ini is malformed, or the length is
            unknown.
    """
    if not is_sequence_folder(folder):
        raise InputError(
            folder, f"a sequence folder (one with {', '.join(MARKS)})", "none of these"
        )
    name = check_name(folder.resolve().name, "a sequence's name", folder, "rename the folder")
    stated = read_seqinfo(folder)
    info = stated or SequenceInfo()
    notes = [] if stated is not None else [f"no {FILE_NAME}"]
    if info.name not in (None, name):
        notes.append(f"{FILE_NAME} says name={quoted(info.name)}, the folder's name is used")
    if info.unknown:
        notes.append(f"unknown keys in {FILE_NAME}: {', '.join(info.unknown)[:300]}")
    pictures = find_pictures(folder, info.picture_dir)
    length = info.length
    if length is None:
        length, source = _derive_length(folder, pictures)
        notes.append(f"length {length} taken from {source}")
    if info.frame_rate is None:
        notes.append(f"frame rate {DEFAULT_FRAME_RATE:g} assumed")
    return SequenceFolder(
        path=folder,
        name=name,
        length=length,
        frame_rate=info.frame_rate or DEFAULT_FRAME_RATE,
        width=info.width,
        height=info.height,
        frame_offset=info.frame_offset,
        pictures=pictures,
        notes=tuple(notes),
    )


def _derive_length(folder: Path, pictures: Path | None) -> tuple[int, str]:
    """Return the length of a sequence without ``seqLength``, and the source of that length."""
    if pictures is not None and (count := count_pictures(pictures)):
        return count, f"the pictures in {pictures.name}"
    truth, detections = folder / "gt" / "gt.txt", folder / "det" / "det.txt"
    if truth.is_file() and len(frames := read_ground_truth(truth, benchmark=OWN).frames):
        return int(frames.max()), "gt/gt.txt"
    if detections.is_file() and len(frames := read_detections(detections).frames):
        return int(frames.max()), "det/det.txt"
    expected = "a length from seqLength in seqinfo.ini, pictures, ground truth or detections"
    raise InputError(
        folder, expected, f"none of these; write {FILE_NAME} with [Sequence] and seqLength=FRAMES"
    )


def open_sequence(folder: SequenceFolder, rules: Rules) -> Sequence:
    """Open a whole sequence and read its ground truth by the rules.

    Raises:
        InputError: the ground truth is faulty.
    """
    truth = None
    if folder.ground_truth_path.exists():
        truth = read_truth(folder.ground_truth_path, rules, folder.length)
    pictures = folder.pictures
    return Sequence(
        name=folder.name,
        length=folder.length,
        frame_rate=folder.frame_rate,
        width=folder.width,
        height=folder.height,
        folder=folder.path,
        first_frame=folder.frame_offset + 1,
        file_length=folder.length + folder.frame_offset,
        digest=truth_digest(truth, folder.length, folder.frame_rate),
        load_ground_truth=None if truth is None else HeldTruth(truth),
        load_frames=None if pictures is None else partial(open_frames, pictures, folder.length),
    )


def file_stems(name: str) -> tuple[str, ...]:
    """Return the possible names of a sequence's files, with and without MOT17's detector suffix.

    >>> file_stems("MOT17-02-DPM"), file_stems("TUD-Campus")
    (('MOT17-02-DPM', 'MOT17-02'), ('TUD-Campus',))
    """
    for suffix in ("-DPM", "-FRCNN", "-SDP"):
        if name.startswith("MOT17-") and name.endswith(suffix):
            return name, name.removesuffix(suffix)
    return (name,)


def one_copy(folders: list[Path]) -> list[Path]:
    """Return one of MOT17's copies of each sequence, the first of FRCNN, DPM and SDP."""
    chosen: dict[str, Path] = {}
    for suffix in ("FRCNN", "DPM", "SDP"):
        for folder in folders:
            if folder.name.endswith(f"-{suffix}"):
                chosen.setdefault(folder.name.removesuffix(f"-{suffix}"), folder)
    others = [
        folder for folder in folders if folder not in chosen.values() and not _is_copy(folder.name)
    ]
    return sorted([*chosen.values(), *others], key=_name)


def _is_copy(name: str) -> bool:
    return name.endswith(("-FRCNN", "-DPM", "-SDP"))
