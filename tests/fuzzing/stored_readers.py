"""Readers of what the store holds, given files with the digests of honest ones: an entry that somebody made up."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from statistics_samples import random_score

from fuzzing.binary_mutation import mutated_npz
from fuzzing.mutation import mutated_json
from fuzzing.reader import Reader, always
from mot_bench.engine.store import Store
from mot_bench.explaining.detected import Detected
from mot_bench.explaining.rescoring import total
from mot_bench.explaining.stage import COUNTS, JUDGED, Found
from mot_bench.networks import calibrating
from mot_bench.networks.training import HowFar, progress_of, under_way
from mot_bench.running.piece_work import SCORE, stored_score
from mot_bench.scoring.score import combine, summarise

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
    score = stored_score(TrustedFolder(path.parent), KEY)
    assert score is not None
    return summarise(combine({"a": score, "b": score}))


def _chosen() -> bytes:
    return calibrating.Chosen({"max_age": 3, "minimum": 0.5, "how": "iou"}, 0.5, 0.6, 12).to_json()


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
    detected = TrustedFolder(path.parent).parsed(
        "detected", KEY, JUDGED, parse, "judged detections"
    )
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
    known = progress_of(Store(path.parents[2]), KEY)
    return None if known is None else f"{known.step} of {known.steps}, {known.seconds_left:.0f} s"


_PROGRESS = (
    HowFar(step=3, steps=40, seconds_a_step=0.5, terms={"total": 1.5}).model_dump_json().encode()
)

STORED_READERS = (
    Reader("score.json", "text", SCORE, _score, mutated_json, _read_score),
    Reader("calibration.json", "text", calibrating.CHOSEN, always(_chosen()), mutated_json,
           lambda path: calibrating.stored(TrustedFolder(path.parent), KEY)),
    Reader("counts.json", "text", COUNTS, always(_counts()), mutated_json, _read_counts),
    Reader("progress.json", "text", under_way(Store(Path()), KEY).joinpath("progress.json").as_posix(),
           always(_PROGRESS), mutated_json, _read_progress),
    Reader("judged detections", "binary", JUDGED, always(_judged()), mutated_npz, _read_judged),
)  # fmt: skip
