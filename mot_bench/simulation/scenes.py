"""The specification of a sequence of street-v1, and the scenes of evaluation datasets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

VERSION = "street-v1"


@dataclass(frozen=True)
class Furniture:
    """An opaque object in the street: centre ``x``, depth ``z``, width and height in metres."""

    x: float
    z: float
    width: float
    height: float


@dataclass(frozen=True)
class CameraSpec:
    """The camera. It moves static objects in the picture only by a translation and a zoom.

    Attributes:
        height: metres above the ground.
        pan: amplitude of the slow horizontal swing, pixels.
        pan_period: seconds of a full swing.
        shake: standard deviation of the tremble of the hand, pixels.
        zoom: amplitude of the slow zoom, as a fraction.
    """

    height: float = 2.4
    pan: float = 0.0
    pan_period: float = 12.0
    shake: float = 0.0
    zoom: float = 0.0


@dataclass(frozen=True)
class DetectorSpec:
    """The noise of the simulated detector and ReID extractor.

    Attributes:
        sharpness, bias: score = sigmoid(bias + sharpness * min(visibility, 0.65) + score_noise *
            g), where g is a Gaussian that is correlated over time (0.7 from frame to frame at 25
            per second); people below 50 pixels score less.
        least_visible: less visible people are never detected.
        score_noise: see ``sharpness``.
        cutoff: detections with a lower score are dropped.
        misses: fraction of people missed at any visibility, in bursts (correlated over time).
        false_positives: mean number of false positives per frame: half anywhere, half at fixed
            places of the street that resemble a person; four in five score below 0.4.
        box_noise: standard deviation of each edge as a fraction of the size of the box; up to 3
            times that for hidden people.
        truncation: probability, times the hidden fraction, that the box encloses only the visible
            part.
        duplicates: fraction of detections with a second, worse box.
        embedding_noise: length of the noise relative to the unit embedding of a fully visible
            person; up to 3 times that for hidden people. 0.35 and a drift of 0.25 give a
            same-identity cosine of about 0.84.
        embedding_drift: length of the part of the appearance that changes slowly with time.
    """

    sharpness: float = 9.0
    bias: float = -2.9
    least_visible: float = 0.1
    score_noise: float = 0.8
    cutoff: float = 0.08
    misses: float = 0.03
    false_positives: float = 2.0
    box_noise: float = 0.025
    truncation: float = 0.4
    duplicates: float = 0.015
    embedding_noise: float = 0.35
    embedding_drift: float = 0.25


@dataclass(frozen=True)
class Scene:
    """The specification of one sequence.

    Attributes:
        name: name of the sequence.
        title: its character.
        length: number of frames.
        frame_rate: frames per second.
        width, height: size of the picture in pixels.
        people: approximate number of people in the street at once.
        crossing: fraction of people who walk across; the others walk towards the camera or away.
        turning: probability that a person turns round on the way.
        stopping: probability that a person stops for a while, behind furniture if there is any.
        grouped: fraction of people who walk in groups of ``group_sizes``.
        alike: similarity of the clothes of people within one of the three sets of clothes, 0 to 1.
        furniture: the objects in the street.
        camera, detector: their specifications.
        group: the level of difficulty under which the sequence is reported, or an empty text.
    """

    name: str
    title: str
    length: int = 250
    frame_rate: float = 25.0
    width: int = 640
    height: int = 360
    people: float = 10.0
    crossing: float = 0.6
    turning: float = 0.1
    stopping: float = 0.15
    grouped: float = 0.2
    group_sizes: tuple[int, int] = (2, 3)
    alike: float = 0.3
    furniture: tuple[Furniture, ...] = ()
    camera: CameraSpec = field(default_factory=CameraSpec)
    detector: DetectorSpec = field(default_factory=DetectorSpec)
    group: str = ""


PILLARS = (
    Furniture(-4.0, 9.5, 0.6, 3.5),
    Furniture(0.5, 10.5, 0.6, 3.5),
    Furniture(4.6, 9.0, 0.6, 3.5),
)
KIOSK = (
    Furniture(-3.0, 10.0, 1.8, 2.7),
    Furniture(4.5, 12.0, 2.6, 2.3),
    Furniture(1.0, 7.5, 0.5, 3.0),
)
BENCH = (Furniture(2.0, 8.0, 1.8, 1.0), Furniture(-5.0, 12.0, 0.7, 3.0))

WORSE = DetectorSpec(
    misses=0.06, false_positives=3.0, box_noise=0.035, score_noise=1.0, embedding_noise=0.5
)
BETTER = DetectorSpec(
    misses=0.015, false_positives=1.0, box_noise=0.015, score_noise=0.6, embedding_noise=0.25
)

DEFAULT = (
    Scene(
        "street-crossing",
        "people cross each other's way in both directions",
        people=12,
        crossing=0.95,
    ),
    Scene(
        "street-occlusion",
        "long occlusions behind street furniture",
        people=9,
        crossing=0.85,
        stopping=0.3,
        furniture=KIOSK,
    ),
    Scene(
        "street-group",
        "people in groups of three and four",
        people=12,
        grouped=0.9,
        group_sizes=(3, 4),
    ),
    Scene(
        "street-pan",
        "the camera swings and trembles",
        people=10,
        camera=CameraSpec(pan=140, pan_period=9, shake=1.2),
        furniture=PILLARS,
    ),
    Scene(
        "street-lowfps", "four frames a second", length=100, frame_rate=4, people=9, furniture=BENCH
    ),
    Scene(
        "street-crowd",
        "many people, low camera",
        people=24,
        camera=CameraSpec(height=2.0),
        grouped=0.4,
    ),
    Scene(
        "street-alike",
        "people dressed alike",
        people=11,
        crossing=0.8,
        alike=0.85,
        furniture=PILLARS[:2],
    ),
    Scene(
        "street-handheld",
        "twelve frames a second from an unsteady hand, with zoom",
        length=180,
        frame_rate=12,
        people=9,
        camera=CameraSpec(pan=60, pan_period=7, shake=4.0, zoom=0.06),
        detector=WORSE,
        furniture=BENCH,
    ),
    Scene(
        "street-turning",
        "people stop and turn round",
        people=10,
        turning=0.7,
        stopping=0.4,
        furniture=PILLARS,
        length=300,
    ),
)


def _level(name: str, scenes: tuple[Scene, ...], **changes: Any) -> tuple[Scene, ...]:
    return tuple(
        replace(
            scene, name=scene.name.replace("street-", f"street-{name}-", 1), group=name, **changes
        )
        for scene in scenes
    )


_LEVEL_SCENES = (DEFAULT[0], DEFAULT[1], DEFAULT[2], DEFAULT[8])

EASY = _level("easy", _LEVEL_SCENES, people=6.0, alike=0.1, detector=BETTER, length=200)
MID = _level(
    "mid",
    _LEVEL_SCENES,
    frame_rate=12.0,
    length=160,
    camera=CameraSpec(pan=50, pan_period=8, shake=1.0),
)
HARD = _level(
    "hard",
    _LEVEL_SCENES,
    frame_rate=6.0,
    length=120,
    people=12.0,
    alike=0.5,
    detector=WORSE,
    camera=CameraSpec(pan=60, pan_period=9, shake=1.5),
)
SMOKE = tuple(
    replace(scene, name=scene.name.replace("street-", "street-smoke-", 1), length=60, people=7.0)
    for scene in (DEFAULT[0], DEFAULT[3], DEFAULT[4])
)
