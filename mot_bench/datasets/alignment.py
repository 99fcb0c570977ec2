"""Find where a cut and renumbered sequence begins in the whole sequence.

Detections and camera motion are made for whole sequences. A dataset split knows where it begins
(``first_frame``). A folder that was cut and renumbered earlier does not, unless its seqinfo.ini has
``frameOffset``; then the ground truth is compared with that of the whole sequence of the same name
under the data root.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mot_bench.datasets.dataset import GroundTruth, Sequence
from mot_bench.datasets.mot_text import read_ground_truth
from mot_bench.datasets.motchallenge import SequenceFolder, describe, file_stems, is_sequence_folder
from mot_bench.datasets.splits import cut_ground_truth
from mot_bench.errors import InputError

COPIES = ("-DPM", "-FRCNN", "-SDP")
"""The suffixes of MOT17's copies of a sequence, which name the public detector."""


def base_name(name: str) -> str:
    """Return the name of a sequence without the suffix of MOT17's copies.

    >>> base_name("MOT17-02-SDP"), base_name("cam-SDP")
    ('MOT17-02', 'cam-SDP')
    """
    if not name.upper().startswith("MOT17-"):
        return name
    return name.removesuffix(next((copy for copy in COPIES if name.endswith(copy)), ""))


def frames_to_skip(sequence: Sequence, file: Path, file_length: int, root: Path | None) -> int:
    """Return how many frames of ``file`` come before frame 1 of the sequence.

    Args:
        sequence: a cut or whole sequence.
        file: a file that was made for the whole sequence or for the cut one.
        file_length: the last frame in the file.
        root: the data root, which may hold the whole sequence.

    Raises:
        InputError: the file is longer than the sequence, and the start of the sequence in it is
            unknown.
    """
    if file_length <= sequence.length:
        return 0
    if file_length <= sequence.file_length:
        return sequence.first_frame - 1
    offset = _find_whole(sequence, file_length, root)
    if offset is not None:
        return offset + sequence.first_frame - 1
    raise InputError(
        file,
        f"at most the {sequence.file_length} frames of {sequence.name}",
        f"frame {file_length}; if the sequence was cut from a longer one, write "
        "frameOffset=FRAMES into its seqinfo.ini",
    )


def _find_whole(sequence: Sequence, least_length: int, root: Path | None) -> int | None:
    """Return how many frames come before a cut sequence in the whole one under the data root.

    The result is None if the whole sequence is not found.
    """
    if root is None or sequence.folder is None or sequence.ground_truth is None:
        return None
    least = max(least_length, sequence.file_length)
    for folder in _namesakes(sequence.name, sequence.folder, root):
        whole = describe(folder)
        if whole.length < least or not whole.ground_truth_path.is_file():
            continue
        offset = _offset_in(whole, sequence)
        if offset is not None:
            return offset
    return None


def _namesakes(name: str, folder: Path, root: Path) -> Iterator[Path]:
    """Yield other sequence folders with this name, up to two levels below a data root."""
    stem = glob.escape(file_stems(name)[0])
    for place in sorted(place for above in ("*/*/", "*/", "") for place in root.glob(above + stem)):
        if place.resolve() != folder.resolve() and is_sequence_folder(place):
            yield place


def _offset_in(whole: SequenceFolder, sequence: Sequence) -> int | None:
    """Return the offset of a sequence at the end or start of the whole one, by ground truth."""
    truth = read_ground_truth(whole.ground_truth_path, length=whole.length)
    for skipped in (whole.length - sequence.file_length, 0):
        if _same(sequence, cut_ground_truth(truth, skipped + sequence.first_frame, whole.length)):
            return skipped
    return None


def _same(sequence: Sequence, whole: GroundTruth) -> bool:
    """Return whether a sequence has the ground truth of the first frames of ``whole``."""
    mine = sequence.ground_truth
    assert mine is not None
    keep = whole.frames <= sequence.length
    return np.array_equal(
        _sorted(mine.frames, mine.ids, mine.boxes_ltwh),
        _sorted(whole.frames[keep], whole.ids[keep], whole.boxes_ltwh[keep]),
    )


def _sorted(frames: np.ndarray, ids: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    order = np.lexsort((ids, frames))
    return np.column_stack([frames[order], ids[order], np.round(boxes[order], 3)])
