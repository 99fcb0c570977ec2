"""Scenes to train networks on and to tune trackers on.

They have the character of the evaluation scenes but other names. Everything random in a scene
follows from its name and the seed, so no person and no background is shared between training,
tuning and evaluation.

In training scenes most people walk towards the camera or away from it, so that each is seen near
and far; otherwise a ReID branch learns to tell people apart by their size. Tuning scenes are as
long as those of evaluation: in short ones nobody comes from far to near, and networks and
thresholds look better than they are (DECISIONS.md).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mot_bench.simulation.scenes import (
    BENCH,
    KIOSK,
    PILLARS,
    WORSE,
    CameraSpec,
    Furniture,
    Scene,
)

_PLANTERS = (Furniture(-2.5, 9.0, 1.6, 0.9), Furniture(3.5, 11.0, 0.6, 3.2))
_STAND = (
    Furniture(3.2, 9.5, 2.0, 2.4),
    Furniture(-4.5, 11.5, 0.5, 3.2),
    Furniture(-1.0, 8.0, 0.5, 3.0),
)
_KINDS = (
    Scene("street-train-crossing", "people cross each other's way", crossing=0.475),
    Scene(
        "street-train-kiosk",
        "occlusions behind a kiosk",
        crossing=0.425,
        stopping=0.3,
        furniture=KIOSK,
    ),
    Scene("street-train-group", "people in groups", crossing=0.3, grouped=0.9, group_sizes=(3, 4)),
    Scene(
        "street-train-turning",
        "people stop and turn round",
        crossing=0.3,
        turning=0.7,
        stopping=0.4,
        furniture=PILLARS,
    ),
    Scene(
        "street-train-planters",
        "people towards the camera",
        crossing=0.2,
        grouped=0.4,
        furniture=_PLANTERS,
    ),
    Scene(
        "street-train-stand",
        "occlusions behind a stand",
        crossing=0.4,
        stopping=0.25,
        furniture=_STAND,
    ),
    Scene("street-train-bench", "people round a bench", crossing=0.3, turning=0.3, furniture=BENCH),
    Scene("street-train-walk", "people in both directions", crossing=0.25, grouped=0.5),
)
_CAMERAS = (
    CameraSpec(),
    CameraSpec(pan=50, pan_period=8, shake=1.0),
    CameraSpec(height=2.2, pan=35, pan_period=11, shake=0.6),
    CameraSpec(pan=65, pan_period=9.5, shake=1.5),
    CameraSpec(height=2.6, pan=20, pan_period=6, shake=2.0, zoom=0.04),
)
_ALIKE = (0.1, 0.3, 0.5)
_FRAME_RATES = (3.0, 4.0, 5.0, 6.0)
_PEOPLE = (8.0, 10.0, 12.0, 9.0, 11.0)


def _training(count: int, length: int, name: str) -> tuple[Scene, ...]:
    """Return scenes that alternate between all kinds and cameras."""
    return tuple(
        replace(
            _KINDS[number % len(_KINDS)],
            name=f"street-{name}-{number + 1:02d}",
            length=length,
            frame_rate=_FRAME_RATES[(number + number // 4) % len(_FRAME_RATES)],
            people=_PEOPLE[(number // 2) % len(_PEOPLE)],
            alike=_ALIKE[number % len(_ALIKE)],
            camera=_CAMERAS[number % len(_CAMERAS)],
        )
        for number in range(count)
    )


TRAIN = _training(32, 50, "train")
TRAIN_SMOKE = _training(4, 12, "train-smoke")


_LENGTHS = {"easy": 120, "mid": 160, "hard": 120}


def _tuning(level: str, kind: str, base: Scene, **changes: Any) -> Scene:
    return replace(
        base, name=f"street-tune-{level}-{kind}", group=level, length=_LENGTHS[level], **changes
    )


_SIGNS = (Furniture(-2.8, 8.5, 0.4, 3.2), Furniture(2.2, 10.5, 0.35, 3.4))
_ARMS = CameraSpec(pan=45, pan_period=7, shake=1.0)
_SWING = CameraSpec(pan=65, pan_period=10, shake=1.4)
_CROSSING, _PAIRS = (
    Scene("", "", crossing=0.9),
    Scene("", "", crossing=0.6, grouped=0.5, group_sizes=(2, 2)),
)
_SIGNPOSTS = Scene("", "", crossing=0.7, stopping=0.15, turning=0.3, furniture=_SIGNS)
_BEHIND = Scene("", "occlusions behind a stand", crossing=0.8, stopping=0.25, furniture=_STAND)
TUNE = (
    _tuning("easy", "crossing", _CROSSING, people=7.0, alike=0.1),
    _tuning("easy", "signs", _SIGNPOSTS, people=6.0, alike=0.1),
    _tuning("mid", "pairs", _PAIRS, people=8.5, alike=0.2, frame_rate=12.0, camera=_ARMS),
    _tuning("mid", "signs", _SIGNPOSTS, people=8.0, alike=0.2, frame_rate=12.0, camera=_ARMS),
    _tuning(
        "hard",
        "crossing",
        _CROSSING,
        people=11.0,
        alike=0.4,
        frame_rate=6.0,
        camera=_SWING,
        detector=WORSE,
    ),
    _tuning(
        "hard",
        "stand",
        _BEHIND,
        people=10.0,
        alike=0.4,
        frame_rate=6.0,
        camera=_SWING,
        detector=WORSE,
    ),
)
