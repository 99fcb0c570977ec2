"""The training loop that all networks share: steps, schedule, checkpoints, and going on after an interruption.

A task says what is trained, what a step's batch is and what its loss is. Batches and all randomness
follow from the seed and the step's number alone, so that training which was killed and begun again
ends in the same weights, bit for bit on a CPU with the same number of threads.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

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

_OFFSETS = ".conv_offset_mask."
_HEADS = ("network.hm.", "network.wh.", "network.id.", "network.reg.")
Schedule = Literal["one_cycle", "step", "constant"]
Batch = tuple[Tensor, ...]
Terms = dict[str, float]


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast a task is trained.

    Attributes:
        steps: how many batches.
        learning_rate: the highest.
        schedule: ``step``: divided by ten after the fraction ``drop_at`` of all steps (FairMOT:
            after 20 of 30 epochs); ``one_cycle``: up from a 25th, down to nearly nothing after
            (arXiv 1708.07120); ``constant``.
        drop_at: see there.
        warm_up: the fraction of all steps over which ``one_cycle`` rises.
        offset_factor: on the learning rate of the layers that predict offsets and masks of
            deformable convolution: 0.1 in its paper (arXiv 1811.11168, section 3.2), 1 in FairMOT's
            code.
        head_factor: on the learning rate of FairMOT's four heads, which no batch norm holds: at
            rates that train the rest in minutes many of their units die (give 0 for ever).
        second_moment: how slowly Adam forgets squared gradients (beta 2); runs of a thousand steps
            want 0.99.
        clip_norm: gradients are scaled down to this norm; 0 leaves them (as FairMOT does).
        mixed_precision: half precision where it is safe; on CUDA only.
        loading_processes: that make batches ahead; 0 makes them in this process.
        checkpoint_every: steps from one checkpoint to the next; a multiple of ``log_every``.
        log_every: steps that a row of the curve is the mean of.
        validate_every: steps between validations; 0 for none.
    """

    steps: int
    learning_rate: float
    schedule: Schedule = "one_cycle"
    drop_at: float = 2 / 3
    warm_up: float = 0.3
    offset_factor: float = 1.0
    head_factor: float = 1.0
    second_moment: float = 0.999
    clip_norm: float = 0.0
    mixed_precision: bool = False
    loading_processes: int = 0
    checkpoint_every: int = 50
    log_every: int = 10
    validate_every: int = 0

    def __post_init__(self) -> None:
        """Check what does not fit together."""
        if self.steps < 1 or self.learning_rate <= 0:
            raise ValueError(
                f"training: expected at least one step and a positive learning rate, found {self.steps} and "
                f"{self.learning_rate}"
            )
        if self.checkpoint_every % self.log_every or self.validate_every % self.log_every:
            raise ValueError(
                f"training: expected checkpoint_every and validate_every as multiples of log_every ({self.log_every}), "
                f"found {self.checkpoint_every} and {self.validate_every}"
            )

    def rate(self, step: int) -> float:
        """The learning rate of a step, from 0."""
        if self.schedule == "constant":
            return self.learning_rate
        if self.schedule == "step":
            return self.learning_rate * (0.1 if step >= self.drop_at * self.steps else 1.0)
        start, end, peak = (
            self.learning_rate / 25,
            self.learning_rate / 25e4,
            self.warm_up * self.steps - 1,
        )
        if step <= peak:
            return (
                start
                + (self.learning_rate - start)
                * (1 - math.cos(math.pi * step / max(peak, 1e-9)))
                / 2
            )
        part = (step - peak) / max(self.steps - 1 - peak, 1e-9)
        return end + (self.learning_rate - end) * (1 + math.cos(math.pi * part)) / 2


class Task(Protocol):
    """What is trained."""

    @property
    def network(self) -> nn.Module:
        """What is wanted in the end."""
        ...

    @property
    def head(self) -> nn.Module:
        """What is trained along with it and only serves training: classifier, balance."""
        ...

    @property
    def about(self) -> Mapping[str, Any]:
        """What a checkpoint must say of the network and its training, as JSON."""
        ...

    def weights(self) -> dict[str, Tensor]:
        """The network's state by the names that checkpoints use."""
        ...

    def load_weights(self, weights: dict[str, Tensor]) -> None:
        """Take such a state."""
        ...

    def batch(self, step: int) -> Batch:
        """The batch of a step: tensors on the CPU that follow from the step's number alone."""
        ...

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """The total, and named terms to log, of a batch on the network's device."""
        ...


