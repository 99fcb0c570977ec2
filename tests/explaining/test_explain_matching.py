"""Matching and rescoring equal TrackEval: on random scenes, tie for tie, and on real tracks."""

from __future__ import annotations

import numpy as np
import pytest
from explain_samples import random_scene
from hypothesis import given, settings
from hypothesis import strategies as st

from mot_bench.explaining import rescoring
from mot_bench.explaining.matching import match
from mot_bench.explaining.rescoring import Counts, identity_pairs, rescore, total
from mot_bench.explaining.scene import people_of, scene_of
from mot_bench.scoring.score import combine, prepare, score_sequence, summarise

pytest.importorskip("trackeval")


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    people=st.integers(0, 7),
    noise=st.sampled_from([0.0, 1.0, 6.0]),
    grid=st.booleans(),
    benchmark=st.sampled_from(["MOT15", "MOT17"]),
)
def test_every_count_equals_trackeval(
    seed: int, people: int, noise: float, grid: bool, benchmark: str
) -> None:
    sequence, tracks = random_scene(seed, people=people, noise=noise, grid=grid)
    assert sequence.ground_truth is not None
    truth = prepare(sequence.ground_truth, sequence.length, benchmark)
    theirs = score_sequence(truth, tracks).families
    scene, rows = scene_of(people_of(sequence, benchmark), tracks)
    found = match(scene)
    clear, identity, hota = theirs["CLEAR"], theirs["Identity"], theirs["HOTA"]
    assert np.array_equal(tracks.ids[rows] >= 0, np.ones(len(rows), bool))
    assert found.hits == clear["CLR_TP"]
    assert (found.track_of < 0).sum() == clear["CLR_FN"]
    assert (found.truth_of < 0).sum() == clear["CLR_FP"]
    assert found.switched.sum() == clear["IDSW"]
    assert found.resumed.sum() == clear["Frag"]
    counts = rescore(scene)
    assert counts.identity == identity["IDTP"] == identity_pairs(scene).sum()
    assert counts.identity_misses == identity["IDFN"] + identity["IDFP"]
    assert np.array_equal(counts.hota_tp, hota["HOTA_TP"])
    assert np.array_equal(counts.hota_misses, hota["HOTA_FN"] + hota["HOTA_FP"])
    assert np.allclose(counts.association, hota["AssA"] * hota["HOTA_TP"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_many_identities_are_rescored_without_a_matrix_of_them(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence, tracks = random_scene(seed, people=6, noise=3.0, grid=bool(seed % 2))
    scene, _ = scene_of(people_of(sequence, "MOT17"), tracks)
    expected = rescore(scene).to_list()
    monkeypatch.setattr(rescoring, "_MOST_CELLS", 0)
    assert rescore(scene).to_list() == expected


def test_sequences_add_up_as_trackeval_combines_them() -> None:
    scenes = {str(seed): random_scene(seed, people=5, noise=3.0) for seed in range(3)}
    scores = {
        name: score_sequence(prepare(sequence.ground_truth, sequence.length, "MOT17"), tracks)  # type: ignore[arg-type]
        for name, (sequence, tracks) in scenes.items()
    }
    theirs = summarise(combine(scores)).metrics
    parts = [
        rescore(scene_of(people_of(sequence, "MOT17"), tracks)[0])
        for sequence, tracks in scenes.values()
    ]
    ours = total(parts).metrics()
    assert ours == pytest.approx({name: theirs[name] for name in ours}, abs=1e-12)
    assert (
        total([Counts.from_list(part.to_list()) for part in parts]).to_list()
        == total(parts).to_list()
    )
    assert set(total([]).metrics().values()) == {0.0}
