"""Separate ReID networks, crops, training and embeddings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mot_bench.detectors.reid import TrainedExtractor
from mot_bench.errors import MotBenchError
from mot_bench.models.crops import (
    CropAugmentation,
    CropSet,
    CropShape,
    augment,
    crops_of,
    keep_crops,
)
from mot_bench.models.loop_config import LoopConfig
from mot_bench.models.osnet import OsNet
from mot_bench.models.reid import DEEPSORT, OSNET_X0_25, ReidConfig, embed, for_inference, make_reid
from mot_bench.models.reid_training import ReidLoss, ReidLossConfig, ReidTask, triplet_loss
from mot_bench.models.samples import UNKNOWN, Picture, Sample
from mot_bench.models.training import train
from mot_bench.models.wide_residual import WideResidualNetwork

SMALL = ReidConfig(factor=0.25, embedding_size=16, height=32, width=16)
SMALL_OSNET = ReidConfig("osnet", 0.25, 24, 32, 16, dropout=0.0, keep_aspect=False)


def numbers(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


class Colours:
    """Twelve pictures with five people, who are told apart by colour."""

    identities = 7

    def __len__(self) -> int:
        return 12

    def load(self, index: int) -> Sample:
        generator = np.random.default_rng(index)
        picture = generator.integers(90, 130, (80, 160, 3)).astype(np.uint8)
        boxes = np.array(
            [[30 * person + 5, 10, 30 * person + 20, 50] for person in range(5)], np.float32
        )
        colours = np.array(
            [[220, 20, 20], [20, 220, 20], [20, 20, 220], [220, 220, 20], [20, 220, 220]]
        )
        for (x1, y1, x2, y2), colour in zip(boxes.astype(int), colours, strict=True):
            picture[y1:y2, x1:x2] = colour
        identities = np.array([0, 2, 3, 5, 6])
        # Too low, unknown, seen too seldom, out of the picture: none of these is good for training.
        boxes = np.r_[
            boxes, [[0, 70, 20, 78], [0, 0, 20, 40], [40, 20, 60, 60], [200, 0, 220, 40]]
        ].astype(np.float32)
        return Sample(picture, boxes, np.r_[identities, 1, UNKNOWN, 4 if index < 3 else UNKNOWN, 1])


@pytest.fixture(scope="module")
def crops() -> CropSet:
    return keep_crops(Colours(), SMALL.crop)


def test_networks_have_as_many_parameters_as_published() -> None:
    """DeepSORT's paper: 2,800,864, without the factors of batch norm.

    OSNet's: 2.2 million, 0.2 million at x0.25.
    """
    deepsort = make_reid(DEEPSORT)
    factors = sum(
        layer.weight.numel()
        for layer in deepsort.modules()
        if isinstance(layer, nn.BatchNorm1d) and layer.affine
    )
    factors += sum(
        layer.weight.numel() for layer in deepsort.modules() if isinstance(layer, nn.BatchNorm2d)
    )
    assert numbers(deepsort) - factors == 2_800_864
    assert round(numbers(OsNet(factor=1.0)) / 1e6, 1) == 2.2
    assert round(numbers(make_reid(OSNET_X0_25)) / 1e6, 1) == 0.2


@pytest.mark.parametrize(
    "config", [SMALL, SMALL_OSNET, ReidConfig(factor=0.25, height=50, width=30, embedding_size=8)]
)
def test_embeddings_have_length_one(config: ReidConfig) -> None:
    torch.manual_seed(0)
    network = make_reid(config)
    crops = torch.rand(70, 3, config.height, config.width) * 2 - 1
    network(crops)  # moves batch norm's statistics, so that folding has something to fold
    embeddings = embed(for_inference(network), crops)
    assert embeddings.shape == (70, config.embedding_size)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    with torch.no_grad():
        plain = torch.nn.functional.normalize(network.eval()(crops)).numpy()
    np.testing.assert_allclose(embeddings, plain, atol=1e-4)


@pytest.mark.parametrize("config", [SMALL, SMALL_OSNET])
def test_folding_batch_norm_changes_nothing(config: ReidConfig) -> None:
    torch.manual_seed(0)
    network = make_reid(config).double()
    crops = torch.rand(9, 3, config.height, config.width, dtype=torch.float64) * 2 - 1
    for (
        layer
    ) in network.modules():  # all of batch norm's numbers differ from what they are at the start
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) and layer.affine:
            nn.init.uniform_(layer.weight, 0.5, 2)
            nn.init.uniform_(layer.bias, -1, 1)
    network(crops)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    folded = for_inference(network)
    assert network.training
    assert not folded.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    kinds = [type(layer) for layer in folded.modules()]
    assert kinds.count(nn.Conv2d) == [type(layer) for layer in network.modules()].count(nn.Conv2d)
    # DeepSORT's blocks but the first begin with batch norm, and so ends the network: nothing to be
    # folded into.
    assert (kinds.count(nn.BatchNorm2d), kinds.count(nn.BatchNorm1d)) == (
        (5, 1) if config is SMALL else (0, 0)
    )
    torch.testing.assert_close(folded(crops), network.eval()(crops), rtol=0, atol=1e-10)


def test_batch_norm_is_not_folded_into_a_layer_that_others_use() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.bn = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            between: torch.Tensor = self.conv(pictures)
            result: torch.Tensor = between + self.bn(between)
            return result

    torch.manual_seed(0)
    network, pictures = Twice(), torch.rand(2, 3, 4, 4)
    network(pictures)
    torch.testing.assert_close(for_inference(network)(pictures), network.eval()(pictures))


def test_impossible_networks_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a dropout of 0 to 1"):
        ReidConfig(dropout=1.0)
    with pytest.raises(ValueError, match="expected sizes of 1 to 4096"):
        ReidConfig(height=0)


def test_dropout_is_only_in_training() -> None:
    network = WideResidualNetwork(height=32, width=16, factor=0.25, dropout=0.4)
    crops = torch.rand(4, 3, 32, 16)
    assert not torch.equal(network(crops), network(crops))
    network.eval()
    assert torch.equal(network(crops), network(crops))


def ramp(height: int, width: int) -> Picture:
    """Red rises by 1 a pixel to the right, green downwards."""
    y, x = np.mgrid[:height, :width]
    return np.stack((x, y, np.full_like(x, 200)), 2).astype(np.uint8)


def pixels(crops: torch.Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return (crops.numpy() + 1) * np.float32(127.5)


@pytest.mark.parametrize("size", [(8, 4), (16, 8), (32, 16), (64, 32)])
def test_crops_show_the_box(size: tuple[int, int]) -> None:
    """The middle of each of the crop's pixels is where it is in the box, whatever the scale."""
    box = np.array([[40.0, 20.0, 104.0, 148.0]])
    crop = pixels(crops_of(ramp(200, 240), box, CropShape(*size)))[0]
    height, width = size
    np.testing.assert_allclose(
        crop[0, 3], 40 + (np.arange(width) + 0.5) * 64 / width - 0.5, atol=0.6
    )
    np.testing.assert_allclose(
        crop[1, :, 2], 20 + (np.arange(height) + 0.5) * 128 / height - 0.5, atol=0.6
    )
    np.testing.assert_allclose(crop[2], 200, atol=0.01)


