"""Define which ground truth counts, following TrackEval's MOTChallenge preprocessing.

With preprocessing, tracks matched to a distractor (IoU at least 0.5, one to one) are removed, and
only pedestrians that are not zero-marked count. MOT15 has no classes; only its zero-marked rows are
removed.

DanceTrack, SportsMOT and street files have class 1 in every row, so the MOT17 profile equals their
own evaluation, and TrackEval gets ``MOT17``. With the rules ``own``, every row of a chosen class
counts unless it is marked 0 (see ``mot_bench.datasets.rules``), no track is removed, and TrackEval
gets ``MOT15``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import GroundTruth
from mot_bench.errors import MotBenchError

PEDESTRIAN = 1
VALID_CLASSES = range(1, 14)
_DISTRACTORS = (2, 7, 8, 12)  # person on vehicle, static person, distractor, reflection
_NON_MOT_VEHICLE = 6


@dataclass(frozen=True)
class Profile:
    """How the ground truth of a benchmark is cleaned.

    Attributes:
        trackeval_benchmark: the name that TrackEval's MotChallenge2DBox knows it by.
        uses_classes: whether classes are looked at.
        distractor_classes: tracks on these are removed, neither right nor wrong.
    """

    trackeval_benchmark: str
    uses_classes: bool
    distractor_classes: tuple[int, ...]


_MOT17 = Profile("MOT17", True, _DISTRACTORS)
_PROFILES = {
    "MOT15": Profile("MOT15", False, ()),
    "MOT16": Profile("MOT16", True, _DISTRACTORS),
    "MOT17": _MOT17,
    "MOT20": Profile("MOT20", True, (*_DISTRACTORS, _NON_MOT_VEHICLE)),
    "DanceTrack": _MOT17,
    "SportsMOT": _MOT17,
    "street": _MOT17,
    "own": Profile("MOT15", False, ()),
}


def counted_rows(truth: GroundTruth, profile: Profile) -> npt.NDArray[np.bool_]:
    """Return which rows of ground truth count, (N,)."""
    return (
        truth.considered & (truth.classes == PEDESTRIAN)
        if profile.uses_classes
        else truth.considered.copy()
    )


def names() -> list[str]:
    """Benchmarks that have a profile."""
    return list(_PROFILES)


def profile_of(benchmark: str) -> Profile:
    """The profile of a benchmark.

    Raises:
        MotBenchError: there is none of that name.
    """
    try:
        return _PROFILES[benchmark]
    except KeyError:
        raise MotBenchError(
            f"benchmark: expected one of {', '.join(_PROFILES)}, found {benchmark!r}"
        ) from None
