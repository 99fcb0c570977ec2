"""Networks at work: folding changes nothing, pictures of any size come out in their own pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from mot_bench.models.fairmot import Architecture, FairMotNetwork, NetworkConfig
from mot_bench.models.inference import DetectConfig, PictureDetector, folded, multiply_adds

CONFIGS = {
    "dla34": NetworkConfig("dla34", 0.25, "full", 16, 8),
    "dla34_plain": NetworkConfig("dla34_plain", 0.25, "fast", 16, 8),
    "hrnet_w18": NetworkConfig("hrnet_w18", 0.25, "full", 16, 8),
    "resnet34": NetworkConfig("resnet34", 1.0, "full", 16, 8),
    "resnet50": NetworkConfig("resnet50", 1.0, "full", 16, 8, ltrb=False),
    "resnet34_fpn": NetworkConfig("resnet34_fpn", 1.0, "full", 16, 0),
}


def used(config: NetworkConfig) -> FairMotNetwork:
    """A network whose batch norms have seen something, as after training."""
    torch.manual_seed(0)
    network = FairMotNetwork(config)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.2, 0.2)
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    return network.eval()


@pytest.mark.parametrize("name", CONFIGS)
def test_folding_is_the_same_function(name: Architecture) -> None:
    network = used(CONFIGS[name])
    quick = folded(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in quick.modules())
    x = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        before, after = network(x), quick(x)
    for part in ("heat_B1hw", "size_Bchw", "offset_B2hw", "embedding_BDhw"):
        a, b = getattr(before, part), getattr(after, part)
        assert (a is None) == (b is None)
        if a is not None:
            assert torch.allclose(a, b, atol=2e-4 * max(1.0, float(a.abs().max()))), part


@pytest.fixture(scope="module")
def detector() -> PictureDetector:
    """Finds somebody of some size wherever its untrained heat map has a peak."""
    network = used(CONFIGS["dla34_plain"])
    nn.init.constant_(network.wh[2].bias, 2.0)  # type: ignore[arg-type]
    return PictureDetector(network, DetectConfig(64, 96, most=20, min_score=0.0))


def test_detections_are_in_the_pixels_of_the_picture(detector: PictureDetector) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
    large = picture.repeat(2, axis=0).repeat(2, axis=1)
    one, two = detector.detect([picture])[0], detector.detect([large])[0]
    assert 3 < len(one.scores) <= 20
    assert torch.allclose(one.boxes_xyxy * 2, two.boxes_xyxy, atol=1e-6)
    assert torch.equal(one.scores, two.scores)


def test_a_batch_is_its_pictures_one_by_one(detector: PictureDetector) -> None:
    pictures = [
        np.random.default_rng(seed).integers(0, 255, (48, 90, 3), np.uint8) for seed in range(3)
    ]
    together = detector.detect(pictures)
    for picture, found in zip(pictures, together, strict=True):
        alone = detector.detect([picture])[0]
        assert torch.allclose(alone.boxes_xyxy, found.boxes_xyxy, atol=1e-3)
        assert alone.embeddings_ND is not None
        assert found.embeddings_ND is not None
        assert torch.allclose(alone.embeddings_ND, found.embeddings_ND, atol=1e-4)
    assert detector.detect([]) == []


def test_embeddings_at_given_boxes_are_those_of_detections_there(detector: PictureDetector) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (64, 96, 3), np.uint8)
    found = detector.detect([picture])[0]
    assert found.embeddings_ND is not None
    heat = detector.network(torch.from_numpy(picture).permute(2, 0, 1)[None] / 255).heat_B1hw[0, 0]
    place = int(heat.argmax())
    x, y = 4 * (place % heat.shape[1]) + 2, 4 * (place // heat.shape[1]) + 2
    box = np.array([[x - 5.0, y - 9.0, x + 5.0, y + 9.0], [-900, -900, -800, -800]])
    looked = detector.look(detector.shown([picture]), 96, 64, [box])[1][0]
    assert looked.shape == (2, 8)
    assert np.allclose(looked[0], found.embeddings_ND[0].numpy(), atol=1e-5)
    assert np.allclose(np.linalg.norm(looked, axis=1), 1, atol=1e-5)
    assert detector.look(detector.shown([picture]), 96, 64, [np.empty((0, 4))])[1][0].shape == (
        0,
        8,
    )


def test_multiply_adds_of_a_known_network() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ConvTranspose2d(4, 2, 2, stride=2))
    assert multiply_adds(network, 8, 10) == 8 * 10 * 4 * 27 + 8 * 10 * 4 * 8


def test_multiply_adds_count_heads_where_they_are_used() -> None:
    def count(head_channels: int) -> int:
        config = NetworkConfig(
            "dla34_plain", width=0.25, head_channels=head_channels, embedding_size=8
        )
        return multiply_adds(FairMotNetwork(config), 64, 96)

    nine = 9 * 16
    everywhere, at_places = 16 * 24 * (nine + 1), 128 * (3 * nine + 4 + 2 + 8)
    assert count(24) - count(16) == 8 * (everywhere + at_places)
