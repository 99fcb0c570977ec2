"""Training one network of a suite into the store, so that it can be watched, killed and gone on with."""

from __future__ import annotations

import dataclasses
import math
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, FiniteFloat, ValidationError

from mot_bench import atomic
from mot_bench.engine.store import Store
from mot_bench.errors import MotBenchError
from mot_bench.networks.model_keys import Network

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from mot_bench.models.presets import FairMotRecipe, ReidRecipe
    from mot_bench.models.samples import Samples
    from mot_bench.models.training import Progress
    from mot_bench.models.training_task import Task

STAGE = "train"
_UNDER_WAY = "training"
_PROGRESS = "progress.json"


def under_way(store: Store, key: str) -> Path:
    """Where a network's checkpoints lie while it is trained."""
    return store.root / _UNDER_WAY / key


class HowFar(BaseModel):
    """How far a training is.

    Attributes:
        step, steps: done, and in all.
        seconds_a_step: of late.
        terms: of the loss, by name.
    """

    step: int
    steps: int
    seconds_a_step: FiniteFloat
    terms: dict[str, FiniteFloat]

    @property
    def seconds_left(self) -> float:
        """Seconds until the end at the present pace."""
        return (self.steps - self.step) * self.seconds_a_step


def progress_of(store: Store, key: str) -> HowFar | None:
    """Return how far a network's training is.

    None if nothing is known, or the note of that is damaged.
    """
    try:
        return HowFar.model_validate_json((under_way(store, key) / _PROGRESS).read_bytes())
    except (OSError, ValidationError):
        return None


def train_network(
    network: Network,
    samples: Samples,
    store: Store,
    *,
    device: str = "cpu",
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> None:
    """Train a network, from where an earlier attempt stopped, and put its checkpoint into the store.

    Args:
        network: with a recipe.
        samples: its training data.
        store: gets the checkpoint, and holds the unfinished ones.
        device: as torch names it.
        validate: measures the network now and then.
        watch: is shown its progress too.

    Raises:
        MotBenchError: the data are at fault, the loss is not finite, or the store cannot be
            written.
    """
    from mot_bench.models.checkpoint import checkpoint_files
    from mot_bench.models.training import TrainingFailed, train

    folder = under_way(store, network.key)
    task = make_task(network, samples, device)
    started = time.perf_counter()

    def show(progress: Progress) -> None:
        row = progress.row
        terms = {name: value for name, value in row.terms.items() if math.isfinite(value)}
        about = HowFar(
            step=row.step, steps=progress.steps, seconds_a_step=progress.seconds_a_step, terms=terms
        )
        atomic.write_text(folder / _PROGRESS, about.model_dump_json())
        if watch:
            watch(progress)

    try:
        loop = resolved_loop(network, samples)
        place = folder / "checkpoint"
        if _is_damaged(place):
            shutil.rmtree(folder, ignore_errors=True)
        checkpoint = train(
            task, loop, network.seed, place, device=device, watch=show, validate=validate
        )
    except TrainingFailed as error:
        raise MotBenchError(f"model {network.name}, seed {network.seed}: {error}") from error
    except OSError as error:
        raise MotBenchError(
            f"{folder}: expected a folder that can be written, found: {error.strerror}"
        ) from error
    seconds = {"training_s": time.perf_counter() - started}
    store.publish(STAGE, network.key, checkpoint_files(checkpoint), network.inputs, seconds)
    shutil.rmtree(folder, ignore_errors=True)


def _is_damaged(place: Path) -> bool:
    """Return whether a checkpoint of an earlier attempt cannot be gone on from."""
    from mot_bench.models.checkpoint import CheckpointFault, read_checkpoint

    try:
        if place.exists():
            read_checkpoint(place)
    except CheckpointFault:
        return True
    return False


def sweep_trainings(store: Store) -> None:
    """Remove what is left of trainings that are finished.

    Only where no other process writes to this store.
    """
    for folder in (store.root / _UNDER_WAY).glob("*"):
        if store.has(STAGE, folder.name):
            shutil.rmtree(folder, ignore_errors=True)
        for leftover in folder.glob(".checkpoint-*"):
            shutil.rmtree(leftover, ignore_errors=True)


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
