"""Official FairMOT checkpoints: what network they are of is read from their tensors, and nothing in them is run.

A checkpoint is a file of ``torch.save`` (a dict with ``state_dict`` and ``epoch``, perhaps
``optimizer``, or the tensors alone) or of safetensors. The official code drops what does not fit
its options and goes on; here a tensor that is missing, or that the network has no place for, is an
error, since the maps would be others.
"""

from __future__ import annotations

import dataclasses
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mot_bench.errors import InputError, quoted, reading, shortened
from mot_bench.files.zip_files import most_unpacked, unpacked_size

if TYPE_CHECKING:
    from torch import Tensor

    from mot_bench.models.fairmot import Architecture, FairMotNetwork, NetworkConfig

SUFFIXES = (".pth", ".pt", ".safetensors")
MOST_BYTES = 2 << 30  # the largest official file, with its optimiser's moments, has a fifth of that
# Of classifiers: ImageNet's, and that of a training's identities with the balance beside it.
_IGNORED = ("base.fc.", "fc.", "classifier.", "loss.", "s_det", "s_id")
_COUNTER = "num_batches_tracked"
_FULL_CHANNELS = 64  # of DLA's map at stride 4 and of HRNet's stem
_BRANCHES: dict[int, Architecture] = {18: "hrnet_w18", 32: "hrnet_w32"}


@dataclass(frozen=True)
class Loaded:
    """A network with the weights of a file.

    Attributes:
        network: in evaluation mode.
        config: what it was found to be made of.
        summary: one line: what was loaded, ignored, or missing.
        ignored: names in the file of which the network has no use.
        missing: counters of batch norm that the file lacks; nothing depends on them.
    """

    network: FairMotNetwork
    config: NetworkConfig
    summary: str
    ignored: list[str]
    missing: list[str]


def load_official(path: Path) -> Loaded:
    """Load an official checkpoint, whatever its architecture, box format and length of embeddings.

    Args:
        path: a .pth, .pt or .safetensors file.

    Raises:
        InputError: no such file, no checkpoint, truncated, with code in it, of no network that is
            known, or with tensors that are missing, unknown, of wrong shapes or not finite.
    """
    from mot_bench.models.fairmot import FairMotNetwork

    named, epoch = read_tensors(path)
    state = {name.removeprefix("module."): tensor for name, tensor in named.items()}
    config = infer_config(state, path)
    try:
        network = FairMotNetwork(config).eval()
    except ValueError as error:
        raise InputError(path, "a network that is known here", str(error)) from error
    wanted = network.official_state()
    ignored = [name for name in state if name not in wanted and name.startswith(_IGNORED)]
    missing = [name for name in wanted if name not in state]
    kept = {name: tensor for name, tensor in state.items() if name not in ignored}
    check_tensors(path, _described(config), wanted, kept)
    network.load_official_state(kept)
    summary = (
        f"{path.name}: {_described(config)}, {'no epoch' if epoch is None else f'epoch {epoch}'}: "
        f"{len(wanted) - len(missing)} of {len(wanted)} tensors loaded, "
        f"ignored {_counted(ignored)}, missing {_counted(missing)}"
    )
    return Loaded(network, config, summary, ignored, missing)


def write_loaded(
    loaded: Loaded, folder: Path, *, source: Path, height: int = 608, width: int = 1088
) -> None:
    """Write a network as a checkpoint folder of our own, which says the size of its input too.

    Args:
        loaded: the network.
        folder: where to; a checkpoint that is there is replaced, anything else is left alone.
        source: the file that it came from.
        height: of the network's input in pixels, a multiple of 32.
        width: likewise.

    Raises:
        InputError: the folder holds something else, or cannot be written.
    """
    from mot_bench.models.checkpoint import MANIFEST, Checkpoint, write_checkpoint
    from mot_bench.networks.model_keys import weights_digest

    if folder.exists() and not (folder / MANIFEST).is_file():
        raise InputError(folder, "a new folder, or one with a checkpoint", "something else")
    about = {
        "kind": "fairmot",
        "network": dataclasses.asdict(loaded.config),
        "pictures": {"height": height, "width": width},
        "source": {
            "file": source.name,
            "sha256": weights_digest(source),
            "summary": loaded.summary,
        },
    }
    try:
        write_checkpoint(folder, Checkpoint(loaded.network.official_state(), {}, about))
    except OSError as error:
        raise InputError(
            folder, "a folder that can be written", error.strerror or str(error)
        ) from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], int | None]:
    """The tensors of a checkpoint by name, and its epoch, if it says one (errors as ``load_official``)."""
    import torch

    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError(path, "a checkpoint file (.pth, .pt or .safetensors)", "a folder")
        if size > MOST_BYTES:
            raise InputError(
                path, f"a checkpoint of at most {MOST_BYTES >> 30} GiB", f"{size} bytes"
            )
        content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    except OSError as error:
        raise InputError(
            path, "a checkpoint that can be read", error.strerror or str(error)
        ) from error
    epoch = content.get("epoch") if isinstance(content, Mapping) else None
    state = content.get("state_dict", content) if isinstance(content, Mapping) else None
    if not isinstance(state, Mapping) or not state:
        raise InputError(path, "a state_dict", f"{_kind(content)}")
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise InputError(
                path, "a state_dict of tensors", f"{_kind(content)}: {quoted(name)} is no tensor"
            )
        fault = _tensor_fault(value)
        if fault:
            raise InputError(path, "a state_dict of tensors", f"{quoted(name)}: {fault}")
    return dict(state), _whole_number(epoch)


