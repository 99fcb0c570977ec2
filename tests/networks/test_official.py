"""Official FairMOT checkpoints: every architecture found by its tensors, the same maps, and every fault in one line."""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from mot_bench.errors import InputError
from mot_bench.models.fairmot import Architecture, FairMotNetwork, NetworkConfig
from mot_bench.networks.official import infer_config, load_official, write_loaded

ARCHITECTURES = get_args(Architecture)
LISTINGS = {
    "dla34": "dla34",
    "hrnet_w18": "hrnet_18",
    "hrnet_w32": "hrnet_32",
    "resnet34": "resdcn_34",
    "resnet50": "resdcn_50",
    "resnet34_fpn": "resfpndcn_34",
}
SLIM = NetworkConfig("dla34_plain", 0.25, "fast", 8, 4)


def made(config: NetworkConfig, seed: int = 1) -> FairMotNetwork:
    """A network of which nothing is as it was at the start, batch norm's statistics included."""
    torch.manual_seed(seed)
    network = FairMotNetwork(config)
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.1)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
    for head in (network.hm, network.wh, network.id, network.reg):
        if head is not None:
            torch.nn.init.normal_(head.get_parameter("2.weight"), std=0.1)
    return network.eval()


def official(network: FairMotNetwork, **more: Any) -> dict[str, Any]:
    """As the official code saves it: ``module.`` in front, the ImageNet classifier of DLA, epoch and optimiser."""
    state = {f"module.{name}": tensor for name, tensor in network.official_state().items()}
    if network.config.architecture.startswith("dla34"):
        state |= {
            "module.base.fc.weight": torch.zeros(10, 4, 1, 1),
            "module.base.fc.bias": torch.zeros(10),
        }
    return {
        "epoch": 30,
        "state_dict": state,
        "optimizer": {"state": {}, "param_groups": [{"lr": 1e-4}]},
        **more,
    }


