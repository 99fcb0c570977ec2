"""Train one network so that the training can be watched, killed and continued."""

from __future__ import annotations

import dataclasses
import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mot_bench import atomic
from mot_bench.engine import stage
from mot_bench.errors import MotBenchError
from mot_bench.networks.model_keys import Network

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from mot_bench.models.presets import FairMotRecipe, ReidRecipe
    from mot_bench.models.samples import Samples
    from mot_bench.models.training import Progress
    from mot_bench.models.training_task import Task

PROGRESS = "progress.json"


def train_network(
    network: Network,
    samples: Samples,
    folder: Path,
    *,
    device: str = "cpu",
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
) -> dict[str, bytes]:
    """Train a network, from where an earlier attempt stopped; return its checkpoint's files.

    Args:
        network: with a recipe.
        samples: its training data.
        folder: holds the unfinished checkpoint, and ``PROGRESS``: step, steps, seconds a step, and
            the terms of the loss.
        device: as torch names it.
        validate: measures the network now and then.

    Raises:
        MotBenchError: the data are at fault, the loss is not finite, or the folder cannot be
            written.
    """
    from mot_bench.models.checkpoint import checkpoint_files
    from mot_bench.models.training import TrainingFailed, train

    task = make_task(network, samples, device)

    def show(progress: Progress) -> None:
        row = progress.row
        note = stage.Progress(
            step=row.step,
            steps=progress.steps,
            seconds_a_step=progress.seconds_a_step,
            terms={name: value for name, value in row.terms.items() if math.isfinite(value)},
        )
        atomic.write_text(folder / PROGRESS, note.model_dump_json())

    try:
        place = folder / "checkpoint"
        if _is_damaged(place):
            shutil.rmtree(folder, ignore_errors=True)
        loop = resolved_loop(network, samples)
        checkpoint = train(
            task, loop, network.seed, place, device=device, watch=show, validate=validate
        )
    except TrainingFailed as error:
        raise MotBenchError(f"model {network.name}, seed {network.seed}: {error}") from error
    except OSError as error:
        raise MotBenchError(
            f"{folder}: expected a folder that can be written, found: {error.strerror}"
        ) from error
    return checkpoint_files(checkpoint)


def _is_damaged(place: Path) -> bool:
    """Return whether a checkpoint of an earlier attempt cannot be gone on from."""
    from mot_bench.models.checkpoint import CheckpointFault, read_checkpoint

    try:
        if place.exists():
            read_checkpoint(place)
    except CheckpointFault:
        return True
    return False


def resolved_loop(network: Network, samples: Samples) -> Any:
    """The loop of a recipe, with epochs turned into steps."""
    recipe: Any = network.recipe
    epochs = getattr(recipe, "epochs", 0.0)
    if not epochs:
        return recipe.loop
    steps = max(1, math.ceil(epochs * len(samples) / recipe.pictures.batch_size))
    return dataclasses.replace(recipe.loop, steps=steps)


def make_task(
    network: Network, samples: Samples, device: str, start: dict[str, Tensor] | None = None
) -> Task:
    """What the training loop drives; ``start`` are weights to begin from, of a FairMOT network.

    Raises:
        MotBenchError: the recipe cannot be made, or there is nothing to train on.
    """
    try:
        if network.spec.kind == "reid":
            from mot_bench.models.crops import keep_crops
            from mot_bench.models.reid_training import ReidTask

            reid: ReidRecipe = network.recipe  # type: ignore[assignment]
            crops = keep_crops(samples, reid.network.crop)
            return ReidTask(
                reid.network,
                crops,
                network.seed,
                loss=reid.loss,
                augmentation=reid.augmentation,
                device=device,
            )
        from mot_bench.models.fairmot_task import FairMotTask

        recipe: FairMotRecipe = network.recipe  # type: ignore[assignment]
        return FairMotTask(
            recipe.network,
            recipe.loss,
            recipe.pictures,
            samples,
            network.seed,
            device=device,
            start=start,
        )
    except ValueError as error:
        raise MotBenchError(f"model {network.name}: {error}") from error
