"""TPR at a FAR and rank 1: cases by hand, the exact ROC beside the one in bins, and what must not matter."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeSequence

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.diagnostics import LabelledFeatures, labelled, reid_quality, verification
from mot_bench.errors import MotBenchError


def crowd(seed: int, count: int = 400, noise: float = 1.0, size: int = 16) -> LabelledFeatures:
    rng = np.random.default_rng(seed)
    identities, sequences = rng.integers(0, 12, count), rng.integers(0, 3, count)
    centres = rng.normal(size=(3, 12, size))
    features = centres[sequences, identities] + noise * rng.normal(size=(count, size))
    return LabelledFeatures(
        features.astype(np.float32),
        identities,
        sequences,
        rng.integers(1, 60, count),
        rng.random(count),
    )


def slow_tpr(
    embedded: LabelledFeatures, *, within: bool, gap: int, far: float
) -> tuple[float, float]:
    """TPR by the exact ROC, and rank 1, pair by pair."""
    unit = embedded.features.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    similarity = unit @ unit.T
    pairs, hits, asked = [], 0, 0
    for i in range(len(embedded)):
        best: dict[bool, float] = {}
        for j in range(len(embedded)):
            together = embedded.sequences[i] == embedded.sequences[j]
            apart = abs(int(embedded.frames[i]) - int(embedded.frames[j])) >= gap
            if i == j or (within and not together) or (together and not apart):
                continue
            same = bool(together and embedded.identities[i] == embedded.identities[j])
            best[same] = max(best.get(same, -2.0), similarity[i, j])
            if i < j:
                pairs.append((similarity[i, j], same))
        if True in best:
            asked += 1
            hits += best[True] > best.get(False, -2.0)
    values, labels = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    order = np.argsort(-values)
    taken = np.concatenate(([0], np.cumsum(labels[order]))) / labels.sum()
    mistaken = np.concatenate(([0], np.cumsum(~labels[order]))) / (~labels).sum()
    return float(np.interp(far, mistaken, taken)), hits / asked


@pytest.mark.parametrize("noise", [0.5, 1.5, 4.0])
@pytest.mark.parametrize(("within", "gap"), [(False, 0), (True, 10), (False, 10)])
def test_bins_agree_with_the_exact_curve(noise: float, within: bool, gap: int) -> None:
    embedded = crowd(int(noise * 10), 220, noise)
    found = verification(embedded, within_sequences=within, gap_frames=gap)
    tpr, rank_1 = slow_tpr(embedded, within=within, gap=gap, far=0.1)
    assert found.tpr == pytest.approx(tpr, abs=1e-3)
    assert found.rank_1 == pytest.approx(rank_1)


def test_features_of_an_untrained_network_are_told_apart_too() -> None:
    """All nearly the same direction: similarities from 0.998 on, where coarse bins would see one value."""
    embedded = crowd(1, 200, 1.0)
    close = dataclasses.replace(
        embedded, features=(embedded.features * 0.005 + 1).astype(np.float32)
    )
    found = verification(close)
    assert found.tpr == pytest.approx(slow_tpr(close, within=False, gap=0, far=0.1)[0], abs=3e-3)


def test_blocks_make_no_difference() -> None:
    """More rows than a block has: each pair is counted once."""
    embedded = crowd(2, 2300, 1.0)
    found = verification(embedded)
    assert found.same + found.different == 2300 * 2299 // 2
    people = np.unique(embedded.sequences * 100 + embedded.identities, return_counts=True)[1]
    assert found.same == int((people * (people - 1) // 2).sum())
    unit = embedded.features / np.linalg.norm(embedded.features, axis=1, keepdims=True)
    upper = np.triu_indices(2300, 1)
    values = (unit @ unit.T)[upper]
    names = embedded.sequences * 100 + embedded.identities
    same = names[upper[0]] == names[upper[1]]
    threshold = np.quantile(values[~same], 0.9)
    assert found.tpr == pytest.approx((values[same] > threshold).mean(), abs=1e-3)


def by_hand(
    features: list[list[float]], identities: list[int], frames: list[int]
) -> LabelledFeatures:
    count = len(features)
    return LabelledFeatures(
        np.array(features, np.float32),
        np.array(identities),
        np.zeros(count, np.int64),
        np.array(frames),
        np.ones(count),
    )


def test_a_case_by_hand() -> None:
    """Two pairs of one person (cosine 1 and 0.6), four of two people, one of them more alike (0.8) than the second."""
    embedded = by_hand([[1, 0], [1, 0], [0.8, 0.6], [0, 1]], [1, 1, 2, 2], [1, 20, 1, 20])
    found = verification(embedded, far=0.25)
    assert (found.same, found.different) == (2, 4)
    assert found.tpr == pytest.approx(0.5)
    assert verification(embedded, far=0.75).tpr == pytest.approx(1.0)
    assert found.rank_1 == pytest.approx(3 / 4), (
        "the third is nearer to the first two than to the fourth"
    )
    assert found.roc_far[[0, -1]].tolist() == [0, 1]
    assert found.roc_tpr[[0, -1]].tolist() == [0.5, 1]


def test_perfect_and_useless_features() -> None:
    embedded = crowd(3)
    names = embedded.sequences * 12 + embedded.identities
    perfect = dataclasses.replace(embedded, features=np.eye(36, dtype=np.float32)[names])
    found = reid_quality(perfect)
    assert (found.paper.tpr, found.within.tpr) == (1, 1)
    assert (found.paper.rank_1, found.within.rank_1) == (1, 1)
    assert (found.within.roc_tpr == 1).all()
    chance = dataclasses.replace(
        embedded, features=np.random.default_rng(0).normal(size=(400, 16)).astype(np.float32)
    )
    assert verification(chance).tpr == pytest.approx(0.1, abs=0.03)
    flat = dataclasses.replace(embedded, features=np.ones((400, 4), np.float32))
    assert verification(flat).tpr == pytest.approx(0.1, abs=1e-6)
    assert verification(flat).rank_1 == 0, "a tie is no hit"


def test_pairs_within_a_sequence_are_harder_and_apart() -> None:
    """Each sequence has a background of its own: easy to tell sequences apart by it, which is of no use within one."""
    embedded = crowd(4, 400, 2.0)
    marks = 20 * np.eye(3, 16, dtype=np.float32)[embedded.sequences]
    quality = reid_quality(
        dataclasses.replace(embedded, features=embedded.features + marks), paper_step=1
    )
    assert quality.paper.tpr > quality.within.tpr + 0.2
    near = verification(embedded, within_sequences=True)
    apart = verification(embedded, within_sequences=True, gap_frames=10)
    assert apart.same < near.same
    assert apart.different < near.different


def test_one_identity_of_two_sequences_is_two_people() -> None:
    embedded = by_hand([[1, 0], [1, 0]], [5, 5], [1, 2])
    two = dataclasses.replace(embedded, sequences=np.array([0, 1]))
    assert verification(embedded).same == 1
    assert verification(two).different == 1


def test_lengths_order_and_rows_that_were_not_embedded_do_not_matter() -> None:
    embedded = crowd(5)
    first = reid_quality(embedded)
    rng = np.random.default_rng(0)
    longer = dataclasses.replace(
        embedded, features=embedded.features * rng.uniform(0.1, 9, (400, 1)).astype(np.float32)
    )
    mixed = reid_quality(longer.take(rng.permutation(400)))
    assert mixed.paper.tpr == pytest.approx(first.paper.tpr, abs=1e-4)
    assert mixed.within.rank_1 == first.within.rank_1
    holes = embedded.features.copy()
    holes[embedded.frames % 2 == 0] = np.nan
    kept = embedded.take(np.flatnonzero(embedded.frames % 2 == 1))
    with_holes = verification(dataclasses.replace(embedded, features=holes))
    assert with_holes.tpr == verification(kept).tpr
    assert with_holes.same == verification(kept).same


def test_steps_and_visibility_leave_features_out() -> None:
    embedded = crowd(6)
    third = int(((embedded.frames - 1) % 3 == 0).sum())
    paper = reid_quality(embedded).paper
    assert paper.same + paper.different == third * (third - 1) // 2
    seen = int((embedded.visibility >= 0.5).sum())
    half = reid_quality(embedded, paper_step=1, min_visibility=0.5).paper
    assert half.same + half.different == seen * (seen - 1) // 2


def test_nobody_and_nobody_else() -> None:
    nobody = by_hand([], [], [])
    empty = dataclasses.replace(nobody, features=np.empty((0, 8), np.float32))
    quality = reid_quality(empty)
    assert math.isnan(quality.paper.tpr)
    assert math.isnan(quality.within.rank_1)
    alone = verification(by_hand([[1, 0], [1, 1]], [1, 1], [1, 2]))
    assert math.isnan(alone.tpr)
    assert alone.rank_1 == 1
    assert alone.roc_tpr.shape == alone.roc_far.shape


def test_from_sequences(tmp_path: Path, make_sequence: MakeSequence) -> None:
    truth = "1,1,10,10,20,40,1,1,1\n1,2,50,10,20,40,1,1,0.3\n1,3,90,10,20,40,1,8,1\n2,1,12,10,20,40,0,1,1\n"
    for name in ("A", "B"):
        make_sequence(tmp_path / "data" / name, truth=truth)
    first, second = open_dataset(str(tmp_path / "data"), None).sequences
    features = np.arange(8, dtype=np.float32).reshape(4, 2)
    embedded = labelled([(first, features), (second, features + 10)])
    assert embedded.features.tolist() == [[0, 1], [2, 3], [10, 11], [12, 13]], (
        "pedestrians who are considered"
    )
    assert embedded.sequences.tolist() == [0, 0, 1, 1]
    assert embedded.identities.tolist() == [1, 2, 1, 2]
    assert embedded.visibility.tolist() == [1, 0.3, 1, 0.3]
    with pytest.raises(
        MotBenchError, match="A: expected ground truth for 3 embeddings, found one of 4 rows"
    ):
        labelled([(first, features[:3])])
    with pytest.raises(MotBenchError, match="embeddings of at least one sequence"):
        labelled([])