def saved(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_checkpoint_gives_the_same_maps_as_its_network(
    architecture: Architecture, tmp_path: Path
) -> None:
    network = made(NetworkConfig(architecture, 1.0, "full", 16, 8))
    loaded = load_official(saved(tmp_path / "there.pth", official(network)))
    assert loaded.config == network.config
    assert loaded.missing == []
    count, extra = len(network.official_state()), 2 if architecture.startswith("dla34") else 0
    assert len(loaded.ignored) == extra
    ignored = "2 (base.fc.weight, base.fc.bias)" if extra else "0"
    assert loaded.summary == (
        f"there.pth: {architecture}, ltrb boxes, ReID 8, epoch 30: {count} of {count} tensors loaded, "
        f"ignored {ignored}, missing 0"
    )
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        for one, two in zip(
            vars(loaded.network(picture)).values(), vars(network(picture)).values(), strict=True
        ):
            assert torch.equal(one, two)


@pytest.mark.parametrize(
    "config",
    [
        SLIM,
        NetworkConfig("dla34", 0.25, "full", 8, 0),
        NetworkConfig("dla34", 0.375, "fast", 256, 512, ltrb=False),
        NetworkConfig("hrnet_w18", 0.25, "full", 8, 4, ltrb=False),
        NetworkConfig("hrnet_w32", 0.25, "full", 8, 0),
    ],
    ids=str,
)
def test_slim_networks_box_formats_and_reid_widths_are_found(
    config: NetworkConfig, tmp_path: Path
) -> None:
    network = made(config)
    assert load_official(saved(tmp_path / "there.pth", official(network))).config == config
    save_file(network.official_state(), tmp_path / "there.safetensors")
    loaded = load_official(tmp_path / "there.safetensors")
    assert loaded.config == config
    assert "no epoch" in loaded.summary
    assert torch.equal(
        loaded.network.official_state()["hm.2.weight"], network.official_state()["hm.2.weight"]
    )


@pytest.mark.parametrize("architecture", LISTINGS)
def test_the_official_listing_is_that_of_the_architecture(
    architecture: str, data_root: Path
) -> None:
    listing = (
        data_root.parent / "reference" / "checkpoint_keys" / f"{LISTINGS[architecture]}_keys.txt"
    )
    if not listing.is_file():
        pytest.skip(f"no {listing.name} beside the data root")
    shapes = {
        name: tuple(int(part) for part in shape.strip("()").split(",") if part.strip())
        for name, shape in (line.split("\t") for line in listing.read_text().splitlines())
    }
    config = infer_config(
        {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}, listing
    )
    assert config == NetworkConfig(architecture)  # type: ignore[arg-type]
    with torch.device("meta"):
        ours = FairMotNetwork(config).official_state()
    assert {name: tuple(tensor.shape) for name, tensor in ours.items()} == shapes


def test_tensors_alone_and_missing_counters_are_enough(tmp_path: Path) -> None:
    network = made(SLIM)
    state = {
        name: tensor
        for name, tensor in network.official_state().items()
        if "num_batches" not in name
    }
    loaded = load_official(
        saved(tmp_path / "there.pt", {f"module.{name}": each for name, each in state.items()})
    )
    assert len(loaded.missing) == len(network.official_state()) - len(state) > 10
    assert f"{len(state)} of {len(network.official_state())} tensors loaded" in loaded.summary
    assert f"missing {len(loaded.missing)} (" in loaded.summary
    assert loaded.summary.count("\n") == 0


def test_a_written_folder_is_loaded_as_one_of_our_own(tmp_path: Path) -> None:
    from mot_bench.networks.loading import network_config, read

    network = made(SLIM)
    loaded = load_official(saved(tmp_path / "there.pth", official(network)))
    folder = tmp_path / "folder"
    for _ in range(2):
        write_loaded(loaded, folder, source=tmp_path / "there.pth", height=64, width=96)
    checkpoint = read(folder)
    assert network_config(checkpoint.about, folder) == SLIM
    assert checkpoint.about["pictures"] == {"height": 64, "width": 96}
    assert checkpoint.about["source"]["file"] == "there.pth"
    for name, tensor in network.official_state().items():
        assert torch.equal(checkpoint.weights[name], tensor)
    (tmp_path / "other").mkdir()
    with pytest.raises(
        InputError, match="expected a new folder, or one with a checkpoint, found something else"
    ):
        write_loaded(loaded, tmp_path / "other", source=tmp_path / "there.pth")


def changed(name: str, tensor: Tensor | None) -> dict[str, Any]:
    """An official checkpoint with one tensor replaced, or left out."""
    content = official(made(SLIM))
    content["state_dict"].pop(f"module.{name}", None)
    if tensor is not None:
        content["state_dict"][f"module.{name}"] = tensor
    return content


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"epoch": 3, "optimizer": {}},
            "expected a state_dict of tensors, found entries epoch, optimizer",
        ),
        ([1, 2], "expected a state_dict, found a list"),
        ({"state_dict": {}}, "expected a state_dict, found entries state_dict"),
        ({"state_dict": {"hm.0.weight": 3}}, "'hm.0.weight' is no tensor"),
        (
            {"state_dict": {"x": torch.zeros(1)}},
            "expected a FairMOT network's tensor hm.0.weight, found 1 tensors",
        ),
        (
            changed("hm.2.bias", None),
            "tensors of dla34_plain x0.25, fast stem, ltrb boxes, ReID 4, found missing 1",
        ),
        (
            changed("last_layer.0.weight", torch.zeros(1)),
            "found missing 0, unknown 1 (last_layer.0.weight)",
        ),
        (
            changed("hm.2.weight", torch.zeros(80, 8, 1, 1)),
            "expected a heat map of one class (hm.2.weight), found 80",
        ),
        (
            changed("wh.2.weight", torch.zeros(3, 8, 1, 1)),
            "expected boxes of 2 or 4 channels (wh.2.weight), found 3",
        ),
        (
            changed("wh.2.weight", torch.zeros(4)),
            "expected wh.2.weight as the weight of a convolution, found shape",
        ),
        (changed("reg.2.bias", torch.zeros(3)), "expected reg.2.bias of shape (2,) (dla34_plain"),
        (
            changed("reg.2.bias", torch.zeros(2).long()),
            "expected reg.2.bias of type torch.float32, found torch.int64",
        ),
        (
            changed("reg.2.bias", torch.tensor([0, float("nan")])),
            "expected finite numbers in reg.2.bias, found NaN",
        ),
        (
            changed("base.base_layer.0.weight", None),
            "expected a FairMOT network on DLA-34, HRNet or ResNet",
        ),
    ],
)
def test_what_is_no_checkpoint_of_a_known_network_is_told(
    content: object, expected: str, tmp_path: Path
) -> None:
    check_fault(saved(tmp_path / "there.pth", content), expected)


def check_fault(path: Path, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        load_official(path)
    assert str(caught.value).startswith(f"{path}: expected ")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


class Harmful:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("zipped", [True, False])
def test_code_is_refused_and_not_run(zipped: bool, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for content in (
        official(made(SLIM), more=Harmful(mark)),
        official(made(SLIM), opt=argparse.Namespace(lr=1)),
    ):
        torch.save(content, tmp_path / "there.pth", _use_new_zipfile_serialization=zipped)
        check_fault(tmp_path / "there.pth", "which is not run: save its state_dict alone")
    assert not mark.exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_truncated_and_other_files_are_told(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"there{suffix}"
    check_fault(path, "found No such file or directory")
    if suffix == ".pth":
        saved(path, official(made(SLIM)))
    else:
        save_file(made(SLIM).official_state(), path)
    whole = path.read_bytes()
    for content in (
        whole[:1000],
        whole[: len(whole) // 2],
        whole[:-100],
        b"",
        b"no checkpoint\n" * 100,
        b"\x80\x02.",
    ):
        path.write_bytes(content)
        check_fault(path, "(truncated, or another kind of file)")
    path.unlink()
    path.mkdir()
    check_fault(path, "found a folder")


def test_large_files_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mot_bench.networks import official as module

    path = saved(tmp_path / "there.pth", official(made(SLIM)))
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(100_000))
    monkeypatch.setattr(module, "MOST_BYTES", 50_000)
    check_fault(tmp_path / "bomb.pth", "100000 bytes when unpacked")
    check_fault(path, f"expected a checkpoint of at most 0 GiB, found {path.stat().st_size} bytes")