def test_crops_average_what_they_shrink() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = pixels(crops_of(stripes, np.array([[0.0, 0.0, 128.0, 128.0]]), CropShape(16, 16)))
    np.testing.assert_allclose(crop, 127.5, atol=1)


def test_crops_keep_the_aspect_if_asked() -> None:
    box = np.array([[90.0, 40.0, 100.0, 140.0]])
    wide = pixels(crops_of(ramp(200, 240), box, CropShape(10, 5, keep_aspect=True)))[0]
    np.testing.assert_allclose(wide[0, 4], [74.5, 84.5, 94.5, 104.5, 114.5], atol=0.6)
    low = np.array([[50.0, 90.0, 150.0, 100.0]])
    high = pixels(crops_of(ramp(200, 240), low, CropShape(10, 5, keep_aspect=True)))[0]
    np.testing.assert_allclose(high[1, [1, 8], 2], [24.5, 164.5], atol=0.6)


def test_crops_are_grey_where_there_is_nothing() -> None:
    picture = np.full((99, 101, 3), 255, np.uint8)
    boxes = np.array(
        [
            [-200, 10, -100, 90],
            [10, 10, 10, 50],
            [30, 20, 10, 50],
            [np.nan, 0, 5, 5],
            [0, 0, np.inf, 5],
            [9e8, 9e8, 1e9, 1e9],
        ]
    )
    for shape in (CropShape(16, 8), CropShape(16, 8, keep_aspect=True)):
        assert not crops_of(picture, boxes, shape).any()
    half = crops_of(picture, np.array([[-50.0, 0.0, 50.0, 80.0]]), CropShape(16, 8))[0]
    assert not half[:, :, :3].any()
    assert (half[:, 1:, 5:] > 0.99).all()  # the first row lies across the border
    assert crops_of(picture, np.empty((0, 4)), CropShape(16, 8)).shape == (0, 3, 16, 8)


