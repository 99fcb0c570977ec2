"""Generated scenes that exercise the rules of every tracker, and the figures of its tracks there.

``python tests/tracker_scenes.py`` writes the figures of all registered trackers to the committed
file that ``tests/trackers/test_tracker_rules.py`` compares with. No real data is needed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from contract_samples import CASES, HEIGHT, SEQUENCE, WIDTH, Case, make, needs_of

from mot_bench.trackers.interface import (
    BoolArray,
    Detections,
    FloatArray,
    Frame,
    IntArray,
    Need,
    Tracks,
)

FIGURES_FILE = Path(__file__).parent / "baselines" / "tracker_rules.json"
SEEDS = (1, 2)
LENGTH, OBJECTS, EMBEDDING_SIZE = 220, 12, 24
LONGEST_GAP = 36  # some gaps end just within a buffer of 30 frames, some just outside


@dataclass(frozen=True)
class SceneFrame:
    """The detections of one frame with the true identity of each (-1: a false positive)."""

    boxes_xyxy: FloatArray
    scores: FloatArray
    embeddings: FloatArray
    identities: IntArray
    camera_motion: FloatArray


@dataclass(frozen=True)
class Figures:
    """What is committed of a tracker's tracks on a scene.

    Attributes:
        rows: how many boxes were output.
        identities: how many identities were output.
        switches: how often a person's identity changed.
        assignments: a digest of (frame, id, detection) of all boxes.
        boxes: the mean of each coordinate of all boxes, in pixels.
    """

    rows: int
    identities: int
    switches: int
    assignments: str
    boxes: tuple[float, ...]


def scene(seed: int) -> list[SceneFrame]:
    """Return a crowd before a moving camera.

    People stop and turn, are hidden for up to ``LONGEST_GAP`` frames, and score low before and
    after. Scores are multiples of 0.05, so that many equal a threshold exactly. Some detections
    have a near copy, and some are of nobody.
    """
    rng = np.random.default_rng(seed)
    centres = rng.uniform((80, 80), (WIDTH - 80, HEIGHT - 80), (OBJECTS, 2))
    velocities = rng.normal(0, 2.5, (OBJECTS, 2))
    sizes = rng.uniform((30, 70), (50, 120), (OBJECTS, 2))
    features = _unit(rng.normal(size=(OBJECTS, EMBEDDING_SIZE)))
    features[1::3] = _unit(features[1::3] + 1.2 * features[::3])  # people who dress alike
    visible, weak = _appearances(rng)
    frames = []
    for index in range(LENGTH):
        turning = rng.random(OBJECTS) < 0.03
        velocities[turning] = rng.normal(0, 5, (int(turning.sum()), 2))
        motion = _camera_motion(rng, index)
        centres = (centres + velocities) @ motion[:, :2].T + motion[:, 2]
        at_edge = (centres < 20) | (centres > (WIDTH - 20, HEIGHT - 20))
        velocities = np.where(at_edge, np.sign((WIDTH / 2, HEIGHT / 2) - centres) * 2.5, velocities)
        frames.append(
            _detect(
                rng, np.flatnonzero(visible[index]), weak[index], centres, sizes, features, motion
            )
        )
    return frames


def _appearances(rng: np.random.Generator) -> tuple[BoolArray, BoolArray]:
    """Return who is visible in each frame, and who is weak: near the beginning or end of a gap."""
    visible = np.ones((LENGTH, OBJECTS), np.bool_)
    for person in range(OBJECTS):
        frame = int(rng.integers(0, 20))
        while frame < LENGTH:
            gap = int(rng.choice([1, 1, 2, 3, 5, *range(28, LONGEST_GAP + 1)]))
            visible[frame : frame + gap, person] = False
            frame += gap + int(rng.integers(2, 45))
    weak = visible & ~(np.roll(visible, 2, axis=0) & np.roll(visible, -2, axis=0))
    return visible, weak


def _camera_motion(rng: np.random.Generator, index: int) -> FloatArray:
    """Return an affine motion of the picture: a slow pan, and now and then a jolt."""
    jolt = 12.0 if index % 40 == 25 else 0.6
    angle, zoom = rng.normal(0, 0.001), 1 + rng.normal(0, 0.001)
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    shift = rng.normal(0, jolt, 2) + middle - turn @ middle
    return np.column_stack((turn, shift))


def _detect(
    rng: np.random.Generator,
    seen: IntArray,
    weak: BoolArray,
    centres: FloatArray,
    sizes: FloatArray,
    features: FloatArray,
    motion: FloatArray,
) -> SceneFrame:
    copied = seen[rng.random(len(seen)) < 0.12]
    false = int(rng.integers(0, 2))
    people = np.concatenate((seen, copied))
    errors = rng.normal(0, rng.choice([0.02, 0.02, 0.09], (len(seen), 1)), (len(seen), 2))
    offsets = np.concatenate((errors, rng.uniform(-0.12, 0.12, (len(copied), 2))))
    middles = np.vstack(
        (
            centres[people] + offsets * sizes[people],
            rng.uniform((0, 0), (WIDTH, HEIGHT), (false, 2)),
        )
    )
    spans = np.vstack(
        (
            sizes[people] * rng.normal(1, 0.03, (len(people), 2)),
            rng.uniform((4, 8), (90, 100), (false, 2)),
        )
    )
    scores = np.concatenate(
        (
            np.where(weak[seen], rng.uniform(0.1, 0.7, len(seen)), rng.uniform(0.5, 1, len(seen))),
            rng.uniform(0.3, 0.9, len(copied)),
            rng.uniform(0.05, 0.8, false),
        )
    )
    noise = rng.normal(0, 1, (len(people), EMBEDDING_SIZE)) * rng.choice(
        [0.05, 0.12, 0.25], (len(people), 1)
    )
    strangers = rng.normal(size=(false, EMBEDDING_SIZE))
    return SceneFrame(
        np.hstack((middles - spans / 2, middles + spans / 2)),
        np.round(scores * 20) / 20,
        _unit(np.vstack((features[people] + noise, strangers))),
        np.concatenate((people, np.full(false, -1))),
        motion,
    )


def _unit(vectors: FloatArray) -> FloatArray:
    unit: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def figures_of(case: Case, frames: list[SceneFrame]) -> Figures:
    """Track a scene and return the figures of the tracks."""
    needs, tracker = needs_of(case), make(case)
    tracker.reset(dataclasses.replace(SEQUENCE, length=LENGTH))
    image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8) if Need.IMAGE in needs else None
    tracks = []
    for index, given in enumerate(frames, start=1):
        detections = Detections(
            given.boxes_xyxy,
            given.scores,
            given.embeddings if Need.EMBEDDINGS in needs else None,
        )
        motion = given.camera_motion if Need.CAMERA_MOTION in needs else None
        tracks.append(tracker.update(Frame(index, detections, image, motion)))
    return _summary(tracks, frames)


def _summary(tracks: list[Tracks], frames: list[SceneFrame]) -> Figures:
    rows, boxes, switches = [], [], 0
    last_id: dict[int, int] = {}
    for index, (made, given) in enumerate(zip(tracks, frames, strict=True), start=1):
        boxes.append(made.boxes_xyxy)
        found = zip(made.ids.tolist(), made.detection_indices.tolist(), strict=True)
        for track, detection in sorted(found):
            rows.append((index, track, detection))
            person = int(given.identities[detection]) if detection >= 0 else -1
            if person >= 0:
                switches += last_id.setdefault(person, track) != track
                last_id[person] = track
    digest = hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]
    mean = np.concatenate(boxes).mean(axis=0) if rows else np.zeros(4)
    identities = len({track for _, track, _ in rows})
    return Figures(len(rows), identities, switches, digest, tuple(np.round(mean, 6).tolist()))


def recorded_cases() -> list[Case]:
    """Return the cases whose figures are committed: all but trackers from files."""
    return [case for case in CASES if ":" not in case.name]


def main() -> None:
    """Write the figures of every case and scene."""
    scenes = {seed: scene(seed) for seed in SEEDS}
    lines = [
        f'"{case} {seed}": {json.dumps(dataclasses.asdict(figures_of(case, frames)))}'
        for case in recorded_cases()
        for seed, frames in scenes.items()
    ]
    FIGURES_FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
