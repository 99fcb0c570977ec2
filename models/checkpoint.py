"""Checkpoints: tensors as safetensors and a manifest in JSON, in a folder that is whole or not there.

A folder holds ``weights.safetensors`` (the network, by the names of official checkpoints),
``training.safetensors`` (what else is trained: classifier and balance, and the optimiser's moments)
and ``manifest.json`` (what it is, how far it got, and the SHA-256 of both files). FairMOT's
official checkpoints lack classifier and balance, so that resuming them starts both afresh.

Random state needs no tensors: every step draws from generators made of the seed and the step's
number.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

FORMAT = "mot-bench-checkpoint-1"
WEIGHTS, TRAINING, MANIFEST = "weights.safetensors", "training.safetensors", "manifest.json"


class CheckpointFault(ValueError):
    """A checkpoint that cannot be used: ``path``, ``expected`` and ``found`` say why, in one line."""

    def __init__(self, path: Path, expected: str, found: str) -> None:
        """Build the line."""
        super().__init__(f"{path}: expected {expected}, found {found}")
        self.path, self.expected, self.found = path, expected, found


@dataclass(frozen=True)
class Checkpoint:
    """What a folder holds: ``weights`` and ``training`` tensors by name, and the manifest's own entries."""

    weights: dict[str, Tensor]
    training: dict[str, Tensor]
    about: dict[str, Any]


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all; one that is there is replaced.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    contents = checkpoint_files(checkpoint)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in contents.items():
            with (unfinished / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        unfinished.chmod(0o755)
        if folder.exists():
            folder.rename(unfinished / "outdated")
            _publish(unfinished, folder)
            shutil.rmtree(folder / "outdated", ignore_errors=True)
        else:
            _publish(unfinished, folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def sweep_unfinished(folder: Path) -> None:
    """Remove what killed processes left of a checkpoint beside its folder.

    Only where nobody else writes to it.
    """
    ours = {WEIGHTS, TRAINING, MANIFEST, "outdated"}
    for leftover in folder.parent.glob(f".{glob.escape(folder.name)}-????????"):
        if leftover.is_dir() and {path.name for path in leftover.iterdir()} <= ours:
            shutil.rmtree(leftover, ignore_errors=True)


def _publish(unfinished: Path, folder: Path) -> None:
    unfinished.rename(folder)


def checkpoint_files(checkpoint: Checkpoint) -> dict[str, bytes]:
    """The contents of a checkpoint's files by name; the same bytes for the same checkpoint."""
    tensors = {
        WEIGHTS: save_tensors(
            {
                name: tensor.detach().cpu().contiguous()
                for name, tensor in checkpoint.weights.items()
            }
        ),
        TRAINING: save_tensors(
            {
                name: tensor.detach().cpu().contiguous()
                for name, tensor in checkpoint.training.items()
            }
        ),
    }
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in tensors.items()}
    manifest = {**checkpoint.about, "format": FORMAT, "digests": digests}
    return {**tensors, MANIFEST: (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a checkpoint.

    Raises:
        CheckpointFault: it is missing or no manifest of this format.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except OSError as error:
        raise CheckpointFault(
            path, "a checkpoint's manifest", error.strerror or str(error)
        ) from error
    except (ValueError, RecursionError) as error:
        raise CheckpointFault(path, "a checkpoint's manifest as JSON", str(error)) from error
    found = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
    if found != FORMAT:
        raise CheckpointFault(path, f"format {FORMAT}", f"{found!r:.60}")
    assert isinstance(manifest, dict)
    return manifest


def read_checkpoint(folder: Path, *, with_training: bool = True) -> Checkpoint:
    """Read a checkpoint and check its digests.

    Args:
        folder: where it lies.
        with_training: also what only training needs; without, ``training`` is empty.

    Raises:
        CheckpointFault: a file is missing, truncated or not what was written.
    """
    manifest = read_manifest(folder)
    digests = manifest.get("digests")
    if not isinstance(digests, dict):
        raise CheckpointFault(
            folder / MANIFEST, "digests of the tensors' files", f"{digests!r:.60}"
        )
    weights = _read_tensors(folder / WEIGHTS, digests.get(WEIGHTS))
    training = _read_tensors(folder / TRAINING, digests.get(TRAINING)) if with_training else {}
    return Checkpoint(weights, training, manifest)


def _read_tensors(path: Path, digest: object) -> dict[str, Tensor]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointFault(path, "a file of tensors", error.strerror or str(error)) from error
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise CheckpointFault(
            path,
            f"the SHA-256 that the manifest states, {digest!s:.64}",
            f"{found} ({len(content)} bytes: truncated or changed)",
        )
    return tensors_of(path, content)


@contextmanager
def taking_up(place: Path) -> Iterator[None]:
    """Turn what does not fit in a checkpoint, while a training takes it up, into a CheckpointFault."""
    try:
        yield
    except CheckpointFault:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        found = f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
        raise CheckpointFault(place, "a checkpoint of this training", found) from error


def tensors_of(path: Path, content: bytes) -> dict[str, Tensor]:
    """The tensors in the bytes of a safetensors file.

    Raises:
        CheckpointFault: they are none.
    """
    try:
        return load_tensors(content)
    except Exception as error:  # a header of a stranger can make the reader fail in any way
        found = " ".join(str(error).split())
        raise CheckpointFault(
            path, "safetensors", f"{found[:160]}" or type(error).__name__
        ) from error