@dataclass(frozen=True)
class Row:
    """A row of the training curve: the ``step`` that it ends with (from 1), the rate, and means of the terms."""

    step: int
    learning_rate: float
    terms: Terms


@dataclass(frozen=True)
class Progress:
    """What one may show: the last row, how many steps there are, seconds a step."""

    row: Row
    steps: int
    seconds_a_step: float


class TrainingFailed(ValueError):
    """Training cannot go on; says at which step and why."""


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
    """Train to the end, from the checkpoint that an earlier attempt left, if there is one.

    Args:
        task: what is trained; its network must be on ``device`` already.
        config: how.
        seed: of everything random in the steps.
        place: folder that becomes the checkpoint, again and again. One of another training is
            written over.
        device: as torch names it.
        watch: is shown every row of the curve.
        validate: measures the network, in evaluation mode, every ``validate_every`` steps and at
            the end; its terms join the row.
        sources: digests of what the training stands on beside its settings (its data, say), kept in
            the checkpoint.

    Returns:
        The last checkpoint; its ``about`` has the ``curve``.

    Raises:
        TrainingFailed: the loss is NaN or infinite.
        CheckpointFault: the checkpoint in the folder is damaged.
        OSError: the folder cannot be written.
    """
    module = nn.ModuleDict({"network": task.network, "head": task.head})
    parameters = {name: value for name, value in module.named_parameters() if value.requires_grad}
    optimiser = torch.optim.Adam(
        _groups(parameters, config),
        lr=config.learning_rate,
        betas=(0.9, config.second_moment),
        fused=True,
    )
    scaler = torch.amp.GradScaler(
        device, enabled=config.mixed_precision and device.startswith("cuda")
    )
    settings = training_settings(task, config, seed, sources)
    loop = _Loop(task, config, seed, place, module, parameters, optimiser, scaler, settings)
    with taking_up(loop.place):
        first = loop.resume(device)
    devices = [torch.device(device)] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices):
        loop.run(first, device, watch, validate)
    return loop.checkpoint(config.steps)


