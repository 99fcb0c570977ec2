"""Random scenes for the tests of explanations: people who walk, cross and hide, and tracks that err."""

from __future__ import annotations

import numpy as np

from mot_bench.datasets.dataset import GroundTruth, Sequence
from mot_bench.datasets.mot_text import TrackRows
from mot_bench.datasets.splits import HeldTruth, truth_digest
from mot_bench.explaining.causes import Analysis
from mot_bench.explaining.repairs import Edit

WIDTH, HEIGHT = 200, 120


def sequence_of(truth: GroundTruth, length: int, name: str = "A-01") -> Sequence:
    """A sequence that holds its ground truth."""
    return Sequence(
        name=name,
        length=length,
        frame_rate=25.0,
        width=WIDTH,
        height=HEIGHT,
        folder=None,
        first_frame=1,
        file_length=length,
        digest=truth_digest(truth, length, 25.0),
        load_ground_truth=HeldTruth(truth),
    )


def truth_of(rows: list[tuple[float, ...]]) -> GroundTruth:
    """Ground truth of rows ``frame, id, left, top, width, height, considered, class, visibility``."""
    table = np.array(rows, np.float64).reshape(-1, 9)
    return GroundTruth(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        np.ascontiguousarray(table[:, 2:6]),
        table[:, 6] >= 1,
        table[:, 7].astype(np.int64),
        table[:, 8].copy(),
    )


def tracks_of(rows: list[tuple[float, ...]]) -> TrackRows:
    """Tracks of rows ``frame, id, left, top, width, height``."""
    table = np.array(rows, np.float64).reshape(-1, 6)
    count = len(table)
    return TrackRows(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        np.ascontiguousarray(table[:, 2:6]),
        np.ones(count),
        np.ones(count, np.int64),
    )


def random_scene(
    seed: int, *, people: int = 5, length: int = 12, noise: float = 2.0, grid: bool = False
) -> tuple[Sequence, TrackRows]:
    """A crowd in a small picture, with gaps, distractors, duplicates, wrong boxes and exchanged identities.

    ``grid`` rounds boxes to multiples of 10 pixels, so that overlaps tie.
    """
    rng = np.random.default_rng(seed)
    truth: list[tuple[float, ...]] = []
    tracks: list[tuple[float, ...]] = []
    used: set[tuple[int, int]] = set()

    def add(frame: int, identity: int, box: np.ndarray) -> None:
        if (frame, identity) not in used:
            used.add((frame, identity))
            tracks.append((frame, identity, *(np.round(box / 10) * 10 if grid else box)))

    for person in range(people):
        box = np.array([*rng.uniform(0, [150, 60]), 20.0, 40.0])
        step, held = rng.normal(0, 4, 2), person
        kind = 1 if rng.random() < 0.8 else int(rng.integers(2, 13))
        for frame in range(1, length + 1):
            box[:2] += step
            if rng.random() < 0.1:
                held = int(rng.integers(0, people + 2))
            if rng.random() < 0.9:
                seen = np.round(box / 10) * 10 if grid else box.copy()
                truth.append(
                    (
                        frame,
                        3 * person + 2,
                        *seen,
                        float(rng.random() < 0.95),
                        kind,
                        round(rng.random(), 2),
                    )
                )
            if rng.random() < 0.85:
                add(frame, held, box + np.append(rng.normal(0, noise, 2), [0, 0]))
            if rng.random() < 0.1:
                add(frame, 50 + held, box + np.append(rng.normal(0, noise, 2), [0, 0]))
    for _ in range(int(rng.integers(0, 8))):
        add(
            int(rng.integers(1, length + 1)),
            int(rng.integers(90, 93)),
            np.array([*rng.uniform(0, 150, 2), 20, 40]),
        )
    order = rng.permutation(len(tracks))
    rows = truth_of(truth)
    return sequence_of(rows, length), tracks_of([tracks[index] for index in order])


def edited_tracks(analysis: Analysis, edit: Edit) -> TrackRows:
    """An edit carried out on the rows of a track file."""
    people, scene = analysis.people, analysis.scene
    boxes = analysis.track_ltwh.copy()
    swapped = edit.replaced >= 0
    boxes[swapped] = people.boxes_ltwh[edit.replaced[swapped]]
    stays = ~edit.removed
    frames = np.concatenate([scene.track_frames[stays], people.frames[edit.added]]) + 1
    ids = np.concatenate([edit.ids[stays], edit.added_ids])
    boxes = np.concatenate([boxes[stays], people.boxes_ltwh[edit.added]])
    return TrackRows(frames, ids, boxes, np.ones(len(ids)), np.ones(len(ids), np.int64))
