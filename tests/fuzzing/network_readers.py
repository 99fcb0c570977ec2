"""Readers of networks: safetensors, manifests of checkpoints, files of torch.save, ONNX."""

from __future__ import annotations

import functools
import io
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fuzzing.binary_mutation import mutated_safetensors
from fuzzing.mutation import mutated_bytes, mutated_json
from fuzzing.reader import Reader, always
from mot_bench.models.checkpoint import MANIFEST, WEIGHTS, Checkpoint, checkpoint_files, tensors_of
from mot_bench.models.fairmot import FairMotNetwork, NetworkConfig
from mot_bench.models.reid import ReidConfig, make_reid
from mot_bench.networks.loading import load_detector, load_extractor
from mot_bench.networks.model_facts import anatomy
from mot_bench.networks.model_keys import Network
from mot_bench.networks.official import load_official, read_tensors
from mot_bench.suites.schema import ModelSpec

CONFIG = NetworkConfig("dla34_plain", 0.125, "fast", 8, 4)
REID = ReidConfig("osnet", 0.25, 8, 32, 16, 0.0)


@functools.cache
def _checkpoint(kind: str) -> dict[str, bytes]:
    """Return the files of a small checkpoint."""
    torch.manual_seed(0)
    if kind == "reid":
        weights, network = make_reid(REID).state_dict(), REID
        return checkpoint_files(
            Checkpoint(dict(weights), {}, {"kind": "reid", "network": vars(network), "curve": []})
        )
    about = {
        "kind": "fairmot",
        "network": vars(CONFIG),
        "pictures": {"height": 64, "width": 96},
        "step": 3,
    }
    about["curve"] = [{"step": 1, "learning_rate": 0.1, "terms": {"total": 1.0}}]
    return checkpoint_files(Checkpoint(FairMotNetwork(CONFIG).official_state(), {}, about))


def _manifest(kind: str, folder: Path) -> list[bytes]:
    files = _checkpoint(kind)
    (folder / WEIGHTS).write_bytes(files[WEIGHTS])
    return [files[MANIFEST]]


def _network(path: Path, kind: str) -> Network:
    spec = ModelSpec(
        title="a network", kind="reid" if kind == "reid" else "fairmot", file=str(path)
    )
    return Network("a", 0, spec, None, (), "key", {})


def _load_detector(path: Path) -> object:
    network = _network(path, "fairmot")
    detector = load_detector(network, path)
    return detector.detect([np.zeros((48, 64, 3), np.uint8)]), anatomy(network, path)


def _load_extractor(path: Path) -> object:
    network = _network(path, "reid")
    extractor = load_extractor(network, path)
    return extractor.embed(np.zeros((48, 64, 3), np.uint8), np.array([[1.0, 2, 20, 40]])), anatomy(
        network, path
    )


def _saved(content: object) -> bytes:
    out = io.BytesIO()
    torch.save(content, out)
    return out.getvalue()


def _torch_files(_: Path) -> list[bytes]:
    """Return checkpoints as people have them; one with numbers of NumPy."""
    state = FairMotNetwork(CONFIG).official_state()
    return [
        _saved({"epoch": np.int64(3), "best": np.float64(0.5), "state_dict": state}),
        _saved(state),
    ]


_TENSORS: tuple[Any, ...] = (
    torch.zeros(0), torch.zeros(()), torch.zeros(1, dtype=torch.complex64), torch.ones(1).expand(100_000, 100_000),
    torch.ones(1).expand(2**31, 64, 3, 3), torch.eye(3).to_sparse(), torch.empty(2, 2, device="meta"),
    torch.full((4, 4), float("nan")), torch.zeros(3, 0, 5, 5), torch.zeros(0, 3, 1, 1), torch.zeros(5000, 1, 1, 1),
    torch.ones(2, dtype=torch.bool), torch.ones(3, dtype=torch.int8), "text", None, 3, [1], {"a": torch.ones(1)},
    torch.ones(4, 4).t(), torch.ones(2, dtype=torch.bfloat16), np.float32(1),
)  # fmt: skip
_NAMES = (
    "hm.0.weight",
    "hm.2.weight",
    "wh.2.weight",
    "id.2.weight",
    "base.level2.root.conv.weight",
    "base.level0.0.weight",
)


