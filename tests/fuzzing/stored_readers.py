"""Readers of what the store holds, given files with the digests of honest ones: an entry that somebody made up."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from statistics_samples import random_score

from fuzzing.binary_mutation import mutated_npz
from fuzzing.mutation import mutated_json
from fuzzing.reader import Reader, always
from mot_bench.engine.stage import Progress
from mot_bench.engine.store import Store
from mot_bench.explaining.detected import Detected
from mot_bench.explaining.rescoring import total
from mot_bench.networks.training import PROGRESS
from mot_bench.scoring.score import SequenceScore, combine, summarise
from mot_bench.stages.explain import COUNTS, Found
from mot_bench.stages.judge import JUDGED
from mot_bench.stages.score import SCORE
from mot_bench.tracking import calibration

PEOPLE, LENGTH = 4, 3
KEY = "key"


class TrustedFolder(Store):
    """A store that takes every file in its folder for one that was published."""

    def read(self, stage: str, key: str, name: str) -> bytes | None:  # noqa: ARG002
        """Return the content of the file of this name."""
        return (self.root / name).read_bytes()


def _score(_: Path) -> list[bytes]:
    score = combine(
        {"a": random_score(np.random.default_rng(0))}
    )  # with the fields that follow from others
    return [score.to_json().encode()]


def _read_score(path: Path) -> object:
    score = TrustedFolder(path.parent).parsed(
        "score", KEY, SCORE, SequenceScore.from_json, "a score"
    )
    assert score is not None
    return summarise(combine({"a": score, "b": score}))


def _chosen() -> bytes:
    return calibration.Chosen({"max_age": 3, "minimum": 0.5, "how": "iou"}, 0.5, 0.6, 12).to_json()


def _judged() -> bytes:
    frames, whom = np.array([0, 1, 1]), np.array([0, -1, 3])
    detected = Detected(
        frames,
        np.ones((3, 4)),
        np.array([0.9, 0.8, 0.7]),
        whom,
        np.array([-1, 2, -1]),
        whom == 9,
        np.array([1, 2, 1]),
    )
    return detected.to_bytes()


def _read_judged(path: Path) -> object:
    parse = functools.partial(Detected.from_bytes, people=PEOPLE, length=LENGTH)
    detected = TrustedFolder(path.parent).parsed("judge", KEY, JUDGED, parse, "judged detections")
    assert detected is not None
    return detected.sureness(PEOPLE), np.bincount(detected.frames, minlength=LENGTH)


def _counts() -> bytes:
    counts = total([])
    found = Found(
        {"": counts, "limit": counts},
        {"switch": {"occlusion": 2}},
        {"small": [[1, 2], [3]]},
        True,
        False,
    )
    return found.to_json().encode()


def _read_counts(path: Path) -> object:
    found = TrustedFolder(path.parent).parsed("explain", KEY, COUNTS, Found.from_json, "counts")
    assert found is not None
    return [total([counts, counts]).metrics() for counts in found.counts.values()]


def _read_progress(path: Path) -> object:
    try:
        known = Progress.model_validate_json(path.read_bytes())
    except ValidationError:  # as a training's stage has it
        return None
    return f"{known.step} of {known.steps}, {known.seconds_left:.0f} s"


_PROGRESS = (
    Progress(step=3, steps=40, seconds_a_step=0.5, terms={"total": 1.5}).model_dump_json().encode()
)

STORED_READERS = (
    Reader("score.json", "text", SCORE, _score, mutated_json, _read_score),
    Reader("calibration.json", "text", calibration.CHOSEN, always(_chosen()), mutated_json,
           lambda path: TrustedFolder(path.parent).parsed(
               "calibrate", KEY, calibration.CHOSEN, calibration.Chosen.from_json, "a choice")),
    Reader("counts.json", "text", COUNTS, always(_counts()), mutated_json, _read_counts),
    Reader("progress.json", "text", PROGRESS,
           always(_PROGRESS), mutated_json, _read_progress),
    Reader("judged detections", "binary", JUDGED, always(_judged()), mutated_npz, _read_judged),
)  # fmt: skip
