"""Training one network outside of any suite: what ``mot-bench train`` does."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mot_bench import atomic
from mot_bench.errors import InputError, MotBenchError, quoted
from mot_bench.files.toml_files import setting_value
from mot_bench.networks.input_sizes import input_size
from mot_bench.networks.loading import read
from mot_bench.networks.model_keys import Network, weights_digest
from mot_bench.networks.recipes import recipe_of
from mot_bench.networks.training import make_task, resolved_loop
from mot_bench.networks.validation import VALIDATION_FRAMES, measure_terms
from mot_bench.suites.schema import ModelSpec

if TYPE_CHECKING:
    from torch import nn

    from mot_bench.datasets.dataset import Dataset
    from mot_bench.models.training import Progress
    from mot_bench.models.training_task import Task
    from mot_bench.training_data import DescribedSamples

    Watch = Callable[[Progress], None]

_SOURCES = {
    "sources": "its data, which it does not name",
    "sources.data": "its data (pictures, labels, or the code that reads them)",
    "sources.start": "the weights that it began with",
}
_MOST_NAMED = 3


def network_to_train(spec: ModelSpec, training: tuple[str, ...], seed: int) -> Network:
    """A network of no suite (errors as ``mot_bench.networks.recipes.recipe_of``)."""
    return Network(spec.title, seed, spec, recipe_of(spec, "recipe"), training, "", {})


def train_alone(
    network: Network,
    samples: DescribedSamples,
    out: Path,
    *,
    device: str = "cpu",
    start: Path | None = None,
    watch: Watch | None = None,
    validation: Dataset | None = None,
    tensorboard: Path | None = None,
    force: bool = False,
    tell: Callable[[str], None] | None = None,
) -> list[dict[str, float]]:
    """Train to a checkpoint folder, and return the rows of the curve.

    A training goes on where an earlier attempt with the same recipe and the same data stopped.

    Args:
        network: see ``network_to_train``.
        samples: training data.
        out: becomes the checkpoint, with ``curve.csv`` beside its tensors.
        device: as torch names it.
        start: a checkpoint to take weights from; of FairMOT networks.
        watch: is shown every row of the curve.
        validation: a dataset on some frames of which AP is measured; for networks that detect.
        tensorboard: folder for its files; needs the extra ``tensorboard``.
        force: write over the checkpoint of a training with other data or settings.
        tell: is given one line about what was taken of the weights to start from.

    Raises:
        MotBenchError: the recipe, the data or the weights are at fault, the loss is not finite,
            ``out`` cannot be written, or it holds a training with other data or settings.
    """
    from mot_bench.models.checkpoint import sweep_unfinished
    from mot_bench.models.training import train, training_settings

    _check_place(out)
    sweep_unfinished(out)
    task = _task(network, samples, device, start, tell)
    loop = resolved_loop(network, samples)
    sources = {"data": samples.digest, "start": "" if start is None else weights_digest(start)}
    if not force:
        _check_same(out, training_settings(task, loop, network.seed, sources))
    begin = partial(train, task, loop, network.seed, out, device=device, sources=sources)
    with _faults_named(out), _writer(tensorboard) as write:
        validate = None if validation is None else _validation(network, validation)
        checkpoint = begin(watch=_write_then_watch(write, watch), validate=validate)
    return _write_curve(out, checkpoint.about["curve"])


def _task(
    network: Network,
    samples: DescribedSamples,
    device: str,
    start: Path | None,
    tell: Callable[[str], None] | None,
) -> Task:
    """Return what is trained, and tell what was taken of the weights to start from."""
    if start is None:
        return make_task(network, samples, device, start=None)
    task = make_task(network, samples, device, start=_weights(start))
    if tell:
        tell(f"{start}: {task.about['start']}")
    return task


@contextmanager
def _faults_named(out: Path) -> Iterator[None]:
    """Raise the faults of a training as errors that name its folder and the way out."""
    from mot_bench.models.checkpoint import CheckpointFault
    from mot_bench.models.training import TrainingFailed

    try:
        yield
    except CheckpointFault as error:
        found = f"{error.found}; remove {out} to train afresh"
        raise InputError(error.path, error.expected, found) from error
    except TrainingFailed as error:
        raise MotBenchError(str(error)) from error
    except OSError as error:
        expected = "expected a folder that can be written"
        raise MotBenchError(f"{out}: {expected}, found: {error.strerror}") from error


def _write_then_watch(write: Watch, watch: Watch | None) -> Watch:
    """Return what writes a row of the curve and then shows it to ``watch``."""

    def show(progress: Progress) -> None:
        write(progress)
        if watch:
            watch(progress)

    return show


def _write_curve(out: Path, curve: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Write ``curve.csv`` beside the tensors, and return its rows."""
    rows = []
    for row in curve:
        rate = row["learning_rate"]
        rows.append({"step": row["step"], "learning_rate": rate, **row["terms"]})
    atomic.write_text(out / "curve.csv", _table(rows))
    return rows


