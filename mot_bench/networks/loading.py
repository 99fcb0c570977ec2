"""Weights to detectors and ReID extractors, whoever made them: trained here, official checkpoints, ONNX files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mot_bench.detectors.interface import Detector, Extractor
from mot_bench.errors import InputError, quoted, reading
from mot_bench.networks.model_keys import Network

if TYPE_CHECKING:
    from mot_bench.models.checkpoint import Checkpoint
    from mot_bench.models.reid import ReidConfig

MOST_SIDE = 8192  # of a network's input, in pixels
INPUT_HEIGHT, INPUT_WIDTH = 608, 1088  # of official checkpoints, which do not say


def load_detector(network: Network, folder: Path, device: str = "cpu") -> Detector:
    """The detector of a network.

    Args:
        network: of kind ``fairmot``.
        folder: its checkpoint, for a network that is trained here.
        device: as torch names it.

    Raises:
        InputError: the weights are missing, damaged or of no network that is known.
    """
    if network.spec.file is not None and network.spec.file.endswith(".onnx"):
        from mot_bench.detectors.onnx_detector import OnnxDetector

        return OnnxDetector(Path(network.spec.file))
    from mot_bench.detectors.fairmot import FairMotDetector
    from mot_bench.models.fairmot import FairMotNetwork
    from mot_bench.models.inference import DetectConfig
    from mot_bench.networks.official import check_tensors, load_official

    place = folder if network.spec.file is None else Path(network.spec.file)
    if place.is_dir():
        checkpoint = read(place)
        config = DetectConfig(*picture_size(checkpoint.about, place))
        with reading(place, "a network that is known here"):
            made = FairMotNetwork(network_config(checkpoint.about, place))
        check_tensors(
            place,
            "this version's network (train it again)",
            made.official_state(),
            checkpoint.weights,
        )
        made.load_official_state(checkpoint.weights)
    else:
        made, config = load_official(place).network, DetectConfig(INPUT_HEIGHT, INPUT_WIDTH)
    return FairMotDetector(made, config, network.key, device)


def load_extractor(network: Network, folder: Path, device: str = "cpu") -> Extractor:
    """The ReID extractor of a network of kind ``reid`` (arguments and errors as ``load_detector``)."""
    if network.spec.file is not None and network.spec.file.endswith(".onnx"):
        from mot_bench.detectors.onnx_reid import OnnxExtractor

        return OnnxExtractor(Path(network.spec.file))
    from mot_bench.detectors.reid import TrainedExtractor

    place = folder if network.spec.file is None else Path(network.spec.file)
    checkpoint = read(place)
    config = reid_config(checkpoint.about, place)
    with reading(place, "weights of the network in the manifest"):
        return TrainedExtractor(config, checkpoint.weights, device=device)


def read(folder: Path) -> Checkpoint:
    """A checkpoint's network and manifest.

    Raises:
        InputError: it is missing, truncated or was changed.
    """
    from mot_bench.models.checkpoint import CheckpointFault, read_checkpoint

    with reading(folder, "a checkpoint"):
        try:
            return read_checkpoint(folder, with_training=False)
        except CheckpointFault as error:
            raise InputError(error.path, error.expected, error.found) from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a checkpoint's manifest (errors as ``read``)."""
    from mot_bench.models import checkpoint

    try:
        return checkpoint.read_manifest(folder)
    except checkpoint.CheckpointFault as error:
        raise InputError(error.path, error.expected, error.found) from error


def detector_embedding_size(path: Path) -> int:
    """Length of the embeddings that a checkpoint of a detector gives; 0 for none (errors as ``load_detector``)."""
    if path.is_dir():
        return int(network_config(read(path).about, path).embedding_size)
    from mot_bench.networks.official import load_official

    return load_official(path).network.config.embedding_size


def network_config(about: dict[str, Any], place: Path) -> Any:
    """The NetworkConfig that a checkpoint's manifest states.

    Raises:
        InputError: it states none.
    """
    from mot_bench.models.fairmot import NetworkConfig

    fields = {field.name for field in dataclasses.fields(NetworkConfig)}
    stated = about.get("network")
    if about.get("kind") != "fairmot" or not isinstance(stated, dict) or set(stated) != fields:
        raise InputError(
            place, "a FairMOT network's checkpoint", f"kind {quoted(about.get('kind'))}"
        )
    with reading(place, "a FairMOT network's checkpoint"):
        return NetworkConfig(**stated)


def reid_config(about: dict[str, Any], place: Path) -> ReidConfig:
    """Return the ReidConfig that a checkpoint's manifest states (errors as ``network_config``)."""
    from mot_bench.models.reid import ReidConfig

    if about.get("kind") != "reid" or not isinstance(about.get("network"), dict):
        raise InputError(place, "a ReID network", f"one of kind {quoted(about.get('kind'))}")
    with reading(place, "a ReID network's checkpoint"):
        return ReidConfig(**about["network"])


def picture_size(about: dict[str, Any], place: Path) -> tuple[int, int]:
    """Return height and width of a network's input, as a checkpoint's manifest states them.

    Raises:
        InputError: it states none, or sizes that no network takes.
    """
    stated = about.get("pictures")
    sizes = [stated.get(side) for side in ("height", "width")] if isinstance(stated, dict) else []
    if len(sizes) != 2 or not all(
        type(size) is int and 0 < size <= MOST_SIDE and size % 32 == 0 for size in sizes
    ):
        raise InputError(
            place, f"pictures of sides to {MOST_SIDE} pixels, multiples of 32", quoted(stated)
        )
    height, width = (int(size) for size in sizes if size is not None)
    return height, width
