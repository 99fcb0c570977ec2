"""Running networks over the pictures of a sequence: detections, and the embeddings of detections and of the truth."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.detections.formats import make_detections, npz_bytes
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.detectors.interface import Extractor, Picture
from mot_bench.errors import MotBenchError
from mot_bench.trackers.boxes import ltwh_to_xyxy, xyxy_to_ltwh

if TYPE_CHECKING:
    from mot_bench.detectors.interface import Detector

BATCH = 8
DETECTIONS, TRUTH = "detections.npz", "truth.npy"
EMBEDDED_SCORE = 0.1
TRUTH_STRIDE = 3


@dataclass(frozen=True)
class Applied:
    """What a network made of a sequence: files by name, and the seconds of each stage."""

    files: dict[str, bytes]
    times: dict[str, float]


def detect(detector: Detector, sequence: Sequence, shown: npt.NDArray[np.uint8] | None) -> Applied:
    """Run a detector over a sequence.

    Args:
        detector: one with ``look`` (see ``mot_bench.detectors.fairmot``) can use pictures that were
            letterboxed before, and gives the embeddings at the centres of the ground truth too.
        sequence: with pictures.
        shown: (T, h, w, 3) uint8, its pictures letterboxed; None: they are read.

    Returns:
        ``detections.npz``; with embeddings and ground truth also ``truth.npy``: (N, D) float32, by
        ground-truth row.
    """
    from mot_bench.detectors.fairmot import FairMotDetector

    parts: list[
        tuple[
            int, npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.floating] | None
        ]
    ] = []
    looked: list[npt.NDArray[np.float32]] = []
    truth = _truth_by_frame(sequence)
    times = {"frames": float(sequence.length), "reading_s": 0.0, "detecting_s": 0.0}
    start = time.perf_counter()
    for first, pictures in _batches(sequence, shown):
        read = time.perf_counter()
        if isinstance(detector, FairMotDetector):
            size = _size(sequence, pictures) if shown is None else _known_size(sequence)
            batch = pictures if shown is not None else list(pictures)
            boxes = (
                [truth[first + slot] for slot in range(len(pictures))]
                if detector.embedding_size and truth
                else None
            )
            found, seen = detector.look(batch, size, boxes)
            looked.extend(seen)
        else:
            found = detector.detect(list(pictures))
        for slot, detections in enumerate(found):
            parts.append(
                (first + slot + 1, detections.boxes_xyxy, detections.scores, detections.embeddings)
            )
        done = time.perf_counter()
        times["reading_s"] += read - start
        times["detecting_s"] += done - read
        start = done
    files = {DETECTIONS: npz_bytes(_joined(parts, detector.embedding_size))}
    if looked and sequence.ground_truth is not None:
        files[TRUTH] = _npy(_in_file_order(sequence, looked))
    return Applied(files, times)


def embed(extractor: Extractor, sequence: Sequence, detections: SequenceDetections) -> Applied:
    """Give detections the embeddings of a separate ReID network.

    Detections that score less than ``EMBEDDED_SCORE`` are left out: no tracker here looks at them,
    and each costs a crop. Embeddings of the ground truth are made in every ``TRUTH_STRIDE``-th
    frame; the others are NaN.
    """
    frames = _frames(sequence)
    boxes = ltwh_to_xyxy(detections.boxes_ltwh)
    kept = detections.scores >= EMBEDDED_SCORE
    cuts = np.searchsorted(detections.frames, np.arange(1, sequence.length + 2))
    truth = _truth_by_frame(sequence)
    parts = [np.empty((0, extractor.embedding_size), np.float32)]
    looked: list[npt.NDArray[np.float32]] = []
    times = {"frames": float(sequence.length), "reading_s": 0.0, "embedding_s": 0.0}
    start = time.perf_counter()
    for index, picture in enumerate(frames):
        read = time.perf_counter()
        rows = slice(cuts[index], cuts[index + 1])
        parts.append(extractor.embed(picture, boxes[rows][kept[rows]]))
        done = time.perf_counter()
        if truth:
            wanted = index % TRUTH_STRIDE == 0
            blank = np.full((len(truth[index]), extractor.embedding_size), np.nan, np.float32)
            looked.append(extractor.embed(picture, truth[index]) if wanted else blank)
        times["reading_s"] += read - start
        times["embedding_s"] += done - read
        start = time.perf_counter()
    embedded = make_detections(
        detections.frames[kept],
        detections.boxes_ltwh[kept],
        detections.scores[kept],
        np.concatenate(parts),
    )
    files = {DETECTIONS: npz_bytes(embedded)}
    if looked:
        files[TRUTH] = _npy(_in_file_order(sequence, looked))
    return Applied(files, times)


def _frames(sequence: Sequence) -> Iterator[Picture]:
    if sequence.load_frames is None:
        raise MotBenchError(f"{sequence.name}: expected pictures, found none")
    return sequence.load_frames().iterate()


def _batches(
    sequence: Sequence, shown: npt.NDArray[np.uint8] | None
) -> Iterator[tuple[int, npt.NDArray[np.uint8] | list[Picture]]]:
    """Batches of pictures, each with the index (from 0) of its first frame."""
    if shown is not None:
        for first in range(0, sequence.length, BATCH):
            yield first, shown[first : first + BATCH]
        return
    gathered: list[Picture] = []
    first = 0
    for index, picture in enumerate(_frames(sequence)):
        gathered.append(picture)
        if len(gathered) == BATCH:
            yield first, gathered
            gathered, first = [], index + 1
    if gathered:
        yield first, gathered


def _known_size(sequence: Sequence) -> tuple[int, int]:
    assert sequence.width is not None
    assert sequence.height is not None
    return sequence.width, sequence.height


def _size(sequence: Sequence, pictures: npt.NDArray[np.uint8] | list[Picture]) -> tuple[int, int]:
    """Width and height of pictures, which must be one size throughout a sequence."""
    sizes = {(picture.shape[1], picture.shape[0]) for picture in pictures}
    if len(sizes) != 1:
        raise MotBenchError(
            f"{sequence.name}: expected pictures of one size, found {sorted(sizes)}"
        )
    return sizes.pop()


def _truth_by_frame(sequence: Sequence) -> list[npt.NDArray[np.float64]]:
    """Ground-truth boxes (N, 4) xyxy of each frame; an empty list without ground truth."""
    truth = sequence.ground_truth
    if truth is None:
        return []
    order, cuts = _by_frame(sequence)
    boxes = ltwh_to_xyxy(truth.boxes_ltwh)[order]
    return [boxes[a:b] for a, b in zip(cuts[:-1], cuts[1:], strict=True)]


def _by_frame(sequence: Sequence) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Ground-truth rows in the order of frames, and where each frame begins."""
    truth = sequence.ground_truth
    assert truth is not None
    order = np.argsort(truth.frames, kind="stable")
    return order, np.searchsorted(truth.frames[order], np.arange(1, sequence.length + 2))


def _in_file_order(
    sequence: Sequence, looked: list[npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """Embeddings frame by frame back to the rows of the ground truth."""
    order, _ = _by_frame(sequence)
    together = np.concatenate(looked)
    rows = np.empty_like(together)
    rows[order] = together
    return rows


def _joined(
    parts: list[
        tuple[
            int, npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.floating] | None
        ]
    ],
    size: int,
) -> SequenceDetections:
    frames = np.repeat([frame for frame, *_ in parts], [len(scores) for _, _, scores, _ in parts])
    boxes = np.concatenate([np.empty((0, 4)), *(boxes for _, boxes, _, _ in parts)])
    scores = np.concatenate([np.empty(0), *(scores for _, _, scores, _ in parts)])
    embeddings = None
    if size:
        rows = [np.asarray(each, np.float32) for *_, each in parts if each is not None]
        embeddings = np.concatenate([np.empty((0, size), np.float32), *rows])
    return make_detections(frames, xyxy_to_ltwh(boxes), scores, embeddings)


def _npy(array: npt.NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