def mutated_torch(rng: random.Random, content: bytes) -> bytes:
    """Return a file of torch.save with other tensors in it, or with a damaged pickle or bytes."""
    kind = rng.randrange(4)
    if kind == 0:
        return mutated_bytes(rng, content)
    if kind == 1:
        return _other_pickle(rng, content)
    saved = torch.load(io.BytesIO(content), weights_only=False)
    state = saved.get("state_dict", saved)
    for _ in range(rng.choice((1, 1, 3))):
        name = rng.choice((*_NAMES, *list(state)))
        if rng.random() < 0.3:
            state.pop(name, None)
        else:
            state[name if rng.random() < 0.9 else rng.choice((3, "", "\x00", "a" * 3000))] = (
                rng.choice(_TENSORS)
            )
    if rng.random() < 0.2:
        saved["epoch"] = rng.choice(
            (10**30, -1, "3", np.float32("nan"), np.array([1]), np.array("a"), None)
        )
    return _saved(saved)


def _other_pickle(rng: random.Random, content: bytes) -> bytes:
    """Return the archive with bytes of one member changed and check sums that fit."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as changed:
        names = archive.namelist()
        chosen = rng.choice(
            (next(name for name in names if name.endswith("data.pkl")), rng.choice(names))
        )
        for name in names:
            data = archive.read(name)
            changed.writestr(name, mutated_bytes(rng, data) if name == chosen else data)
    return out.getvalue()


def _onnx(folder: Path) -> list[bytes]:
    from onnx_samples import constant_network, yolox_output

    detector = constant_network(
        folder / "detector.onnx", yolox_output((10, 0.5, 0.5, 0.0, 1.0, 0.9, 0.5))
    )
    extractor = constant_network(folder / "extractor.onnx", np.ones((1, 8), np.float32))
    return [detector.read_bytes(), extractor.read_bytes()]


def _load_onnx(path: Path) -> object:
    from mot_bench.detectors.onnx_detector import OnnxDetector
    from mot_bench.detectors.onnx_reid import OnnxExtractor
    from mot_bench.errors import MotBenchError

    pictures = [np.zeros((48, 64, 3), np.uint8)]
    try:
        OnnxExtractor(path).embed(pictures[0], np.array([[1.0, 2, 20, 40]]))
    except MotBenchError:
        return OnnxDetector(path).detect(pictures)
    return None


def _small_tensors() -> bytes:
    from safetensors.torch import save

    return save(
        {"a": torch.ones(2, 3), "b": torch.arange(4), "c": torch.ones((), dtype=torch.float16)}
    )


def _safetensors_file(_: Path) -> list[bytes]:
    from safetensors.torch import save

    return [save(FairMotNetwork(CONFIG).official_state())]


def _read_tensors(path: Path) -> object:
    from mot_bench.errors import InputError
    from mot_bench.models.checkpoint import CheckpointFault

    try:
        return tensors_of(path, path.read_bytes())
    except CheckpointFault as error:
        raise InputError(error.path, error.expected, error.found) from error


def _both(path: Path) -> object:
    read_tensors(path)
    return load_official(path)


NETWORK_READERS = (
    Reader("safetensors", "binary", "a.safetensors", always(_small_tensors()), mutated_safetensors, _read_tensors),
    Reader("network in safetensors", "binary", "a.safetensors", _safetensors_file, mutated_safetensors, _both),
    Reader("network of torch.save", "binary", "a.pth", _torch_files, mutated_torch, _both),
    Reader("manifest of a detector", "binary", MANIFEST, functools.partial(_manifest, "fairmot"), mutated_json,
           lambda path: _load_detector(path.parent)),
    Reader("manifest of a ReID network", "binary", MANIFEST, functools.partial(_manifest, "reid"), mutated_json,
           lambda path: _load_extractor(path.parent)),
    Reader("ONNX", "binary", "a.onnx", _onnx, mutated_bytes, _load_onnx),
)  # fmt: skip
