"""FairMOT's networks: names and shapes of the official checkpoints, maps of the right size, weights that move."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import torch

from mot_bench.models.fairmot import STRIDE, Architecture, FairMotNetwork, NetworkConfig

KEYS = {
    "dla34": "dla34",
    "hrnet_w18": "hrnet_18",
    "hrnet_w32": "hrnet_32",
    "resnet34": "resdcn_34",
    "resnet50": "resdcn_50",
    "resnet34_fpn": "resfpndcn_34",
}
SLIM = {"dla34": 0.25, "dla34_plain": 0.25, "hrnet_w18": 0.25, "hrnet_w32": 0.125}
ARCHITECTURES = get_args(Architecture)


def network(architecture: str, **options: object) -> FairMotNetwork:
    torch.manual_seed(0)
    return FairMotNetwork(NetworkConfig(architecture, **options)).eval()  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", KEYS)
def test_every_name_and_shape_of_the_official_checkpoint_is_there(
    architecture: str, data_root: Path
) -> None:
    listing = data_root.parent / "reference" / "checkpoint_keys" / f"{KEYS[architecture]}_keys.txt"
    if not listing.is_file():
        pytest.skip(f"no {listing.name} beside the data root")
    official = dict(line.split("\t") for line in listing.read_text().splitlines())
    ours = {
        name: str(tuple(tensor.shape))
        for name, tensor in network(architecture).official_state().items()
    }
    assert ours == official


def test_the_plain_network_is_the_official_one_without_deformable_convolution() -> None:
    """Of the up path's 16 convolutions only the weights are left: the official pose_dla_conv.py has no bias there."""
    deformable = {name: tensor.shape for name, tensor in network("dla34").official_state().items()}
    plain = {name: tensor.shape for name, tensor in network("dla34_plain").official_state().items()}
    gone = (".conv.bias", ".conv.conv_offset_mask.weight", ".conv.conv_offset_mask.bias")
    assert plain == {name: shape for name, shape in deformable.items() if not name.endswith(gone)}
    assert len(deformable) - len(plain) == 16 * len(gone)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_maps_are_a_quarter_of_the_picture_and_depend_on_it(architecture: str) -> None:
    net = network(
        architecture, width=SLIM.get(architecture, 1.0), head_channels=16, embedding_size=8
    )
    picture = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        maps = net(picture)
        assert maps.heat_B1hw.shape == (2, 1, 64 // STRIDE, 96 // STRIDE)
        assert maps.size_Bchw.shape == (2, 4, 16, 24)
        assert maps.offset_B2hw.shape == (2, 2, 16, 24)
        assert maps.embedding_BDhw is not None
        assert maps.embedding_BDhw.shape == (2, 8, 16, 24)
        assert not torch.equal(maps.heat_B1hw[0], maps.heat_B1hw[1])
        again = net(picture[:1])
    assert torch.allclose(again.heat_B1hw, maps.heat_B1hw[:1], atol=1e-4)


@pytest.mark.parametrize("reid", [True, False])
def test_reading_heads_at_places_is_the_same_as_looking_there_in_their_maps(reid: bool) -> None:
    net = network(
        "dla34_plain", width=0.125, head_channels=16, embedding_size=8 if reid else 0
    ).double()
    generator = torch.Generator().manual_seed(2)
    picture = torch.rand(2, 3, 64, 96, generator=generator, dtype=torch.float64)
    corners = torch.tensor([0, 23, 15 * 24, 16 * 24 - 1, 5, 24])
    places = torch.stack((corners, torch.randint(16 * 24, (6,), generator=generator)))
    wanted = net(picture).at(places)
    features = net.trunk(picture)
    found = net.read(features, net.hm(features), places)
    assert (wanted.embedding_BKD is not None) == reid
    gradients = []
    for readings in (wanted, found):
        net.zero_grad()
        parts = [readings.size_BKc, readings.offset_BK2, readings.embedding_BKD, readings.heat_B1hw]
        sum((part**2).sum() for part in parts if part is not None).backward()  # type: ignore[union-attr]
        gradients.append({name: p.grad for name, p in net.named_parameters() if p.grad is not None})
    torch.testing.assert_close(vars(found), vars(wanted))
    torch.testing.assert_close(*gradients)
    assert len(gradients[0]) > 50
    none = net.read(features, net.hm(features), torch.empty(2, 0, dtype=torch.int64))
    assert none.size_BKc.shape == (2, 0, 4)


@pytest.mark.parametrize("architecture", ["dla34", "hrnet_w18", "resnet34", "resnet34_fpn"])
def test_an_official_style_checkpoint_gives_the_same_output_as_its_network(
    architecture: str,
) -> None:
    width = SLIM.get(architecture, 1.0)
    made = network(architecture, width=width, head_channels=16)
    torch.manual_seed(5)
    other = FairMotNetwork(NetworkConfig(architecture, width=width, head_channels=16)).eval()  # type: ignore[arg-type]
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        assert not torch.equal(other(picture).size_Bchw, made(picture).size_Bchw)
        missing, unexpected = other.load_official_state(made.official_state())
        assert (missing, unexpected) == ([], [])
        for one, two in zip(
            vars(other(picture)).values(), vars(made(picture)).values(), strict=True
        ):
            assert torch.equal(one, two)


def test_names_that_do_not_fit_are_told() -> None:
    net = network("dla34", width=0.25)
    state = net.official_state()
    del state["hm.2.bias"]
    state["base.fc.weight"] = torch.zeros(1)
    assert net.load_official_state(state) == (["hm.2.bias"], ["base.fc.weight"])


def test_a_network_without_reid_has_no_branch_for_it() -> None:
    net = network("dla34_plain", width=0.25, embedding_size=0)
    assert net(torch.rand(1, 3, 32, 32)).embedding_BDhw is None
    assert not any(name.startswith("id.") for name in net.official_state())


def test_the_ablations_change_what_they_name() -> None:
    def size(architecture: str = "dla34", **options: object) -> int:
        return sum(parameter.numel() for parameter in network(architecture, **options).parameters())

    full = size()
    assert full == 19_836_711  # FairMOT's DLA-34 with 128-d embeddings
    assert size("dla34_plain") < full
    assert size(ltrb=False) == full - 2 * 257
    assert size(width=0.25, stem="fast") != size(width=0.25) < full / 4


@pytest.mark.parametrize("architecture", ["dla34", "hrnet_w18"])
def test_every_parameter_learns_but_the_projections_that_are_never_used(architecture: str) -> None:
    net = network(architecture, width=0.25, head_channels=8, embedding_size=4).train()
    for (
        layer
    ) in net.modules():  # offsets at zero have a gradient, masks too; sizes begin at nearly nothing
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.normal_(layer.weight, std=0.1)
    maps = net(torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(3)))
    sum(output.square().sum() for output in vars(maps).values()).backward()
    idle = {name for name, parameter in net.named_parameters() if parameter.grad is None}
    expected = {f"trunk.base.level{level}.project.{part}" for level in (3, 4) for part in
                ("0.weight", "1.weight", "1.bias")} if architecture == "dla34" else set()  # fmt: skip
    assert idle == expected


def test_what_there_is_no_slim_version_of_is_refused() -> None:
    with pytest.raises(ValueError, match="width: expected 1 for resnet34"):
        network("resnet34", width=0.5)
    with pytest.raises(ValueError, match="stem: expected full for hrnet_w18"):
        network("hrnet_w18", stem="fast")