@pytest.mark.parametrize("extent", [(1, 1), (1, 50), (3, 2), (75, 1), (99, 101)])
def test_crops_of_pictures_of_any_size(extent: tuple[int, int]) -> None:
    """Boxes much larger than the picture, which is halved until nothing is left to halve."""
    picture = np.full((*extent, 3), 255, np.uint8)
    height, width = extent
    boxes = np.array(
        [[0, 0, width, height], [-1e4, -1e4, 1e4, 1e4], [-1e8, -1e8, 1e8, 1e8]], np.float64
    )
    crops = crops_of(picture, boxes, CropShape(16, 8))
    assert torch.isfinite(crops).all()
    assert crops[0].mean() > 0
    assert crops[1:].abs().max() <= 1


def test_crops_leave_the_picture_alone() -> None:
    picture = ramp(60, 80)
    before = picture.copy()
    picture.setflags(write=False)
    crops_of(picture, np.array([[0.0, 0.0, 60.0, 60.0]]), CropShape(8, 8))
    np.testing.assert_array_equal(picture, before)


def test_only_good_crops_are_kept(crops: CropSet) -> None:
    assert crops.count == 5
    assert crops.pixels.shape == (60, 40, 20, 3)
    np.testing.assert_array_equal(np.bincount(crops.people), [12] * 5)
    np.testing.assert_array_equal(crops.pixels[0, 20, 10], [220, 20, 20])


def test_crops_of_people_seen_often_are_thinned_evenly() -> None:
    few = keep_crops(Colours(), SMALL.crop, most_sightings=5)
    np.testing.assert_array_equal(np.bincount(few.people), [3] * 5)
    nobody = keep_crops(Colours(), SMALL.crop, least_height_px=70)
    assert nobody.count == 0
    assert nobody.pixels.shape == (0, 40, 20, 3)
    with pytest.raises(ValueError, match="at least 2 people"):
        ReidTask(SMALL, nobody, 0)


