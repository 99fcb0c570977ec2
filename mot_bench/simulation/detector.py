"""A simulated detector and ReID extractor, with the noise that a scene specifies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mot_bench.detections.formats import make_detections
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.simulation.scenes import DetectorSpec, Scene
from mot_bench.simulation.view import View
from mot_bench.simulation.world import APPEARANCE_SIZE, World, correlated_noise, unit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_PLACES = 6


def detect(scene: Scene, world: World, view: View, rng: np.random.Generator) -> SequenceDetections:
    """Return detections with embeddings of the whole sequence, sorted by score within each frame.

    Boxes are rounded to 0.1 pixels and scores to 0.01, as in detection files, and embeddings to
    1e-6, so that machines that differ in the last bits give the same bytes.
    """
    spec = scene.detector
    frames, people, scores = _seen(scene, view, rng)
    boxes = _boxes(spec, view, frames, people, rng)
    embeddings = _embeddings(spec, world, view, frames, people, rng)
    twice = np.flatnonzero(rng.random(len(frames)) < spec.duplicates)
    second = _jittered(boxes[twice], 0.12, rng)
    false_frames, false_boxes, false_scores = _false_positives(scene, world, rng)
    strangers = unit(rng.standard_normal((len(false_frames), APPEARANCE_SIZE)))
    all_frames = np.concatenate([frames, frames[twice], false_frames]) + 1
    all_scores = np.round(np.concatenate([scores, 0.6 * scores[twice], false_scores]), 2)
    all_boxes = np.round(np.concatenate([boxes, second, false_boxes]), 1)
    all_embeddings = (
        np.concatenate([embeddings, embeddings[twice], strangers]).round(6).astype(np.float32)
    )
    order = np.lexsort((-all_scores, all_frames))
    ltwh = all_boxes[order]
    ltwh[:, 2:] = np.round(ltwh[:, 2:] - ltwh[:, :2], 1)
    return make_detections(all_frames[order], ltwh, all_scores[order], all_embeddings[order])


def _seen(
    scene: Scene, view: View, rng: np.random.Generator
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the frames (from 0), people and scores of the detected people."""
    spec = scene.detector
    shape = view.present.shape
    steps = 25.0 / scene.frame_rate
    mood = correlated_noise(shape, 0.7**steps, rng)
    luck = correlated_noise(shape, 0.85**steps, rng)
    small = np.minimum(
        (view.boxes_xyxy[:, : shape[1], 3] - view.boxes_xyxy[:, : shape[1], 1] - 50) / 25, 0
    )
    logit = (
        spec.bias
        + spec.sharpness * np.minimum(view.visibility, 0.65)
        + spec.score_noise * mood
        + small
    )
    score = np.minimum(1 / (1 + np.exp(-logit)), 0.97)
    missed = luck < np.quantile(luck, spec.misses)
    frames, people = np.nonzero(
        view.present & ~missed & (score >= spec.cutoff) & (view.visibility >= spec.least_visible)
    )
    return frames, people, score[frames, people]


def _boxes(
    spec: DetectorSpec, view: View, frames: IntArray, people: IntArray, rng: np.random.Generator
) -> FloatArray:
    """Return noisy boxes (N, 4) xyxy."""
    whole, part = view.boxes_xyxy[frames, people], view.visible_xyxy[frames, people]
    hidden = 1 - view.visibility[frames, people]
    truncated = rng.random(len(frames)) < spec.truncation * hidden
    boxes = np.where(truncated[:, None], part, whole)
    return _jittered(boxes, spec.box_noise * (1 + 2 * hidden), rng)


def _jittered(boxes: FloatArray, noise: FloatArray | float, rng: np.random.Generator) -> FloatArray:
    """Return boxes with edges moved by a fraction of their size, at least a pixel large."""
    size = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    moved = boxes + rng.standard_normal(boxes.shape) * size * np.reshape(noise, (-1, 1))
    moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 1)
    return np.asarray(moved)


def _embeddings(
    spec: DetectorSpec,
    world: World,
    view: View,
    frames: IntArray,
    people: IntArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Return unit embeddings (N, D): the appearance mixed with that of an occluder and noise."""
    length, count = view.present.shape
    drift = correlated_noise((length, count, APPEARANCE_SIZE), 0.97, rng) / np.sqrt(APPEARANCE_SIZE)
    own = world.appearance[people] + spec.embedding_drift * drift[frames, people]
    hider = view.hider[frames, people]
    share = np.where(hider >= 0, view.hidden_by_hider[frames, people], 0.0)[:, None]
    mixed = (1 - share) * own + share * world.appearance[hider]
    hidden = 1 - view.visibility[frames, people]
    length_of_noise = spec.embedding_noise * (1 + 2 * hidden[:, None])
    noise = rng.standard_normal(mixed.shape) / np.sqrt(APPEARANCE_SIZE)
    return unit(mixed + length_of_noise * noise)


def _false_positives(
    scene: Scene, world: World, rng: np.random.Generator
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return frames (from 0), boxes (N, 4) xyxy and scores of false positives.

    Half of them are anywhere, half at fixed places.
    """
    rate = scene.detector.false_positives / 2
    length = scene.length
    anywhere = np.repeat(np.arange(length), rng.poisson(rate, length))
    feet = rng.uniform([0, 0.45 * scene.height], [scene.width, scene.height], (len(anywhere), 2))
    heights = rng.uniform(30, 150, len(anywhere))
    lookalikes = rng.uniform(
        [0, 0.5 * scene.height], [scene.width, 0.9 * scene.height], (_PLACES, 2)
    )
    sizes = rng.uniform(40, 120, _PLACES)
    which = np.argwhere(rng.random((length, _PLACES)) < rate / _PLACES)
    frames, places = which[:, 0], which[:, 1]
    centre = np.array([scene.width, scene.height]) / 2
    moved = (lookalikes[places] - centre) * world.zoom[frames, None] + centre + world.shift[frames]
    feet = np.concatenate([feet, moved])
    heights = np.concatenate([heights, sizes[places]])
    half = 0.19 * heights
    boxes = np.column_stack(
        [feet[:, 0] - half, feet[:, 1] - heights, feet[:, 0] + half, feet[:, 1]]
    )
    scores = np.clip(rng.beta(1.3, 4.0, len(boxes)), scene.detector.cutoff, 0.9)
    return np.concatenate([anywhere, frames]), _jittered(boxes, 0.02, rng), scores