def _validation(network: Network, dataset: Dataset) -> Callable[[nn.Module], dict[str, float]]:
    """Detection AP on some frames of a dataset.

    Raises:
        MotBenchError: it has no pictures or no ground truth, or the network does not detect.
    """
    import numpy as np

    from mot_bench.models.inference import shown

    size = input_size(network)
    if size is None:
        raise MotBenchError("--validation: expected a network that detects, found a ReID network")
    found = []
    for sequence in dataset.sequences:
        if sequence.load_frames is None or sequence.ground_truth is None:
            raise MotBenchError(
                f"--validation: expected pictures and ground truth of {sequence.name}, found none"
            )
        count = min(sequence.length, max(1, VALIDATION_FRAMES // len(dataset.sequences)))
        places = np.linspace(0, sequence.length - 1, count).astype(int)
        frames = sequence.load_frames()
        found.append(
            (sequence, places, shown([frames.read(place + 1) for place in places.tolist()], *size))
        )
    return lambda module: measure_terms(module, found, size)


def _check_place(out: Path) -> None:
    """Never write over what is no checkpoint."""
    if out.is_file() or (
        out.is_dir() and any(out.iterdir()) and not (out / "manifest.json").is_file()
    ):
        raise InputError(out, "a new folder, or the checkpoint of this training", "something else")


def _check_same(out: Path, settings: dict[str, Any]) -> None:
    """Refuse to go on from, or to write over, a training with other data or settings."""
    from mot_bench.models.checkpoint import CheckpointFault, read_manifest
    from mot_bench.models.training import other_settings

    if not out.exists():
        return
    try:
        others = other_settings(read_manifest(out), settings)
    except CheckpointFault:
        return  # training itself says what is wrong with it
    if others:
        names = ", ".join(_SOURCES.get(name, name) for name in others[:_MOST_NAMED])
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        raise InputError(
            out,
            "the checkpoint of this training, with the same data and settings",
            f"one that differs in {names}{more} (--force trains anew and replaces it; another --out keeps it)",
        )


def _weights(start: Path) -> dict[str, Any]:
    """Return tensors by official names, of whatever network they are: a training takes those that fit."""
    if start.is_dir():
        return read(start).weights
    from mot_bench.networks.official import read_tensors

    named, _ = read_tensors(start)
    return {name.removeprefix("module."): tensor for name, tensor in named.items()}


def _table(rows: list[dict[str, float]]) -> str:
    """Rows as CSV: step and rate, then the terms by name."""
    columns = [
        "step",
        "learning_rate",
        *sorted({name for row in rows for name in row} - {"step", "learning_rate"}),
    ]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _writer(folder: Path | None) -> AbstractContextManager[Callable[[Progress], None]]:
    """What writes rows for TensorBoard; without a folder nothing."""
    return nullcontext(lambda _: None) if folder is None else _TensorBoard(folder)


class _TensorBoard:
    """Rows of the curve as TensorBoard's scalars."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MotBenchError(
                "--tensorboard: expected the package tensorboard, found none; pip install 'mot-bench[tensorboard]'"
            ) from error
        self._writer = SummaryWriter(str(folder))

    def __enter__(self) -> Callable[[Progress], None]:
        return self._write

    def __exit__(self, *error: object) -> None:
        self._writer.close()

    def _write(self, progress: Progress) -> None:
        row = progress.row
        for name, value in {"learning_rate": row.learning_rate, **row.terms}.items():
            self._writer.add_scalar(name, value, row.step)


def changes_of(settings: list[str]) -> dict[str, object]:
    """Changes of a recipe from ``PATH=VALUE`` texts, such as ``network.width=0.5``.

    >>> changes_of(["network.width=0.5", "loop.schedule=step"])
    {'network': {'width': 0.5}, 'loop': {'schedule': 'step'}}

    Raises:
        MotBenchError: a text is no such setting.
    """
    changes: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path.strip():
            raise MotBenchError(f"--set {setting}: expected PATH=VALUE, such as network.width=0.5")
        try:
            value = setting_value(text)
        except ValueError:
            value = text.strip()
        *tables, name = path.strip().split(".")
        table = changes
        for each in tables:
            table = table.setdefault(each, {})
            if not isinstance(table, dict):
                raise MotBenchError(
                    f"--set {setting}: expected no value for {each} beside it, found {quoted(table)}"
                )
        table[name] = value
    return changes
