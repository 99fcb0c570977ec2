"""The built-in data: generated street scenes, ``street-v1``. Nothing is downloaded.

Ground truth, simulated detections, camera motion and pictures all follow from one model of the
scene: ``world`` says who walks where, and ``view`` what the camera sees. The ground truth follows
MOT17: every person in the picture, including hidden people, with the visible fraction. The seed of
the dataset determines the scenes (0 by default), the seed of the detections determines their noise.
The same seeds give the same bytes; a change of the generator is a new version.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Dataset, FrameSource, GroundTruth, Sequence
from mot_bench.datasets.splits import truth_digest
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.simulation.datasets import DATASETS
from mot_bench.simulation.detector import detect
from mot_bench.simulation.rendering import PICTURES_VERSION, StreetPictures
from mot_bench.simulation.scenes import VERSION, Scene
from mot_bench.simulation.view import View, ground_truth, look
from mot_bench.simulation.world import World, build_world

__all__ = [
    "DATASETS",
    "PICTURES_VERSION",
    "VERSION",
    "StreetSequence",
    "camera_motion",
    "detections",
    "open_pictures",
    "open_street",
    "played",
]

BENCHMARK = "street"
_SCENE_STREAM, _DETECTION_STREAM = 1, 2


@dataclass(frozen=True, kw_only=True)
class StreetSequence(Sequence):
    """A generated sequence with its scene and the seed of its dataset."""

    scene: Scene
    seed: int


@lru_cache(maxsize=64)
def played(scene: Scene, seed: int) -> tuple[World, View]:
    """The world and the view of the scene."""
    world = build_world(
        scene, np.random.default_rng([_SCENE_STREAM, seed, zlib.crc32(scene.name.encode())])
    )
    return world, look(scene, world)


@lru_cache(maxsize=64)
def _truth(scene: Scene, seed: int) -> GroundTruth:
    return ground_truth(played(scene, seed)[1])


def open_pictures(scene: Scene, seed: int) -> FrameSource:
    """Return the pictures of a scene, which are drawn when they are read.

    The same scene and seed give the same bytes.
    """
    return StreetPictures(scene, seed, *played(scene, seed))


def open_street(name: str, seed: int = 0) -> Dataset:
    """Return the generated dataset of this name, one of ``DATASETS``."""
    sequences = []
    scenes = DATASETS[name][1]
    groups = list(
        dict.fromkeys(scene.group for scene in scenes)
    )  # in the order of their difficulty
    for scene in sorted(scenes, key=lambda scene: (groups.index(scene.group), scene.name)):
        sequences.append(
            StreetSequence(
                name=scene.name,
                length=scene.length,
                frame_rate=scene.frame_rate,
                width=scene.width,
                height=scene.height,
                folder=None,
                first_frame=1,
                file_length=scene.length,
                digest=truth_digest(_truth(scene, seed), scene.length, scene.frame_rate),
                load_ground_truth=partial(_truth, scene, seed),
                group=scene.group,
                load_frames=partial(open_pictures, scene, seed),
                scene=scene,
                seed=seed,
            )
        )
    return Dataset(name=name, benchmark=BENCHMARK, split="full", sequences=tuple(sequences))


def detections(sequence: StreetSequence, seed: int = 0) -> SequenceDetections:
    """Return simulated detections with embeddings of the whole scene, not limited to a split."""
    world, view = played(sequence.scene, sequence.seed)
    stream = [_DETECTION_STREAM, sequence.seed, seed, zlib.crc32(sequence.scene.name.encode())]
    return detect(sequence.scene, world, view, np.random.default_rng(stream))


def camera_motion(sequence: StreetSequence) -> npt.NDArray[np.float64]:
    """Return the true camera motion over the whole scene, (T, 2, 3), not limited to a split."""
    return played(sequence.scene, sequence.seed)[1].motion
