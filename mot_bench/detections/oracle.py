"""Use the ground truth as detections, with or without noise."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.class_names import PEDESTRIAN
from mot_bench.datasets.dataset import GroundTruth, Sequence
from mot_bench.detections.formats import make_detections
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.errors import MotBenchError, quoted

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OracleNoise:
    """Noise that is added to the ground truth.

    Attributes:
        misses: the fraction of fully visible pedestrians that are missed.
        occluded_misses: the additional fraction that is missed, times the occluded part of the
            pedestrian.
        false_positives: the mean number of false positives in a frame (Poisson).
        box: the standard deviation of a box's edges, in fractions of its width and height.
        score: the standard deviation of scores, whose mean is 0.9 minus half the occluded part.
    """

    misses: float = 0.1
    occluded_misses: float = 0.4
    false_positives: float = 0.5
    box: float = 0.03
    score: float = 0.08


def make_noise(options: dict[str, Any]) -> OracleNoise:
    """Return the noise that options state.

    Raises:
        MotBenchError: an option is unknown, or not a number of at least 0.
    """
    known = OracleNoise.__dataclass_fields__
    for key, value in options.items():
        if key not in known:
            raise MotBenchError(
                f"detections oracle-noisy: expected options among {', '.join(known)}, found {key}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e3:
            expected = f"a number of at least 0 for {key}"
            raise MotBenchError(
                f"detections oracle-noisy: expected {expected}, found {quoted(value)}"
            )
    return OracleNoise(**options)


@dataclass(frozen=True)
class Oracle:
    """The ground truth as detections."""

    name: str
    noise: OracleNoise | None
    seed: int
    has_embeddings: bool = field(default=False, init=False)

    def load(self, sequence: Sequence) -> SequenceDetections:
        """Return the pedestrians of the sequence, with noise if there is any.

        Raises:
            MotBenchError: the sequence has no ground truth.
        """
        truth = sequence.ground_truth
        if truth is None:
            expected = f"ground truth for {sequence.name}"
            raise MotBenchError(f"detections {self.name}: expected {expected}, found none")
        people = truth.considered & (truth.classes == PEDESTRIAN)
        if self.noise is None:
            scores = np.ones(int(people.sum()))
            return make_detections(truth.frames[people], truth.boxes_ltwh[people], scores)
        name_digest = zlib.crc32(sequence.name.encode())
        rng = np.random.default_rng([self.seed, name_digest, sequence.first_frame])
        return _with_noise(truth, people, sequence, self.noise, rng)


def _with_noise(
    truth: GroundTruth,
    people: npt.NDArray[np.bool_],
    sequence: Sequence,
    noise: OracleNoise,
    rng: np.random.Generator,
) -> SequenceDetections:
    """Return pedestrians with misses and noise on boxes and scores, and false positives."""
    frames, boxes = truth.frames[people], truth.boxes_ltwh[people]
    occluded = 1 - np.clip(truth.visibility[people], 0, 1)
    miss_rate = np.clip(noise.misses + noise.occluded_misses * occluded, 0, 1)
    detected = rng.random(len(frames)) >= miss_rate
    noisy_boxes = _with_noisy_edges(boxes, noise.box, rng)
    scores = np.clip(0.9 - 0.5 * occluded + rng.normal(0, noise.score, len(frames)), 0.05, 1)
    # False positives have the size and height in the picture of a random pedestrian.
    counts = rng.poisson(noise.false_positives, sequence.length)
    false_frames = np.repeat(np.arange(1, sequence.length + 1), counts)
    if not len(boxes):
        false_frames = false_frames[:0]
    models = rng.integers(0, max(len(boxes), 1), len(false_frames))
    false_boxes = noisy_boxes[models]
    width = float(sequence.width or (boxes[:, 0] + boxes[:, 2]).max(initial=1.0))
    false_boxes[:, 0] = rng.uniform(0, width, len(false_boxes)) - false_boxes[:, 2] / 2
    false_scores = rng.uniform(0.1, 0.7, len(false_frames))
    return make_detections(
        np.concatenate([frames[detected], false_frames]),
        np.round(np.concatenate([noisy_boxes[detected], false_boxes]), 1),
        np.round(np.concatenate([scores[detected], false_scores]), 2),
    )


def _with_noisy_edges(
    boxes_ltwh: FloatArray, deviation: float, rng: np.random.Generator
) -> FloatArray:
    """Return boxes whose edges are moved at random; they keep at least one pixel."""
    shifts = rng.normal(0, deviation, boxes_ltwh.shape) * boxes_ltwh[:, [2, 3, 2, 3]]
    left_top = boxes_ltwh[:, :2] + shifts[:, :2]
    right_bottom = (boxes_ltwh[:, :2] + boxes_ltwh[:, 2:]) + shifts[:, 2:]
    right_bottom = np.maximum(right_bottom, left_top + 1)
    return np.column_stack([left_top, right_bottom - left_top])
