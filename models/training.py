"""The training loop that all networks share: steps, schedule, checkpoints and resumption.

A task defines what is trained, the batch of a step and its loss. Batches and all randomness follow
from the seed and the number of the step alone. Training that was killed and resumed therefore ends
in the same weights, bit for bit on a CPU with the same number of threads.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from mot_bench.models.checkpoint import (
    Checkpoint,
    read_checkpoint,
    read_manifest,
    taking_up,
    write_checkpoint,
)
from mot_bench.models.loop_config import LoopConfig
from mot_bench.models.training_task import Batch, Task

_OFFSET_LAYERS = ".conv_offset_mask."
_HEADS = ("network.hm.", "network.wh.", "network.id.", "network.reg.")
Terms = dict[str, float]


@dataclass(frozen=True)
class Row:
    """A row of the training curve.

    Attributes:
        step: the last step of the row, from 1.
        learning_rate: the learning rate of that step.
        terms: the means of the terms of the loss over the row's steps.
    """

    step: int
    learning_rate: float
    terms: Terms


@dataclass(frozen=True)
class Progress:
    """The progress of a training: the last row, the number of all steps, and seconds per step."""

    row: Row
    steps: int
    seconds_a_step: float


class TrainingFailed(ValueError):
    """Training cannot continue; the message names the step and the reason."""


Watch = Callable[[Progress], None]
Validate = Callable[[nn.Module], Terms]


def train(
    task: Task,
    config: LoopConfig,
    seed: int,
    place: Path,
    *,
    device: str = "cpu",
    watch: Watch | None = None,
    validate: Validate | None = None,
    sources: Mapping[str, str] | None = None,
) -> Checkpoint:
    """Train to the end, starting from the checkpoint of an earlier attempt if there is one.

    Args:
        task: the network and its loss; the network must already be on ``device``.
        config: the length and the speed of the training.
        seed: seeds everything random in the steps.
        place: the folder of the checkpoint, which is replaced again and again. The checkpoint of
            another training is overwritten.
        device: a name of torch's, such as ``cpu`` or ``cuda``.
        watch: is called with every row of the curve.
        validate: measures the network in evaluation mode every ``validate_every`` steps and at the
            end; its terms join the row.
        sources: digests of the inputs of the training besides its settings, such as its data; they
            are kept in the checkpoint.

    Returns:
        The last checkpoint; its ``about`` contains the ``curve``.

    Raises:
        TrainingFailed: the loss is NaN or infinite.
        CheckpointFault: the checkpoint in the folder is damaged.
        OSError: the folder cannot be written.
    """
    loop = _Loop(task, config, place, training_settings(task, config, seed, sources), device)
    with taking_up(place):
        first = loop.resume()
    devices = [torch.device(device)] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices):
        loop.run(first, watch, validate)
    return loop.checkpoint(config.steps)


def training_settings(
    task: Task, config: LoopConfig, seed: int, sources: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the settings in a checkpoint by which the same training is recognised."""
    settings = {**task.about, "loop": asdict(config), "seed": seed}
    return {**settings, "sources": dict(sources)} if sources else settings