def _tensor_fault(tensor: Tensor) -> str:
    """Return what makes a tensor no weight.

    Nothing for numbers that lie in memory as many as they are.
    """
    import torch

    if (
        tensor.layout != torch.strided
        or tensor.is_meta
        or tensor.is_quantized
        or tensor.is_complex()
    ):
        return "a tensor without plain numbers"
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        return f"a tensor of shape {quoted(tuple(tensor.shape))} on {tensor.untyped_storage().nbytes()} bytes"
    return ""


def _whole_number(value: object) -> int | None:
    """Return an epoch as Python has it, whatever library it is a number of; None if it is none."""
    if isinstance(value, int | np.integer):
        return int(value)
    return (
        int(value) if isinstance(value, float | np.floating) and float(value).is_integer() else None
    )


def _numpy_scalars() -> list[Any]:
    """Return what a pickle of NumPy's numbers names: data and no code, which torch does not know by itself."""
    import numpy._core.multiarray as multiarray

    kinds = {type(np.dtype(code)) for code in "?bhilqBHILQefd"}
    names = ("numpy._core.multiarray.scalar", "numpy.core.multiarray.scalar")
    return [*((multiarray.scalar, name) for name in names), np.dtype, *kinds]


def _read_safetensors(path: Path) -> Mapping[str, Any]:
    from mot_bench.models.checkpoint import CheckpointFault, tensors_of

    try:
        return tensors_of(path, path.read_bytes())
    except CheckpointFault as error:
        raise InputError(
            path, error.expected, f"{error.found} (truncated, or another kind of file)"
        ) from error


def _read_torch(path: Path) -> Any:
    """The content of a file of ``torch.save``, without running anything that it names."""
    import torch

    expected = "a checkpoint of torch.save"
    with reading(path, expected):
        unpacked = unpacked_size(path) if zipfile.is_zipfile(path) else 0
    if unpacked > min(MOST_BYTES, most_unpacked(path.stat().st_size)):
        raise InputError(
            path,
            f"a checkpoint of at most {MOST_BYTES >> 30} GiB",
            f"{unpacked} bytes when unpacked",
        )
    try:
        with torch.serialization.safe_globals(_numpy_scalars()):
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # bytes of a stranger can make the reader fail in any way
        text = " ".join(str(error).split())
        code = re.search(r"GLOBAL `?([\w.]+)", text)
        if code:
            found = f"code in it ({code[1]}), which is not run: save its state_dict alone"
            raise InputError(path, f"{expected} with tensors only", found) from error
        found = f"{shortened(text.split('. ')[0]) or type(error).__name__} (truncated, or another kind of file)"
        raise InputError(path, expected, found) from error


def infer_config(state: Mapping[str, Tensor], path: Path) -> NetworkConfig:
    """What a network with these tensors is made of.

    Args:
        state: by official names, without ``module.``.
        path: of the file, for messages.

    Raises:
        InputError: of no network that is known.
    """
    from mot_bench.models.fairmot import NetworkConfig

    head = _shape(state, "hm.0.weight", path)[0]
    classes, size = _shape(state, "hm.2.weight", path)[0], _shape(state, "wh.2.weight", path)[0]
    if classes != 1:
        raise InputError(path, "a heat map of one class (hm.2.weight)", f"{classes}")
    if size not in (2, 4):
        raise InputError(path, "boxes of 2 or 4 channels (wh.2.weight)", f"{size}")
    embedding = (
        _shape(state, "id.2.weight", path)[0]
        if any(name.startswith("id.") for name in state)
        else 0
    )
    architecture, width, fast = _trunk(state, path)
    return NetworkConfig(
        architecture, width, "fast" if fast else "full", head, embedding, size == 4
    )


