"""The MOTChallenge layout: ``SEQ/{seqinfo.ini, gt/gt.txt, det/det.txt, img1}``, with or without pictures.

MOT15, MOT16, MOT17, MOT20, DanceTrack and SportsMOT share it. What is missing is made up for, and said (``notes``):

- no ``seqinfo.ini``: the length is the number of pictures, else the last frame of the ground truth, else of the
  detections; the frame rate is 30;
- ``seqLength`` rules where it and the number of pictures differ, as it does for TrackEval: the sequence keeps its full
  length, and reading a picture that is not there is an error that names the file. ``mot-bench data check`` reports it.

One key of ours may stand in ``seqinfo.ini``: ``frameOffset``, for sequences that were cut and renumbered already; frame
1 here is then frame ``frameOffset + 1`` of the sequence that detections and camera motion were made for.
"""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mot_bench.datasets.frames import count_pictures, find_pictures, open_frames
from mot_bench.datasets.mot_text import read_bytes, read_detections, read_ground_truth
from mot_bench.datasets.splits import HeldTruth, truth_digest
from mot_bench.datasets.types import Sequence
from mot_bench.errors import InputError, MotBenchError, quoted

MARKS = ("gt/gt.txt", "seqinfo.ini", "det/det.txt", "embeddings.npz", "img1")
DEFAULT_FRAME_RATE = 30.0


@dataclass(frozen=True)
class SequenceFolder:
    """What a sequence's folder says of it, before ground truth is read.

    Attributes:
        path: the folder.
        name: ``name`` of seqinfo.ini, else the folder's.
        length: frames.
        frame_rate: frames per second.
        width, height: pixels, None where unknown.
        frame_offset: frames cut away before frame 1 by whoever made the folder.
        pictures: folder of pictures or video file, or None.
        notes: what was missing and how it was made up for.
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
        """Where ground truth lies, if there is any."""
        return self.path / "gt" / "gt.txt"

    @property
    def detections_path(self) -> Path:
        """Where public detections lie, if there are any."""
        return self.path / "det" / "det.txt"


def is_sequence_folder(folder: Path) -> bool:
    """Whether the folder looks like a sequence."""
    return any((folder / mark).exists() for mark in MARKS)


def find_sequence_folders(path: Path) -> list[Path]:
    """The sequence folders of a dataset folder (or the folder itself, if it is one), in name order."""
    if is_sequence_folder(path):
        return [path]
    return sorted((entry for entry in path.iterdir() if entry.is_dir() and is_sequence_folder(entry)), key=_name)


def _name(path: Path) -> str:
    return path.name


def read_seqinfo(path: Path) -> dict[str, str]:
    """The keys of section ``[Sequence]``.

    Raises:
        InputError: the file cannot be read as an INI file with this section.
    """
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(read_bytes(path, "the sequence's description").decode("utf-8-sig"))
    except (configparser.Error, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise InputError(path, "an INI file", str(error).splitlines()[0], line) from error
    if "Sequence" not in parser:
        raise InputError(path, "a section [Sequence]", f"sections {parser.sections()}")
    return dict(parser["Sequence"])


def line_of(path: Path, key: str) -> int | None:
    """The line of seqinfo.ini that says this key; None if none does."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    return next((n for n, line in enumerate(lines, start=1) if line.partition("=")[0].strip() == key), None)


def _number(path: Path, info: dict[str, str], key: str, least: float) -> float | None:
    if key not in info:
        return None
    try:
        value = float(info[key])
    except ValueError:
        value = float("nan")
    if not least <= value < float("inf"):
        raise InputError(path, f"a number of at least {least:g} for {key}", quoted(info[key]), line_of(path, key))
    return value


def _integer(path: Path, info: dict[str, str], key: str, least: int) -> int | None:
    value = _number(path, info, key, least)
    if value is not None and value != int(value):
        raise InputError(path, f"a whole number for {key}", quoted(info[key]), line_of(path, key))
    return None if value is None else int(value)


