"""What ``mot-bench track`` wrote, opened as a results folder of one run without ground truth."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import Field

from mot_bench.atomic import write_text
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.frames import open_frames
from mot_bench.datasets.mot_table import LONGEST_SEQUENCE
from mot_bench.datasets.mot_text import TrackRows, read_tracks
from mot_bench.datasets.rules import OWN
from mot_bench.datasets.splits import cut_sequence
from mot_bench.errors import InputError
from mot_bench.explaining.events import EventTable
from mot_bench.files.json_files import read_record
from mot_bench.records.results import (
    DatasetRecord,
    Record,
    RunResult,
    Scorer,
    SequenceRecord,
    SuiteResult,
)
from mot_bench.results.folder import ResultsFolder
from mot_bench.videos.clips import Clip
from mot_bench.videos.tracking import TRACKS, Tracked

CLIP = "clip.json"
_RUN = "tracks"


class TrackedClip(Record):
    """Which pictures ``tracks.txt`` is of.

    ``path`` is the video or the folder of pictures; ``first`` is the number of the first tracked
    frame, from 1; ``frames`` were tracked; ``frame_rate`` is in frames per second.
    """

    path: str
    first: int = Field(ge=1, le=LONGEST_SEQUENCE)
    frames: int = Field(ge=1, le=LONGEST_SEQUENCE)
    frame_rate: float = Field(gt=0)

    @property
    def split(self) -> str:
        """The frames that were tracked, as a split of the clip."""
        return f"frames:{self.first}-{self.last}"

    @property
    def last(self) -> int:
        """The number of the last frame that was tracked."""
        return self.first + self.frames - 1


@dataclass(frozen=True, kw_only=True)
class TrackedFolder(ResultsFolder):
    """A folder of ``mot-bench track``.

    Attributes:
        first: the number of the first frame in ``tracks.txt``.
        unscored: results of one run without scores.
    """

    first: int = 1
    unscored: SuiteResult

    @property
    def result(self) -> SuiteResult:
        """Return the results of one run without scores."""
        return self.unscored

    def tracks(self, run: RunResult, sequence: Sequence) -> TrackRows:  # noqa: ARG002 - there is one of each
        """Return the tracks, numbered from 1 (errors as ``read_tracks``)."""
        rows = read_tracks(self.path / TRACKS)
        kept = (rows.frames >= self.first) & (rows.frames < self.first + sequence.length)
        return TrackRows(
            rows.frames[kept] - self.first + 1,
            rows.ids[kept],
            rows.boxes_ltwh[kept],
            rows.scores[kept],
            rows.classes[kept],
        )

    def events(self, run: RunResult) -> EventTable | None:  # noqa: ARG002 - no run has any
        """Return None: without ground truth nobody knows of errors."""
        return None


def is_tracked_folder(path: Path) -> bool:
    """Return whether a folder is one of ``mot-bench track`` and not of results."""
    return (path / TRACKS).is_file() and not (path / "results.json").exists()


def write_tracked_clip(out: Path, clip: Clip, tracked: Tracked) -> None:
    """Write beside the tracks which pictures they are of.

    Raises:
        MotBenchError: the folder cannot be written.
    """
    record = TrackedClip(
        path=str(clip.path.resolve()),
        first=clip.first,
        frames=tracked.frames,
        frame_rate=float(clip.frame_rate),
    )
    write_text(out / CLIP, record.model_dump_json() + "\n")


def open_tracked(path: Path, video: str | None = None) -> TrackedFolder:
    """Open a folder of ``mot-bench track``.

    Args:
        path: the folder.
        video: the video or the folder of pictures; None: where it was when it was tracked. Where
            there is none, boxes are shown without pictures.

    Raises:
        InputError: files that cannot be read, or a folder without ``clip.json`` (of an earlier
            version).
        MotBenchError: ``video`` does not exist.
    """
    record = read_record(
        path / CLIP, TrackedClip, "the clip of mot-bench track (track again to have it)"
    )
    pictures = Path(video or record.path)
    if video is not None and not pictures.exists():
        raise InputError(
            pictures, "a video or a folder of pictures (--dataset)", "no such file or folder"
        )
    sequence = _sequence(path, record, pictures)
    dataset = Dataset(sequence.name, OWN, record.split, (sequence,))
    return TrackedFolder(
        path=path,
        opened=dataset,
        first=record.first,
        unscored=_result_of(sequence, record.split),
    )


def _result_of(sequence: Sequence, split: str) -> SuiteResult:
    """Return the results of one run that nobody scored."""
    identity = SequenceRecord(
        name=sequence.name,
        length=sequence.length,
        frame_rate=sequence.frame_rate,
        digest=sequence.digest,
    )
    return SuiteResult(
        suite="track",
        title=f"Tracks of {sequence.name}",
        dataset=DatasetRecord(name=sequence.name, benchmark=OWN, split=split, sequences=[identity]),
        scorer=Scorer(name="none", version="", settings={}),
        runs=[RunResult(run=_RUN, seed=0, status="ok")],
    )


def _sequence(path: Path, record: TrackedClip, pictures: Path) -> Sequence:
    digest = hashlib.sha256((path / TRACKS).read_bytes() + str(pictures).encode()).hexdigest()
    whole = Sequence(
        name=(pictures.parent if pictures.name == "img1" else pictures).stem,
        length=record.last,
        frame_rate=record.frame_rate,
        width=None,
        height=None,
        folder=None,
        first_frame=1,
        file_length=record.last,
        digest=digest,
        load_frames=partial(open_frames, pictures, record.last) if pictures.exists() else None,
    )
    cut = cut_sequence(whole, record.split)
    if cut.load_frames is None:
        return cut
    height, width = cut.load_frames().read(1).shape[:2]
    return replace(cut, width=width, height=height)
