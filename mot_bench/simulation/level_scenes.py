"""The scenes of ``street-levels``, on which networks are evaluated at three levels of difficulty.

- easy: 25 frames per second, a still camera, few people with different clothes. Motion is enough.
- mid: 12 frames per second, a swinging camera, thin posts, pairs, some people dressed alike.
- hard: 6 frames per second, a swinging and trembling camera, kiosks, groups, many people dressed
  alike. Boxes of one person hardly overlap from frame to frame.

The scenes were fixed on 2026-11-23, before any network was evaluated on them, and are not used for
tuning (see ``training_scenes`` for that).
"""

from __future__ import annotations

from dataclasses import replace

from mot_bench.simulation.scenes import KIOSK, WORSE, CameraSpec, Furniture, Scene

POSTS = (
    Furniture(-3.6, 9.5, 0.35, 3.4),
    Furniture(0.8, 11.0, 0.35, 3.4),
    Furniture(4.4, 9.0, 0.35, 3.4),
)
_KINDS = (
    Scene("crossing", "people cross each other's way", crossing=0.9),
    Scene("posts", "people pass behind posts", crossing=0.7, stopping=0.1, furniture=POSTS),
    Scene("pairs", "people in pairs", crossing=0.6, grouped=0.5, group_sizes=(2, 2)),
    Scene("turning", "people stop and turn round", turning=0.5, stopping=0.2, furniture=POSTS[:2]),
)
_HARD_KINDS = (
    replace(_KINDS[0], people=11.0),
    Scene("kiosk", "long occlusions behind kiosks", crossing=0.85, stopping=0.3, furniture=KIOSK),
    Scene("group", "people in groups of three", crossing=0.6, grouped=0.6, group_sizes=(3, 3)),
    replace(_KINDS[3], people=11.0),
)


def _level(group: str, kinds: tuple[Scene, ...], **changes: object) -> tuple[Scene, ...]:
    return tuple(
        replace(kind, name=f"street-levels-{group}-{kind.name}", group=group, **changes)  # type: ignore[arg-type]
        for kind in kinds
    )


LEVELS = (
    *_level("easy", _KINDS, length=200, people=6.0, alike=0.1),
    *_level(
        "mid", _KINDS, length=160, frame_rate=12.0, people=8.0, alike=0.2,
        camera=CameraSpec(pan=50, pan_period=8, shake=1.0),
    ),
    *_level(
        "hard", _HARD_KINDS, length=120, frame_rate=6.0, alike=0.4, detector=WORSE,
        camera=CameraSpec(pan=60, pan_period=9, shake=1.5),
    ),
)  # fmt: skip