def test_without_augmentation_the_kept_crop_is_the_crop() -> None:
    still = CropAugmentation(flip=0, shift=0, scale=0, brightness=0, erase=0)
    box = np.array([[40.0, 20.0, 72.0, 84.0]])
    shape = CropShape(64, 32)
    kept = crops_of(ramp(200, 240), box, CropShape(80, 40), margin=1.25)
    stored = ((kept + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    again = augment(stored, shape, still, np.random.default_rng(0))
    np.testing.assert_allclose(pixels(again), pixels(crops_of(ramp(200, 240), box, shape)), atol=1)
    mirrored = augment(stored, shape, CropAugmentation(1, 0, 0, 0, 0), np.random.default_rng(0))
    torch.testing.assert_close(mirrored, again.flip(3))


@pytest.mark.parametrize(
    "how", [{"shift": 0.1}, {"scale": 0.2}, {"brightness": 0.3}, {"erase": 1.0}]
)
def test_every_augmentation_changes_something(how: dict[str, float]) -> None:
    off = {"flip": 0.0, "shift": 0.0, "scale": 0.0, "brightness": 0.0, "erase": 0.0}
    stored = np.random.default_rng(1).integers(0, 255, (3, 40, 20, 3)).astype(np.uint8)
    plain = augment(stored, CropShape(32, 16), CropAugmentation(**off), np.random.default_rng(0))
    changed = augment(
        stored, CropShape(32, 16), CropAugmentation(**(off | how)), np.random.default_rng(0)
    )
    assert (plain != changed).any()
    assert torch.isfinite(changed).all()


def test_batches_follow_from_seed_and_step(crops: CropSet) -> None:
    task, same, other = (
        ReidTask(SMALL, crops, 1),
        ReidTask(SMALL, crops, 1),
        ReidTask(SMALL, crops, 2),
    )
    task.batch(0)
    for ours, theirs in zip(task.batch(7), same.batch(7), strict=True):
        assert torch.equal(ours, theirs)
    assert not torch.equal(task.batch(7)[0], task.batch(8)[0])
    assert not torch.equal(task.batch(7)[0], other.batch(7)[0])
    assert all(torch.equal(value, same.weights()[name]) for name, value in task.weights().items())
    batch_crops, people = task.batch(0)
    assert batch_crops.shape == (20, 3, 32, 16)
    np.testing.assert_array_equal(np.bincount(people), [4] * 5)


@pytest.mark.parametrize(
    ("config", "loss", "rate"),
    [
        (SMALL, ReidLossConfig(), 3e-3),
        (SMALL_OSNET, ReidLossConfig("linear", label_smoothing=0.1, triplet_weight=1.0), 3e-2),
    ],
)
def test_training_learns_people(
    config: ReidConfig, loss: ReidLossConfig, rate: float, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    task = ReidTask(config, keep_crops(Colours(), config.crop), 3, loss=loss)
    loop = LoopConfig(steps=40, learning_rate=rate, checkpoint_every=20, log_every=10)
    curve = train(task, loop, 3, tmp_path).about["curve"]
    assert curve[-1]["terms"]["reid"] < 0.7 * curve[0]["terms"]["reid"]
    assert curve[-1]["terms"]["right"] > 0.9
    if loss.triplet_weight:
        assert curve[-1]["terms"]["triplet"] < curve[0]["terms"]["triplet"]
    extractor = TrainedExtractor(config, task.weights())
    sample = Colours().load(30)
    first, second = (
        extractor.embed(Colours().load(index).picture, sample.boxes_xyxy[:5].astype(float))
        for index in (30, 31)
    )
    np.testing.assert_array_equal((first @ second.T).argmax(1), np.arange(5))


def test_training_that_was_interrupted_ends_in_the_same_weights(
    crops: CropSet, tmp_path: Path
) -> None:
    class Interrupted(ReidTask):
        def batch(self, step: int) -> tuple[torch.Tensor, ...]:
            if step == 5:
                raise KeyboardInterrupt
            return super().batch(step)

    torch.set_num_threads(1)
    loop = LoopConfig(steps=8, learning_rate=1e-3, checkpoint_every=2, log_every=2)
    whole = train(ReidTask(SMALL, crops, 0), loop, 0, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(Interrupted(SMALL, crops, 0), loop, 0, tmp_path / "broken")
    resumed = train(ReidTask(SMALL, crops, 0), loop, 0, tmp_path / "broken")
    assert whole.weights.keys() == resumed.weights.keys()
    assert all(torch.equal(value, resumed.weights[name]) for name, value in whole.weights.items())
    assert whole.about["curve"] == resumed.about["curve"]


def test_losses_of_batches_with_nothing_to_compare() -> None:
    loss = ReidLoss(ReidLossConfig(triplet_weight=1.0), 4, 3)
    total, _ = loss(torch.zeros(0, 4, requires_grad=True), torch.zeros(0, dtype=torch.int64))
    assert total.item() == 0
    features = torch.randn(3, 4, requires_grad=True)
    for people in (torch.arange(3), torch.zeros(3, dtype=torch.int64)):
        triplet = triplet_loss(features, people)
        assert triplet.item() == 0
        torch.autograd.backward(triplet)
    same = torch.ones(4, 4, requires_grad=True)
    torch.autograd.backward(triplet_loss(same, torch.tensor([0, 0, 1, 1])))
    assert same.grad is not None
    assert torch.isfinite(same.grad).all()


def test_triplet_loss_takes_the_hardest() -> None:
    """Anchors 0 and 1 are of one person (distance 3); the nearest other person is at 1 and 2."""
    features = torch.tensor([[0.0], [3.0], [1.0]])
    expected = torch.nn.functional.softplus(torch.tensor([3.0 - 1.0, 3.0 - 2.0])).mean()
    torch.testing.assert_close(triplet_loss(features, torch.tensor([0, 0, 1])), expected)


def test_cosine_softmax_does_not_depend_on_lengths() -> None:
    loss = ReidLoss(ReidLossConfig(), 4, 3)
    features, people = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    torch.testing.assert_close(loss(features, people)[0], loss(features * 9, people)[0])
    linear = ReidLoss(ReidLossConfig("linear"), 4, 3)
    assert linear(features, people)[0].item() != linear(features * 9, people)[0].item()
    smooth = ReidLoss(ReidLossConfig(label_smoothing=0.1), 4, 3)
    smooth.load_state_dict(loss.state_dict())
    assert smooth(features, people)[0].item() != loss(features, people)[0].item()


def test_an_extractor_takes_any_boxes() -> None:
    extractor = TrainedExtractor(SMALL, make_reid(SMALL).state_dict())
    picture = ramp(100, 120)
    boxes = np.array([[0.0, 0, 20, 40], [-900, 0, -800, 40], [5, 5, 5, 5]])
    embeddings = extractor.embed(picture, boxes)
    assert embeddings.shape == (3, extractor.embedding_size)
    assert np.isfinite(embeddings).all()
    np.testing.assert_array_equal(embeddings, extractor.embed(picture, boxes))
    assert extractor.embed(picture, np.empty((0, 4))).shape == (0, 16)


def test_an_extractors_digest_is_that_of_weights_and_config() -> None:
    weights = make_reid(SMALL).state_dict()
    digest = TrainedExtractor(SMALL, weights).digest
    assert digest == TrainedExtractor(SMALL, weights).digest
    stretched = ReidConfig(**{**vars(SMALL), "keep_aspect": False})
    assert digest != TrainedExtractor(stretched, weights).digest
    assert digest != TrainedExtractor(SMALL, make_reid(SMALL).state_dict()).digest
    with pytest.raises(MotBenchError, match="expected weights of ReidConfig") as caught:
        TrainedExtractor(SMALL, make_reid(SMALL_OSNET).state_dict())
    assert "\n" not in str(caught.value)
