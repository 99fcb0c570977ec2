"""``mot-bench models load``, from a file to a detector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from mot_bench import cli
from mot_bench.models.fairmot import FairMotNetwork, NetworkConfig


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(3)
    network = FairMotNetwork(NetworkConfig("dla34", 0.25, "full", 8, 4))
    state = {f"module.{name}": tensor for name, tensor in network.official_state().items()}
    state["module.base.fc.weight"] = torch.zeros(10, 4, 1, 1)
    torch.save({"epoch": 3, "state_dict": state}, tmp_path / "there.pth")
    return tmp_path / "there.pth"


def test_it_says_what_was_loaded_in_one_line(checkpoint: Path) -> None:
    result = CliRunner().invoke(cli.app, ["models", "load", str(checkpoint)])
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "there.pth: dla34 x0.25, ltrb boxes, ReID 4, epoch 3: 402 of 402 tensors loaded"
    )
    assert result.stdout.endswith("ignored 1 (base.fc.weight), missing 0\n")
    assert result.stdout.count("\n") == 1


def test_the_folder_and_the_file_are_the_same_detector(checkpoint: Path, tmp_path: Path) -> None:
    from mot_bench.networks.loading import detector_embedding_size, load_detector
    from mot_bench.networks.model_keys import Network
    from mot_bench.suites.schema import ModelSpec

    folder = tmp_path / "folder"
    command = [
        "models",
        "load",
        str(checkpoint),
        "--out",
        str(folder),
        "--height",
        "64",
        "--width",
        "96",
    ]
    result = CliRunner().invoke(cli.app, command)
    assert result.exit_code == 0, result.output
    assert f"written: {folder} (96x64)" in result.stdout
    assert detector_embedding_size(folder) == detector_embedding_size(checkpoint) == 4
    picture = np.random.default_rng(0).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    spec = ModelSpec(kind="fairmot", file=str(folder))
    detections = load_detector(Network("m", 0, spec, None, (), "key", {}), folder).detect(
        [picture]
    )[0]
    assert len(detections) > 0
    assert detections.embeddings is not None
    assert detections.embeddings.shape[1] == 4


@pytest.mark.parametrize("options", [["--height", "600"], ["--width", "0"]])
def test_sizes_that_do_not_fit_are_refused(checkpoint: Path, options: list[str]) -> None:
    result = CliRunner().invoke(cli.app, ["models", "load", str(checkpoint), *options])
    assert result.exit_code == 2
    assert "expected a multiple of 32" in result.stderr


def test_a_fault_is_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.app, ["models", "load", str(tmp_path / "none.pth")])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
