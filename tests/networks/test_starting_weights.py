"""Weights that a training starts from: what fits is taken, what does not is said, and another network is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from training_samples import Rectangles

from mot_bench.models.fairmot import FairMotNetwork, NetworkConfig
from mot_bench.models.fairmot_task import FairMotTask, PictureConfig
from mot_bench.models.losses import LossConfig
from mot_bench.networks.standalone_training import _weights

SLIM = NetworkConfig("dla34_plain", 0.125, "fast", 8, 4)


def task(network: NetworkConfig, start: dict[str, Tensor]) -> FairMotTask:
    pictures = PictureConfig(64, 96, 2)
    return FairMotTask(network, LossConfig(), pictures, Rectangles(), 0, start=start)


def centernet(classes: int = 80) -> dict[str, Tensor]:
    """Return the tensors of a CenterNet for COCO: other heat maps, box sizes of two channels, no ReID."""
    torch.manual_seed(3)
    state = FairMotNetwork(
        NetworkConfig("dla34_plain", 0.125, "fast", 8, 0, ltrb=False)
    ).official_state()
    return {
        **state,
        "hm.2.weight": torch.zeros(classes, 8, 1, 1),
        "hm.2.bias": torch.zeros(classes),
    }


def test_the_backbone_of_another_detector_is_taken_and_its_heads_are_left() -> None:
    start = centernet()
    made = task(SLIM, start)
    for name, tensor in made.network.official_state().items():
        if name in start and not name.startswith(("hm.2.", "wh.2.")):
            assert torch.equal(tensor, start[name]), name
    told = str(made.about["start"])
    assert "new, since none in the file fit: hm (2), id (4), wh (2)" in told
    assert "in the file and not used: hm (2), wh (2)" in told
    assert "\n" not in told


def test_weights_of_another_width_or_architecture_are_refused() -> None:
    with pytest.raises(ValueError, match=r"perhaps --set network\.width=0\.125"):
        task(NetworkConfig("dla34_plain", 0.25, "fast", 8, 4), centernet())
    with pytest.raises(ValueError, match=r"with other names .*network\.architecture"):
        task(SLIM, {"backbone.conv.weight": torch.zeros(3, 3)})
    with pytest.raises(ValueError, match=r"finite numbers in reg\.2\.bias"):
        task(SLIM, {**centernet(), "reg.2.bias": torch.full((2,), float("nan"))})


def test_the_public_checkpoint_of_coco_starts_a_training(data_root: Path) -> None:
    file = data_root.parent / "cases" / "45-coco-weights" / "small_ctdet_coco.pth"
    if not file.is_file():
        pytest.skip(f"no {file.name} beside the data root")
    made = task(NetworkConfig("dla34", 0.0625, "full", 8, 4), _weights(file))
    assert "new, since none in the file fit: hm (2), id (4), wh (2)" in str(made.about["start"])
