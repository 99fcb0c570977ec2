"""The generated datasets by name, each with a title and its scenes."""

from __future__ import annotations

from mot_bench.simulation.level_scenes import LEVELS
from mot_bench.simulation.scenes import DEFAULT, EASY, HARD, MID, SMOKE, Scene
from mot_bench.simulation.training_scenes import TRAIN, TRAIN_SMOKE, TUNE

DATASETS: dict[str, tuple[str, tuple[Scene, ...]]] = {
    "street": (
        "generated street scenes: crossings, occlusions, groups, moving camera, low frame rate",
        DEFAULT,
    ),
    "street-easy": ("generated street scenes: few people, good detector, 25 frames a second", EASY),
    "street-mid": ("generated street scenes: 12 frames a second, moving camera", MID),
    "street-hard": (
        "generated street scenes: 6 frames a second, swinging camera, worse detector",
        HARD,
    ),
    "street-levels": (
        "generated street scenes to evaluate networks on: easy, mid and hard, reported apart",
        LEVELS,
    ),
    "street-smoke": ("generated street scenes: three short sequences, for quick checks", SMOKE),
    "street-train": ("generated street scenes to train networks on, 32 of 50 frames", TRAIN),
    "street-tune": ("generated street scenes to tune and calibrate on, easy, mid and hard", TUNE),
    "street-train-smoke": (
        "generated street scenes to try a training on, 4 of 12 frames",
        TRAIN_SMOKE,
    ),
}