def other_settings(manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Return the names of settings, such as ``loop.steps``, that differ from a checkpoint's."""
    return sorted(_differing(manifest, json.loads(json.dumps(settings))))


def _differing(found: object, wanted: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield the dotted names of the wanted values that differ from the values found."""
    for name, value in wanted.items():
        present = found.get(name) if isinstance(found, Mapping) else None
        if (
            isinstance(value, Mapping)
            and isinstance(present, Mapping)
            and present.keys() <= value.keys()
        ):
            yield from _differing(present, value, f"{above}{name}.")
        elif present != value:
            yield f"{above}{name}"


def _groups(parameters: Mapping[str, nn.Parameter], config: LoopConfig) -> list[dict[str, Any]]:
    """Return the optimiser's groups of parameters, one for each factor on the learning rate."""
    groups: dict[float, list[nn.Parameter]] = {}
    for name, value in parameters.items():
        if _OFFSET_LAYERS in name:
            factor = config.offset_factor
        elif name.startswith(_HEADS):
            factor = config.head_factor
        else:
            factor = 1.0
        groups.setdefault(factor, []).append(value)
    return [{"params": members, "factor": factor} for factor, members in groups.items()]


class _Loop:
    """A training in progress.

    Attributes:
        curve: the rows of the training curve so far.
    """

    def __init__(
        self,
        task: Task,
        config: LoopConfig,
        place: Path,
        settings: Mapping[str, Any],
        device: str,
    ) -> None:
        self.task, self.config, self.place = task, config, place
        self.settings, self.device = settings, device
        self.module = nn.ModuleDict({"network": task.network, "head": task.head})
        self.parameters = {
            name: value for name, value in self.module.named_parameters() if value.requires_grad
        }
        self.optimiser = torch.optim.Adam(
            _groups(self.parameters, config),
            lr=config.learning_rate,
            betas=(0.9, config.second_moment),
            fused=True,
        )
        self.scaler = torch.amp.GradScaler(
            device, enabled=config.mixed_precision and device.startswith("cuda")
        )
        self.curve: list[Row] = []

    def run(self, first: int, watch: Watch | None, validate: Validate | None) -> None:
        """Train from the step ``first`` to the last one."""
        config = self.config
        gathered: list[dict[str, Tensor]] = []
        started = time.perf_counter()
        self.module.train()
        for step, batch in self._batches(first):
            gathered.append(self._step(step, batch))
            done = step + 1
            if self._is_due(done, config.log_every):
                self._log(done, _means(gathered), validate)
                gathered = []
                if watch:
                    seconds_a_step = (time.perf_counter() - started) / (done - first)
                    watch(Progress(self.curve[-1], config.steps, seconds_a_step))
            if self._is_due(done, config.checkpoint_every):
                write_checkpoint(self.place, self.checkpoint(done))

    def _is_due(self, done: int, every: int) -> bool:
        """Return whether something happens after this step: every so many steps, and at the end."""
        return done == self.config.steps or (every > 0 and done % every == 0)

    def _log(self, done: int, terms: Terms, validate: Validate | None) -> None:
        """Add a row to the curve, with a validation if one is due.

        Raises:
            TrainingFailed: the loss is NaN or infinite.
        """
        if not math.isfinite(terms["total"]):
            shown = ", ".join(f"{name} {value:.4g}" for name, value in terms.items())
            raise TrainingFailed(
                f"training: expected a finite loss, found {terms['total']} within "
                f"{self.config.log_every} steps up to step {done} ({shown}); a lower learning "
                "rate, or gradients clipped by clip_norm, may help"
            )
        if validate and self._is_due(done, self.config.validate_every):
            self.task.network.eval()
            with torch.no_grad():
                terms |= validate(self.task.network)
            self.module.train()
        self.curve.append(Row(done, self.config.rate(done - 1), terms))

    def _step(self, step: int, batch: Batch) -> dict[str, Tensor]:
        """Take one step of the optimiser and return the terms of its loss."""
        torch.manual_seed(_step_seed(self.settings["seed"], step))
        device = batch[0].device.type
        for group in self.optimiser.param_groups:
            group["lr"] = group["factor"] * self.config.rate(step)
        self.optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device, dtype=torch.float16, enabled=self.scaler.is_enabled()):
            total, terms = self.task.loss(batch)
        self.scaler.scale(total).backward()  # type: ignore[no-untyped-call]
        if self.config.clip_norm:
            self.scaler.unscale_(self.optimiser)
            nn.utils.clip_grad_norm_(self.parameters.values(), self.config.clip_norm)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return {"total": total.detach(), **terms}

    def _batches(self, first: int) -> Iterator[tuple[int, Batch]]:
        """Yield the batches from the step ``first`` on, moved to the device.

        Other processes make them ahead if the config asks for loading processes.
        """
        workers = self.config.loading_processes
        steps = range(first, self.config.steps)
        if workers == 0:
            for step in steps:
                yield step, tuple(tensor.to(self.device) for tensor in self.task.batch(step))
            return
        loader: DataLoader[Batch | str] = DataLoader(
            _Steps(self.task, self.config.steps),
            batch_size=None,
            sampler=steps,
            num_workers=workers,
            pin_memory=self.device.startswith("cuda"),
            prefetch_factor=4,
        )
        for step, batch in zip(steps, loader, strict=True):
            if isinstance(batch, str):
                raise TrainingFailed(f"training: step {step + 1}: {batch}")
            yield step, tuple(tensor.to(self.device, non_blocking=True) for tensor in batch)

    def checkpoint(self, done: int) -> Checkpoint:
        """Return the complete state of the training after ``done`` steps."""
        training = {f"head.{name}": tensor for name, tensor in self.task.head.state_dict().items()}
        for name, parameter in self.parameters.items():
            for key, value in self.optimiser.state.get(parameter, {}).items():
                training[f"optimiser.{key}.{name}"] = value
        about = {
            **self.settings,
            "step": done,
            "curve": [asdict(row) for row in self.curve],
            "scaler": self.scaler.state_dict(),
        }
        return Checkpoint(self.task.weights(), training, about)

    def resume(self) -> int:
        """Restore the checkpoint of the same training, if there is one; return its steps."""
        if not (self.place / "manifest.json").exists():
            return 0
        manifest = read_manifest(self.place)
        if other_settings(manifest, self.settings):
            return 0
        checkpoint = read_checkpoint(self.place)
        self.task.load_weights(self._on_device(checkpoint.weights))
        training = self._on_device(checkpoint.training)
        self.task.head.load_state_dict(
            {
                name.removeprefix("head."): value
                for name, value in training.items()
                if name.startswith("head.")
            }
        )
        self._restore_optimiser(training)
        self.scaler.load_state_dict(manifest["scaler"])
        self.curve = [
            Row(row["step"], row["learning_rate"], row["terms"]) for row in manifest["curve"]
        ]
        return int(manifest["step"])

    def _on_device(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: tensor.to(self.device) for name, tensor in tensors.items()}

    def _restore_optimiser(self, training: Mapping[str, Tensor]) -> None:
        """Restore the state of each parameter that had received a gradient."""
        for name, parameter in self.parameters.items():
            if f"optimiser.step.{name}" not in training:
                continue
            state = {"step": training[f"optimiser.step.{name}"].float()}
            for key in ("exp_avg", "exp_avg_sq"):
                state[key] = torch.empty_like(parameter)  # keeps the parameter's memory format
                state[key].copy_(training[f"optimiser.{key}.{name}"])
            self.optimiser.state[parameter] = state


class _Steps(Dataset[Batch | str]):
    """The batches by step, for torch's loading processes.

    If a batch fails, the item is a one-line text, where torch would pass on a long traceback.
    """

    def __init__(self, task: Task, steps: int) -> None:
        self._task, self._steps = task, steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> Batch | str:
        try:
            return self._task.batch(step)
        except Exception as error:  # any fault must cross to the other process
            return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _means(gathered: list[dict[str, Tensor]]) -> Terms:
    return {
        name: float(torch.stack([terms[name].float() for terms in gathered]).mean())
        for name in gathered[0]
    }


def _step_seed(seed: int, step: int) -> int:
    """Return the seed of torch's generator in a step."""
    return (seed * 1_000_003 + step * 7919 + 12345) % (2**63 - 1)