def training_settings(
    task: Task, config: LoopConfig, seed: int, sources: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what a checkpoint says of its training, so that the same training alone goes on from it."""
    settings = {**task.about, "loop": asdict(config), "seed": seed}
    return {**settings, "sources": dict(sources)} if sources else settings


def other_settings(manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Return what differs between a checkpoint's training and these settings, by name (``loop.steps``, say)."""
    return sorted(_differing(manifest, _as_json(settings)))


def _differing(found: object, wanted: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield the dotted names of values that are wanted and that were not found."""
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
    """Parameters by the factor on their learning rate."""
    groups: dict[float, list[nn.Parameter]] = {}
    for name, value in parameters.items():
        factor = (
            config.offset_factor
            if _OFFSETS in name
            else config.head_factor
            if name.startswith(_HEADS)
            else 1.0
        )
        groups.setdefault(factor, []).append(value)
    return [{"params": members, "factor": factor} for factor, members in groups.items()]


class _Loop:
    """Training under way."""

    def __init__(
        self,
        task: Task,
        config: LoopConfig,
        seed: int,
        place: Path,
        module: nn.ModuleDict,
        parameters: dict[str, nn.Parameter],
        optimiser: torch.optim.Adam,
        scaler: torch.amp.GradScaler,
        settings: Mapping[str, Any],
    ) -> None:
        self.task, self.config, self.seed, self.place = task, config, seed, place
        self.module, self.parameters, self.optimiser, self.scaler = (
            module,
            parameters,
            optimiser,
            scaler,
        )
        self.settings = settings
        self.curve: list[Row] = []

    def run(self, first: int, device: str, watch: Watch | None, validate: Validate | None) -> None:
        """All steps from ``first``."""
        config = self.config
        gathered: list[dict[str, Tensor]] = []
        started = time.perf_counter()
        self.module.train()
        for step, batch in self._batches(first, device):
            gathered.append(self._step(step, batch))
            done = step + 1
            if done % config.log_every == 0 or done == config.steps:
                terms = _means(gathered)
                gathered = []
                self._check(done, terms)
                if validate and (
                    done == config.steps
                    or (config.validate_every and done % config.validate_every == 0)
                ):
                    terms |= self._validated(validate)
                self.curve.append(Row(done, config.rate(step), terms))
                if watch:
                    watch(
                        Progress(
                            self.curve[-1],
                            config.steps,
                            (time.perf_counter() - started) / (done - first),
                        )
                    )
            if done % config.checkpoint_every == 0 or done == config.steps:
                write_checkpoint(self.place, self.checkpoint(done))

    def _step(self, step: int, batch: Batch) -> dict[str, Tensor]:
        """One step of the optimiser; the terms of its loss."""
        torch.manual_seed(_mixed(self.seed, step))
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

    def _batches(self, first: int, device: str) -> Iterator[tuple[int, Batch]]:
        """Batches from step ``first`` on, on the device.

        Made ahead by other processes if the config says so.
        """
        workers = self.config.loading_processes
        steps = range(first, self.config.steps)
        if workers == 0:
            for step in steps:
                yield step, tuple(tensor.to(device) for tensor in self.task.batch(step))
            return
        loader: DataLoader[Batch | str] = DataLoader(
            _Steps(self.task, self.config.steps),
            batch_size=None,
            sampler=steps,
            num_workers=workers,
            pin_memory=device.startswith("cuda"),
            prefetch_factor=4,
        )
        for step, batch in zip(steps, loader, strict=True):
            if isinstance(batch, str):
                raise TrainingFailed(f"training: step {step + 1}: {batch}")
            yield step, tuple(tensor.to(device, non_blocking=True) for tensor in batch)

    def _check(self, done: int, terms: Terms) -> None:
        if not math.isfinite(terms["total"]):
            shown = ", ".join(f"{name} {value:.4g}" for name, value in terms.items())
            raise TrainingFailed(
                f"training: expected a finite loss, found {terms['total']} within {self.config.log_every} steps up to "
                f"step {done} ({shown}); a lower learning rate, or gradients clipped by clip_norm, may help"
            )

    def _validated(self, validate: Validate) -> Terms:
        self.task.network.eval()
        with torch.no_grad():
            terms = validate(self.task.network)
        self.module.train()
        return terms

    def checkpoint(self, done: int) -> Checkpoint:
        """Everything, after so many steps."""
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

    def resume(self, device: str) -> int:
        """Take up the newest checkpoint; how many steps are done."""
        if not (self.place / "manifest.json").exists():
            return 0
        manifest = read_manifest(self.place)
        if other_settings(manifest, self.settings):
            return 0
        checkpoint = read_checkpoint(self.place)
        self.task.load_weights(
            {name: tensor.to(device) for name, tensor in checkpoint.weights.items()}
        )
        training = {name: tensor.to(device) for name, tensor in checkpoint.training.items()}
        self.task.head.load_state_dict(
            {
                name.removeprefix("head."): value
                for name, value in training.items()
                if name.startswith("head.")
            }
        )
        for name, parameter in self.parameters.items():
            if f"optimiser.step.{name}" not in training:
                continue  # it never got a gradient
            state = {"step": training[f"optimiser.step.{name}"].float()}
            for key in ("exp_avg", "exp_avg_sq"):
                state[key] = torch.empty_like(parameter)  # in the parameter's memory format
                state[key].copy_(training[f"optimiser.{key}.{name}"])
            self.optimiser.state[parameter] = state
        self.scaler.load_state_dict(manifest["scaler"])
        self.curve = [
            Row(row["step"], row["learning_rate"], row["terms"]) for row in manifest["curve"]
        ]
        return int(manifest["step"])


class _Steps(Dataset[Batch | str]):
    """Batches by step, for torch's loading processes.

    A fault is its text, since torch makes many lines of it.
    """

    def __init__(self, task: Task, steps: int) -> None:
        self._task, self._steps = task, steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> Batch | str:
        try:
            return self._task.batch(step)
        except Exception as error:  # whatever it is, it must cross to the other process
            return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _means(gathered: list[dict[str, Tensor]]) -> Terms:
    return {
        name: float(torch.stack([terms[name].float() for terms in gathered]).mean())
        for name in gathered[0]
    }


def _mixed(seed: int, step: int) -> int:
    """One number for seed and step, for torch's generator."""
    return (seed * 1_000_003 + step * 7919 + 12345) % (2**63 - 1)


def _as_json(value: Any) -> Any:
    """What a value becomes on its way through JSON."""
    import json

    return json.loads(json.dumps(value))
