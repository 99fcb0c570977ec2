"""Checkpoints: tensors as safetensors and a JSON manifest, in a folder that is written atomically.

A folder contains ``weights.safetensors`` (the network, named as in official checkpoints),
``training.safetensors`` (other trained tensors: the classifier, the learned balance and the moments
of the optimiser) and ``manifest.json`` (a description, the progress, and the SHA-256 of both
files). FairMOT's official checkpoints lack the classifier and the balance, so that resuming from
them starts both afresh.

Random state needs no tensors: every step draws from generators that are seeded by the seed and the
number of the step.
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
    """A checkpoint that cannot be used; ``path``, ``expected`` and ``found`` give the reason."""

    def __init__(self, path: Path, expected: str, found: str) -> None:
        """Compose the message."""
        super().__init__(f"{path}: expected {expected}, found {found}")
        self.path, self.expected, self.found = path, expected, found


@dataclass(frozen=True)
class Checkpoint:
    """The contents of a checkpoint: tensors by name, and the entries of the manifest."""

    weights: dict[str, Tensor]
    training: dict[str, Tensor]
    about: dict[str, Any]


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint atomically; an existing one is replaced.

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
    """Remove what killed processes left beside the folder of a checkpoint.

    Only for folders that no other process writes to.
    """
    ours = {WEIGHTS, TRAINING, MANIFEST, "outdated"}
    for leftover in folder.parent.glob(f".{glob.escape(folder.name)}-????????"):
        if leftover.is_dir() and {path.name for path in leftover.iterdir()} <= ours:
            shutil.rmtree(leftover, ignore_errors=True)


def _publish(unfinished: Path, folder: Path) -> None:
    unfinished.rename(folder)


def checkpoint_files(checkpoint: Checkpoint) -> dict[str, bytes]:
    """Return the files of a checkpoint by name; equal checkpoints give equal bytes."""
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
    """Return the manifest of a checkpoint.

    Raises:
        CheckpointFault: the manifest is missing or not of this format.
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
        folder: the folder of the checkpoint.
        with_training: whether to read ``training`` too, which only training needs; otherwise it is
            empty.

    Raises:
        CheckpointFault: a file is missing, truncated or changed.
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
    """Turn errors of a training that resumes from a checkpoint into a CheckpointFault."""
    try:
        yield
    except CheckpointFault:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        found = f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
        raise CheckpointFault(place, "a checkpoint of this training", found) from error


def tensors_of(path: Path, content: bytes) -> dict[str, Tensor]:
    """Return the tensors in the bytes of a safetensors file.

    Raises:
        CheckpointFault: the bytes are not a safetensors file.
    """
    try:
        return load_tensors(content)
    except Exception as error:  # a damaged header can make the reader fail in any way
        found = " ".join(str(error).split())
        raise CheckpointFault(
            path, "safetensors", f"{found[:160]}" or type(error).__name__
        ) from error