def _trunk(state: Mapping[str, Tensor], path: Path) -> tuple[Architecture, float, bool]:
    """Architecture, factor on its channels, and whether its stem is the fast one."""
    if "base.base_layer.0.weight" in state:
        width = _shape(state, "base.level2.root.conv.weight", path)[0] / _FULL_CHANNELS
        deformable = "ida_up.proj_1.conv.conv_offset_mask.weight" in state
        return "dla34" if deformable else "dla34_plain", width, "base.level0.0.weight" not in state
    if "stage2.0.branches.0.0.conv1.weight" in state:
        branch = _shape(state, "stage2.0.branches.0.0.conv1.weight", path)[0]
        width = _shape(state, "conv1.weight", path)[0] / _FULL_CHANNELS
        for full, name in _BRANCHES.items():
            if round(width * full) == branch:
                return name, width, False
        raise InputError(path, "an HRNet of branch width 18 or 32", f"{branch}")
    if "layer1.0.conv1.weight" in state:
        deep, pyramid = "layer1.0.conv3.weight" in state, "deconv_layer1.0.weight" in state
        if deep and pyramid:
            raise InputError(
                path, "a feature pyramid on ResNet-34", "one on a ResNet of bottlenecks"
            )
        return "resnet50" if deep else "resnet34_fpn" if pyramid else "resnet34", 1.0, False
    found = (
        "YOLOv5"
        if any(name.startswith("backbone.model.") for name in state)
        else f"{shortened(', '.join(list(state)[:3]))}"
    )
    raise InputError(
        path, "a FairMOT network on DLA-34, HRNet or ResNet", f"a trunk of other tensors ({found})"
    )


def _shape(state: Mapping[str, Tensor], name: str, path: Path) -> tuple[int, ...]:
    """The shape of a convolution's weight."""
    if name not in state:
        raise InputError(
            path, f"a FairMOT network's tensor {name}", f"{len(state)} tensors without it"
        )
    shape = tuple(state[name].shape)
    if len(shape) != 4 or not shape[0]:
        raise InputError(path, f"{name} as the weight of a convolution", f"shape {shape}")
    return shape


def check_tensors(
    path: Path, network: str, wanted: Mapping[str, Tensor], state: Mapping[str, Tensor]
) -> None:
    """Refuse tensors that are missing, unknown, of another shape or not finite."""
    missing = [name for name in wanted if name not in state and not name.endswith(_COUNTER)]
    unknown = [name for name in state if name not in wanted]
    if missing or unknown:
        found = f"missing {_counted(missing)}, unknown {_counted(unknown)}"
        raise InputError(path, f"the {len(wanted)} tensors of {network}", found)
    for name, tensor in state.items():
        _check_tensor(path, network, name, wanted[name], tensor)


def _check_tensor(path: Path, network: str, name: str, wanted: Tensor, tensor: Tensor) -> None:
    """Refuse a tensor of another shape, of another kind of numbers, or with NaN or infinity."""
    import torch

    if tensor.shape != wanted.shape:
        expected = f"{name} of shape {tuple(wanted.shape)} ({network})"
        raise InputError(path, expected, f"{tuple(tensor.shape)}")
    if tensor.is_floating_point() != wanted.is_floating_point():
        raise InputError(path, f"{name} of type {wanted.dtype}", f"{tensor.dtype}")
    if not bool(torch.isfinite(tensor).all()):
        raise InputError(path, f"finite numbers in {name}", "NaN or infinity")


def _described(config: NetworkConfig) -> str:
    """A network in a few words."""
    width = "" if config.width == 1 else f" x{config.width:g}"
    stem = "" if config.stem == "full" else f", {config.stem} stem"
    reid = f"ReID {config.embedding_size}" if config.embedding_size else "no ReID"
    return f"{config.architecture}{width}{stem}, {'ltrb' if config.ltrb else 'width-height'} boxes, {reid}"


def _counted(names: list[str], most: int = 3) -> str:
    """How many, and the first of them."""
    if not names:
        return "0"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{len(names)} ({shortened(', '.join(names[:most]))}{more})"


def _kind(content: object) -> str:
    """What a file holds, in a few words."""
    if isinstance(content, Mapping):
        return (
            f"entries {shortened(', '.join(map(str, list(content)[:5])))}"
            if content
            else "an empty dict"
        )
    return f"a {type(content).__name__}"
