"""Which network a suite means by a name and a seed, and the key of its weights."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mot_bench.datasets.dataset import Dataset
from mot_bench.engine.store import key_of
from mot_bench.engine.versions import stage_version
from mot_bench.errors import InputError, MotBenchError
from mot_bench.networks.recipes import recipe_of
from mot_bench.suites.models import PREFIX, model_name
from mot_bench.suites.schema import ModelSpec, RunSpec, Suite

if TYPE_CHECKING:
    from mot_bench.networks.recipes import Recipe
    from mot_bench.training_data import DescribedSamples

WEIGHT_SUFFIXES = (".onnx", ".pth", ".pt", ".safetensors")


@dataclass(frozen=True)
class Network:
    """A model of the suite with one seed.

    Attributes:
        name: in the suite.
        seed: of its training; 0 for weights from a file.
        spec: what the suite says of it.
        recipe: how it is trained; None for weights from a file.
        training: names of its training data.
        key: of its weights in the store; for a file a digest of its content.
    """

    name: str
    seed: int
    spec: ModelSpec
    recipe: Recipe | None
    training: tuple[str, ...]
    key: str
    inputs: dict[str, Any] = dataclasses.field(compare=False, hash=False)

    @property
    def label(self) -> str:
        """The name and seed, for people to read."""
        return f"{self.name} seed {self.seed}"

    @property
    def trained(self) -> bool:
        """Whether it is trained here."""
        return self.recipe is not None


@dataclass(frozen=True)
class Networks:
    """The networks of a suite.

    Attributes:
        suite: whose.
        data_root: where named training data lies.
        device: ``cpu`` or ``cuda``, which is part of every key: results differ in their last bits.
    """

    suite: Suite
    data_root: Path | None = None
    device: str = "cpu"

    def network(self, name: str, seed: int) -> Network:
        """The network of this name.

        Raises:
            MotBenchError: there is none, its recipe is at fault, its file or its training data are
                missing.
        """
        network: Network = self._network(name, seed)
        return network

    @cached_property
    def _network(self) -> Any:
        return lru_cache(maxsize=None)(self._resolve)

    def _resolve(self, name: str, seed: int) -> Network:
        spec = self.suite.models.get(name)
        where = f"suite {self.suite.name}, model {name}"
        if spec is None:
            known = ", ".join(self.suite.models) or "none"
            raise MotBenchError(f"{where}: expected one of the suite's models ({known})")
        if spec.file is not None:
            digest = weights_digest(Path(spec.file))
            inputs: dict[str, Any] = {"file": digest, "kind": spec.kind}
            return Network(name, 0, spec, None, (), key_of(inputs), inputs)
        recipe = recipe_of(spec, where)
        training = tuple(self.suite.training if spec.training is None else spec.training)
        if not training:
            raise MotBenchError(
                f"{where}: expected training data (training = [...], or --training), found none"
            )
        samples = self.samples(training)
        inputs = {
            "kind": spec.kind,
            "recipe": dataclasses.asdict(recipe),
            "data": samples.digest,
            "seed": seed,
            "device": self.device,
        }
        key = key_of({**inputs, "code": stage_version("train")})
        return Network(name, seed, spec, recipe, training, key, inputs)

    @cached_property
    def _samples(self) -> Any:
        return lru_cache(maxsize=None)(self._open)

    def samples(self, training: tuple[str, ...]) -> DescribedSamples:
        """Training data by name (errors as ``mot_bench.training_data.open_samples``)."""
        samples: DescribedSamples = self._samples(training)
        return samples

    def _open(self, training: tuple[str, ...]) -> DescribedSamples:
        from mot_bench.training_data import open_samples, parse_source

        return open_samples([parse_source(text) for text in training], self.data_root)

    def calibration(self) -> Dataset | None:
        """The calibration scenes of the suite, as one dataset; None without."""
        from mot_bench.datasets.catalogue import open_dataset_text

        if not self.suite.calibration:
            return None
        datasets = [open_dataset_text(text, self.data_root) for text in self.suite.calibration]
        sequences = tuple(sequence for dataset in datasets for sequence in dataset.sequences)
        return dataclasses.replace(
            datasets[0], name="+".join(self.suite.calibration), sequences=sequences
        )

    def __getstate__(self) -> dict[str, Any]:
        """For worker processes: caches stay behind."""
        return {name: getattr(self, name) for name in ("suite", "data_root", "device")}


def run_models(suite: Suite, run: RunSpec) -> tuple[str | None, str | None]:
    """Names of the models that a run takes its detections and its embeddings from.

    None where it takes none.
    """
    return model_name(run.detections or suite.detections), model_name(run.embeddings)


def with_file_models(suite: Suite) -> Suite:
    """A suite in which files of weights, named as detections or embeddings, are models.

    Raises:
        InputError: two different files have one name.
    """
    models = dict(suite.models)

    def reference(text: str | None, kind: str) -> str | None:
        if text is None or not is_weights(Path(text)):
            return text
        path = Path(text)
        spec = ModelSpec(title=path.name, kind="reid" if kind == "reid" else "fairmot", file=text)
        if models.setdefault(path.stem, spec).file != text:
            raise InputError(
                path, "weights whose name no other model has", f"another model {path.stem}"
            )
        return PREFIX + path.stem

    runs = [
        run.model_copy(
            update={
                "detections": reference(run.detections, "fairmot"),
                "embeddings": reference(run.embeddings, "reid"),
            }
        )
        for run in suite.runs
    ]
    detections = reference(suite.detections, "fairmot")
    return suite.model_copy(update={"runs": runs, "detections": detections, "models": models})


def is_weights(path: Path) -> bool:
    """Whether a path names weights: a file by its suffix, or a folder with a checkpoint's manifest."""
    return path.suffix in WEIGHT_SUFFIXES or (path / "manifest.json").is_file()


def weights_digest(path: Path) -> str:
    """Hex SHA-256 of a file of weights, or of a checkpoint's manifest (which has the digests of its tensors).

    Raises:
        InputError: there is no such file.
    """
    file = path / "manifest.json" if path.is_dir() else path
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(file, "weights of a network", error.strerror or str(error)) from error
