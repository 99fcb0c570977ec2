"""Losses, targets and decoding: every weight moves the total, nothing is NaN, boxes come back."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mot_bench.models.fairmot import Maps
from mot_bench.models.losses import (
    NEGATIVE_TOTAL,
    Balance,
    FairMotLoss,
    LossConfig,
    LossTerms,
    MemoryClassifier,
    heat_loss,
    negative_total,
)
from mot_bench.models.targets import (
    NO_IDENTITY,
    Found,
    Targets,
    bump_radius,
    decode,
    make_targets,
    peaks,
)

HEIGHT, WIDTH, SIZE = 64, 96, 8
BOXES = [torch.tensor([[8.0, 8, 24, 56], [40, 4, 60, 50]]), torch.tensor([[-6.0, 10, 14, 70]])]
PEOPLE = [torch.tensor([0, 1]), torch.tensor([2])]


def random_maps(seed: int = 0, reid: bool = True, batch: int = 2) -> Maps:
    generator = torch.Generator().manual_seed(seed)

    def random(channels: int) -> Tensor:
        return torch.randn(
            batch, channels, HEIGHT // 4, WIDTH // 4, generator=generator
        ).requires_grad_()

    return Maps(random(1), random(4), random(2), random(SIZE) if reid else None)


def targets(people: list[Tensor] = PEOPLE) -> Targets:
    return make_targets(BOXES, people, HEIGHT, WIDTH)


def terms(
    config: LossConfig = LossConfig(),  # noqa: B008
    *,
    reid: bool = True,
    people: list[Tensor] = PEOPLE,
) -> LossTerms:
    torch.manual_seed(0)
    loss = FairMotLoss(config, SIZE if reid else 0, 3)
    wanted = targets(people)
    result: LossTerms = loss(random_maps(reid=reid).at(wanted.place_BK), wanted)
    return result


FIXED = LossConfig(balance=Balance("fixed"))


@pytest.mark.parametrize(
    "change",
    [
        {"heat_weight": 2.0},
        {"size_weight": 0.7},
        {"offset_weight": 0.0},
        {"balance": Balance("fixed", detection_weight=3.0)},
        {"balance": Balance("fixed", reid_weight=0.25)},
        {"balance": Balance("frozen")},
        {"balance": Balance("frozen", detection_start=0.0)},
        {"balance": Balance("frozen", reid_start=0.0)},
    ],
)
def test_every_weight_moves_the_total(change: dict[str, object]) -> None:
    changed = terms(dataclasses.replace(FIXED, **change))  # type: ignore[arg-type]
    assert changed.total.item() != pytest.approx(terms(FIXED).total.item(), rel=1e-3)


def test_the_totals_are_the_papers_sums() -> None:
    fixed = terms(LossConfig(balance=Balance("fixed", 2.0, 0.3)))
    assert fixed.detection.item() == pytest.approx(
        (fixed.heat + 0.1 * fixed.size + fixed.offset).item()
    )
    assert fixed.total.item() == pytest.approx((2 * fixed.detection + 0.3 * fixed.reid).item())
    learned = terms()
    s = torch.tensor([-1.85, -1.05])
    expected = 0.5 * ((-s).exp() @ torch.stack((learned.detection, learned.reid)) + s.sum())
    assert learned.total.item() == pytest.approx(expected.item(), rel=1e-6)
    assert learned.detection_weight.item() == pytest.approx(3.18, abs=0.01)
    assert learned.reid_weight.item() == pytest.approx(1.43, abs=0.01)


@pytest.mark.parametrize(
    ("config", "learning"),
    [
        (LossConfig(), {"s_det", "s_id", "classifier.weight", "classifier.bias"}),
        (LossConfig(balance=Balance("frozen")), {"classifier.weight", "classifier.bias"}),
        (FIXED, {"classifier.weight", "classifier.bias"}),
        (LossConfig(frozen_classifier=True), {"s_det", "s_id"}),
        (LossConfig(classifier="memory"), {"s_det", "s_id"}),
        (LossConfig(balance=Balance("fixed", reid_weight=0.0)), set()),
    ],
)
def test_what_learns_is_what_the_balance_says(config: LossConfig, learning: set[str]) -> None:
    loss = FairMotLoss(config, SIZE, 3)
    loss(random_maps().at(targets().place_BK), targets()).total.backward()
    moved = {
        name for name, p in loss.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0
    }
    assert moved == learning


@pytest.mark.parametrize("task", ["detection", "reid"])
def test_a_task_of_weight_zero_leaves_its_maps_alone(task: str) -> None:
    balance = Balance(
        "fixed", detection_weight=float(task == "reid"), reid_weight=float(task == "detection")
    )
    maps = random_maps()
    FairMotLoss(LossConfig(balance=balance), SIZE, 3)(
        maps.at(targets().place_BK), targets()
    ).total.backward()
    assert maps.embedding_BDhw is not None
    gradients = {"detection": maps.heat_B1hw.grad, "reid": maps.embedding_BDhw.grad}
    assert gradients[task] is None or not gradients[task].any()  # type: ignore[union-attr]
    other = gradients["reid" if task == "detection" else "detection"]
    assert other is not None
    assert other.any()


def test_a_batch_without_identities_or_boxes_is_never_nan() -> None:
    unknown = [torch.full_like(people, NO_IDENTITY) for people in PEOPLE]
    without = terms(people=unknown)
    assert without.reid.item() == 0.0
    assert torch.isfinite(without.total)
    empty = make_targets(
        [torch.empty(0, 4)] * 2, [torch.empty(0, dtype=torch.int64)] * 2, HEIGHT, WIDTH
    )
    maps = random_maps()
    nothing = FairMotLoss(LossConfig(), SIZE, 3)(maps.at(empty.place_BK), empty)
    nothing.total.backward()
    assert torch.isfinite(nothing.total)
    assert (nothing.size.item(), nothing.offset.item(), nothing.reid.item()) == (0.0, 0.0, 0.0)
    assert maps.heat_B1hw.grad is not None
    assert torch.isfinite(maps.heat_B1hw.grad).all()


def test_without_a_reid_branch_its_terms_are_left_out() -> None:
    alone = terms(reid=False)
    assert (alone.reid.item(), alone.reid_weight.item()) == (0.0, 0.0)
    expected = 0.5 * (torch.tensor(1.85).exp() * alone.detection - 1.85)
    assert alone.total.item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_negative_total_without_anything_to_learn_from_is_called_so() -> None:
    learned = {"total": -0.2, "size": 0.3, "offset": 0.1}
    assert negative_total(learned) == NEGATIVE_TOTAL
    assert negative_total({**learned, "total": 0.2}) == ""
    told = negative_total({"total": -1.3, "size": 0.0, "offset": 0.0})
    assert "no people to learn from" in told
    assert "normal" not in told


def test_a_negative_total_is_explained_and_a_positive_one_is_not() -> None:
    config = LossConfig(balance=Balance("frozen", detection_start=-1e3, reid_start=-1e3))
    assert terms().explanation() == ""
    some = terms()
    negative = dataclasses.replace(some, total=torch.tensor(-1.0))
    assert "normal" in negative.explanation()
    assert config.balance.detection_start == -1e3


def test_a_perfect_heat_map_costs_nothing_and_a_wrong_one_much() -> None:
    heat = targets().heat_B1hw
    perfect = torch.where(heat == 1, 20.0, -20.0)
    assert heat_loss(perfect, heat).item() < 1e-2
    assert heat_loss(-perfect, heat).item() > 10


def perfect_maps(wanted: Targets) -> Maps:
    """Maps that say exactly what the targets want."""
    batch, _, h, w = wanted.heat_B1hw.shape
    heat = torch.logit(wanted.heat_B1hw.clamp(1e-4, 1 - 1e-4))
    maps = [torch.zeros(batch, channels, h * w) for channels in (4, 2, SIZE)]
    for b in range(batch):
        for k in wanted.there_BK[b].nonzero().flatten().tolist():
            place = wanted.place_BK[b, k]
            maps[0][b, :, place] = wanted.size_BKC[b, k]
            maps[1][b, :, place] = wanted.offset_BK2[b, k]
            maps[2][b, int(wanted.identity_BK[b, k]) % SIZE, place] = 3.0
    size, offset, embedding = (one.view(batch, -1, h, w) for one in maps)
    return Maps(heat, size, offset, embedding)


def found_in(maps: Maps) -> list[Found]:
    scores, places = peaks(maps.heat_B1hw)
    return decode(maps.at(places), scores, places, min_score=0.9)


def test_boxes_come_back_from_perfect_maps_with_their_embeddings() -> None:
    found = found_in(perfect_maps(targets()))
    for index, boxes in enumerate(BOXES):
        assert found[index].embeddings_ND is not None
        order = found[index].boxes_xyxy[:, 0].argsort()
        assert torch.allclose(
            found[index].boxes_xyxy[order], boxes[boxes[:, 0].argsort()], atol=1e-3
        )
        lengths = found[index].embeddings_ND.norm(dim=1)  # type: ignore[union-attr]
        assert torch.allclose(lengths, torch.ones(len(boxes)), atol=1e-5)


def test_width_and_height_decode_to_the_same_box_as_four_sides() -> None:
    maps = perfect_maps(
        make_targets([torch.tensor([[8.0, 8, 24, 56]])], [torch.tensor([0])], HEIGHT, WIDTH)
    )
    size = maps.size_Bchw
    halves = torch.cat((size[:, :1] + size[:, 2:3], size[:, 1:2] + size[:, 3:]), dim=1)
    two = found_in(dataclasses.replace(maps, size_Bchw=halves))[0]
    assert torch.allclose(two.boxes_xyxy, torch.tensor([[8.0, 8, 24, 56]]), atol=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.floats(1, 200), st.floats(1, 200))
def test_bumps_grow_with_boxes_and_never_shrink_below_zero(height: float, width: float) -> None:
    assert 0 <= bump_radius(height, width) <= bump_radius(height * 2, width * 2)
    assert bump_radius(height, width) == bump_radius(width, height)


def test_targets_of_bad_boxes_are_refused() -> None:
    for box in ([5.0, 5, 5, 9], [5, 5, 4, 9], [float("nan"), 1, 2, 3]):
        with pytest.raises(ValueError, match="picture 0: expected finite boxes of positive size"):
            make_targets([torch.tensor([box])], [torch.tensor([0])], HEIGHT, WIDTH)


def test_the_memory_is_the_running_mean_of_everybodys_features() -> None:
    classifier = MemoryClassifier(2, 3, temperature=0.5, momentum=0.5)
    across, up = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    first = classifier.loss(torch.stack((across, up)), torch.tensor([0, 1]))
    assert first.item() == pytest.approx(math.log(3))  # nobody was known: all three are as likely
    assert classifier.memory.tolist() == [[1, 0], [0, 1], [0, 0]]
    known = classifier.loss(across[None], torch.tensor([0]))
    assert known.item() == pytest.approx(math.log(1 + 2 * math.exp(-2)))
    classifier.loss(torch.stack((up, up)), torch.tensor([0, 2]))
    half = math.sqrt(0.5)
    assert classifier.memory.flatten().tolist() == pytest.approx([half, half, 0, 1, 0, 1])


def test_the_memory_rests_outside_training_and_two_sightings_in_a_batch_count_as_their_mean() -> (
    None
):
    classifier = MemoryClassifier(2, 1, temperature=0.1, momentum=0.0)
    nobody = torch.tensor([0, 0])
    classifier.eval().loss(torch.eye(2), nobody)
    assert not classifier.memory.any()
    classifier.train().loss(torch.eye(2), nobody)
    assert classifier.memory[0].tolist() == pytest.approx([math.sqrt(0.5)] * 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0.0},
        {"memory_momentum": 1.0},
        {"classifier": "memory", "frozen_classifier": True},
    ],
)
def test_values_of_the_classifier_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        LossConfig(**wrong)  # type: ignore[arg-type]