def describe(folder: Path) -> SequenceFolder:
    """Read what a folder says of its sequence.

    Raises:
        InputError: it is no sequence folder, seqinfo.ini is malformed, or nothing tells the length.
    """
    if not is_sequence_folder(folder):
        raise InputError(folder, f"a sequence folder (one with {', '.join(MARKS)})", "none of these")
    path = folder / "seqinfo.ini"
    notes: list[str] = []
    info: dict[str, str] = {}
    if path.exists():
        info = read_seqinfo(path)
    else:
        notes.append("no seqinfo.ini")
    pictures = find_pictures(folder, info.get("imDir", "img1"))
    length = _integer(path, info, "seqLength", 1)
    if length is None:
        length, source = _derive_length(folder, pictures)
        notes.append(f"length {length} taken from {source}")
    frame_rate = _number(path, info, "frameRate", 1e-6)
    if frame_rate is None:
        frame_rate = DEFAULT_FRAME_RATE
        notes.append(f"frame rate {frame_rate:g} assumed")
    return SequenceFolder(
        path=folder,
        name=info.get("name", folder.resolve().name),
        length=length,
        frame_rate=frame_rate,
        width=_integer(path, info, "imWidth", 1),
        height=_integer(path, info, "imHeight", 1),
        frame_offset=_integer(path, info, "frameOffset", 0) or 0,
        pictures=pictures,
        notes=tuple(notes),
    )


def _derive_length(folder: Path, pictures: Path | None) -> tuple[int, str]:
    """Length of a sequence whose description does not tell it, and where it was taken from."""
    if pictures is not None and (count := count_pictures(pictures)):
        return count, f"the pictures in {pictures.name}"
    truth, detections = folder / "gt" / "gt.txt", folder / "det" / "det.txt"
    if truth.is_file():
        return int(read_ground_truth(truth).frames.max()), "gt/gt.txt"
    if detections.is_file() and len(frames := read_detections(detections).frames):
        return int(frames.max()), "det/det.txt"
    raise InputError(folder, "a length (seqLength in seqinfo.ini, pictures or ground truth)", "none of these")


def open_sequence(folder: SequenceFolder, benchmark: str | None) -> Sequence:
    """A whole sequence, its ground truth read and checked.

    Raises:
        InputError: a fault in the ground truth.
    """
    truth = None
    if folder.ground_truth_path.exists():
        truth = read_ground_truth(folder.ground_truth_path, benchmark=benchmark, length=folder.length)
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


def one_copy(folders: list[Path]) -> list[Path]:
    """Of MOT17's three copies of each sequence (FRCNN, DPM, SDP) the first present in this order."""
    chosen: dict[str, Path] = {}
    for suffix in ("FRCNN", "DPM", "SDP"):
        for folder in folders:
            if folder.name.endswith(f"-{suffix}"):
                chosen.setdefault(folder.name.removesuffix(f"-{suffix}"), folder)
    others = [folder for folder in folders if folder not in chosen.values() and not _is_copy(folder.name)]
    return sorted([*chosen.values(), *others], key=_name)


def _is_copy(name: str) -> bool:
    return name.endswith(("-FRCNN", "-DPM", "-SDP"))


def judge_benchmark(path: Path, folders: list[Path]) -> str:
    """The benchmark of a dataset folder: decides which classes scoring removes as distractors.

    The names of the sequences, of the folder and of up to three folders above it are looked at, nearest first: one that
    starts with MOT15, MOT16, MOT17 or MOT20, or has DanceTrack or SportsMOT in it, decides. Else it is MOT17 where
    every class is 1 to 13, and MOT15 where not. ``benchmark = "..."`` in a file ``dataset.toml`` overrules all of this
    (see ``mot_bench.datasets.catalogue``).
    """
    above = [parent.name for parent in path.resolve().parents][:3]
    for name in (*(folder.name for folder in folders), path.resolve().name, *above):
        for benchmark in ("MOT15", "MOT16", "MOT17", "MOT20"):
            if name.upper().startswith(benchmark):
                return benchmark
        for benchmark in ("DanceTrack", "SportsMOT"):
            if benchmark.lower() in name.lower():
                return benchmark
    truths = [folder / "gt" / "gt.txt" for folder in folders if (folder / "gt" / "gt.txt").is_file()]
    return "MOT17" if truths and all(_has_classes(truth) for truth in truths) else "MOT15"


def _has_classes(path: Path) -> bool:
    """Whether ground truth has nine columns or more with classes 1 to 13 in column 8."""
    first = read_bytes(path, "ground truth").split(b"\n", 1)[0]
    columns = len(first.replace(b",", b" ").split())
    if columns < 8:
        return False
    try:
        truth = read_ground_truth(path, benchmark="MOT17")
    except MotBenchError:
        return False
    return bool(((truth.classes >= 1) & (truth.classes <= 13)).all())
