"""Appearance: ties are ties whatever the machine's arithmetic, features move as published."""

from __future__ import annotations

import numpy as np
import pytest

from mot_bench.trackers.appearance import SmoothedFeatures
from mot_bench.trackers.deepsort import Galleries
from mot_bench.trackers.interface import FloatArray


def unit(count: int, size: int = 97, seed: int = 0) -> FloatArray:
    vectors = np.random.default_rng(seed).standard_normal((count, size))
    normalised: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normalised


@pytest.mark.parametrize("count", [2, 3, 7, 18])
def test_a_detection_and_its_duplicate_are_equally_far(count: int) -> None:
    tracks, seen = unit(5), unit(count, seed=1)
    seen[-1] = seen[0]  # the ends of a matrix product are where its kernels differ
    galleries = Galleries(4)
    places = galleries.take(tracks)
    galleries.add(places, unit(5, seed=2))
    smoothed = SmoothedFeatures(0.9)
    smoothed.rearrange(np.full(5, -1), tracks)
    for distance in (
        galleries.cosine_distance(places, seen),
        smoothed.cosine_distance(np.arange(5), seen),
    ):
        assert (distance[:, 0] == distance[:, -1]).all()


def test_a_gallery_is_as_near_as_its_nearest_of_the_last_embeddings() -> None:
    history = unit(7)
    galleries = Galleries(3)
    place = galleries.take(history[:1])
    for embedding in history[1:]:
        galleries.add(place, embedding[None])
    expected = 1 - (history[-3:] @ history.T).max(axis=0)
    assert np.allclose(galleries.cosine_distance(place, history)[0], expected, atol=1e-11)


def test_a_place_that_was_given_back_remembers_nothing() -> None:
    old, new = unit(1), unit(1, seed=3)
    galleries = Galleries(5)
    place = galleries.take(old)
    galleries.give_back(place)
    assert galleries.take(new).tolist() == place.tolist()
    assert galleries.cosine_distance(place, old)[0, 0] == pytest.approx(
        1 - (old @ new.T).item(), abs=1e-11
    )


def test_smoothed_features_are_a_normalised_moving_average() -> None:
    first, second = unit(2), unit(2, seed=4)
    smoothed = SmoothedFeatures(0.9)
    smoothed.rearrange(np.array([-1, -1]), first)
    smoothed.blend(np.array([1]), second[1:])
    mixed = 0.9 * first[1] + 0.1 * second[1]
    expected = np.stack((first[0], mixed / np.linalg.norm(mixed)))
    assert np.allclose(
        smoothed.cosine_distance(np.arange(2), first), 1 - expected @ first.T, atol=1e-11
    )
    smoothed.rearrange(np.array([1, -1]), second[:1])
    assert np.allclose(
        smoothed.cosine_distance(np.array([0]), first)[0], 1 - expected[1] @ first.T, atol=1e-11
    )
