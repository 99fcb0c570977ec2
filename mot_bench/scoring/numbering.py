"""Recognise result files of a split that keep the frame numbers of the whole sequence.

A split renumbers frames from 1 (see ``mot_bench.datasets.splits``), and so do most trackers; others
keep the numbers of the whole sequence. If the two ranges do not overlap, as for the second half,
the frames tell which it is. If both are possible, frames are assumed to count from 1 unless the
user says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mot_bench.datasets.dataset import Sequence
from mot_bench.datasets.mot_table import TRACKS, scan
from mot_bench.datasets.mot_text import TrackRows, format_tracks, parse_tracks
from mot_bench.errors import InputError, MotBenchError, did_you_mean

SPLIT, ORIGINAL = "split", "original"
NUMBERINGS = (SPLIT, ORIGINAL)
_UNSURE = (
    "taken as numbered from 1 within the split; if the numbers are those of the whole sequence "
    "(there are none before {first}), say --numbering original"
)


@dataclass(frozen=True)
class Numbered:
    """The tracks of a result file, the content with their numbers, and a note or an empty text."""

    tracks: TrackRows
    content: bytes
    note: str = ""


def check_numbering(numbering: str | None) -> None:
    """Refuse an unknown numbering (``MotBenchError``)."""
    if numbering not in (None, *NUMBERINGS):
        hint = did_you_mean(str(numbering), NUMBERINGS)
        raise MotBenchError(f"--numbering: expected split or original, found {numbering!r}{hint}")


def numbered_tracks(
    content: bytes, label: str, sequence: Sequence, numbering: str | None
) -> Numbered:
    """Return the tracks of a result file with the frame numbers of its sequence.

    Args:
        content: the content of the file.
        label: the name of the file, for messages.
        sequence: the sequence, perhaps cut.
        numbering: ``split``; ``original``, which cuts the tracks to the split; None to infer it.

    Raises:
        InputError: the file is faulty, or has frames beyond the sequence.
    """
    first, last = sequence.first_frame, sequence.first_frame + sequence.length - 1
    if numbering == ORIGINAL:
        return _cut(parse_tracks(content, label, max(last, sequence.file_length)), first, last)
    tracks = parse_tracks(content, label)
    frames = tracks.frames
    if not len(frames):
        return Numbered(tracks, content)
    if frames.max() <= sequence.length:
        unsure = numbering is None and 1 < first <= frames.min()
        return Numbered(tracks, content, _UNSURE.format(first=first) if unsure else "")
    if numbering is None and first > 1 and first <= frames.min() and frames.max() <= last:
        note = f"numbered as the whole sequence is, {first} to {last}: renumbered from 1"
        return replace(_cut(tracks, first, last), note=note)
    fault = scan(content, TRACKS, sequence.length, limit=1).faults[0]
    raise InputError(label, fault.expected, f"{fault.found}; {_way_out(sequence)}", fault.line)


def _way_out(sequence: Sequence) -> str:
    """Return a hint on frames beyond a sequence."""
    if sequence.length < sequence.file_length:
        return (
            f"the split renumbers frames {sequence.first_frame} to "
            f"{sequence.first_frame + sequence.length - 1} from 1; results of the whole sequence "
            "are cut to it by --numbering original"
        )
    return f"if {sequence.name} goes on after its ground truth, write seqLength in its seqinfo.ini"


def _cut(tracks: TrackRows, first: int, last: int) -> Numbered:
    """Return the tracks of frames ``first`` to ``last``, renumbered from 1."""
    kept = (tracks.frames >= first) & (tracks.frames <= last)
    cut = TrackRows(
        frames=tracks.frames[kept] - (first - 1),
        ids=tracks.ids[kept],
        boxes_ltwh=tracks.boxes_ltwh[kept],
        scores=tracks.scores[kept],
        classes=tracks.classes[kept],
    )
    return Numbered(cut, format_tracks(cut, None).encode())
