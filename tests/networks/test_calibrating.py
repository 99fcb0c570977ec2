"""Choosing thresholds: what surely helps is taken, what may be luck is not."""

from __future__ import annotations

import numpy as np
import pytest

from mot_bench.tracking.calibration import Chosen, Tried, choose, rise

SCENES = 6


def of_scenes(hota: np.ndarray) -> Tried:
    """As if HOTA over all scenes were the mean of the scenes'."""
    return Tried(float(hota.mean()), tuple((hota.sum() - hota) / (len(hota) - 1)))


def test_the_error_of_a_rise_is_that_of_a_mean_of_paired_differences() -> None:
    rng = np.random.default_rng(3)
    before, after = rng.random((2, SCENES))
    differences = after - before
    expected = differences.mean() - differences.std(ddof=1) / np.sqrt(SCENES)
    assert rise(of_scenes(after), of_scenes(before)) == pytest.approx(expected)


def test_a_rise_that_scenes_agree_on_is_taken_and_one_that_a_single_scene_makes_is_not() -> None:
    base = np.full(SCENES, 0.5)
    everywhere, somewhere = base + 0.01, base.copy()
    somewhere[2] += 0.3
    shown = {"published": base, "everywhere": everywhere, "somewhere": somewhere}
    found = choose({"x": list(shown)}, {"x": "published"}, lambda p: of_scenes(shown[str(p["x"])]))
    assert found.parameters == {"x": "everywhere"}
    assert (found.hota_before, found.hota_after) == pytest.approx((0.5, 0.51))


def test_noise_alone_mostly_leaves_the_published_values() -> None:
    def chosen(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        shown = {value: of_scenes(0.5 + 0.02 * rng.standard_normal(SCENES)) for value in range(3)}
        return choose({"x": [0, 1, 2]}, {"x": 0}, lambda p: shown[int(str(p["x"]))]).parameters != {
            "x": 0
        }

    assert np.mean([chosen(seed) for seed in range(200)]) < 0.4  # the best of three: two in three


def test_values_that_cannot_be_run_together_are_passed_over() -> None:
    def measured(parameters: dict[str, object]) -> Tried | None:
        return None if parameters["x"] == 2 else Tried(float(str(parameters["x"])), ())

    assert choose({"x": [1, 2, 3]}, {"x": 1}, measured).parameters == {"x": 3}
    with pytest.raises(ValueError, match="expected parameters that the tracker takes"):
        choose({"x": [1]}, {"x": 2}, measured)


def test_what_was_chosen_survives_its_file() -> None:
    chosen = Chosen({"x": 0.3}, 0.4, 0.5, 7)
    assert Chosen.from_json(chosen.to_json()) == chosen
