"""FairMOT's network as a training task: augmented batches, the losses and their balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mot_bench.models.augment import AugmentConfig, augment, letterbox
from mot_bench.models.fairmot import FairMotNetwork, NetworkConfig
from mot_bench.models.losses import FairMotLoss, LossConfig
from mot_bench.models.samples import Samples
from mot_bench.models.targets import Targets, make_targets
from mot_bench.models.training_task import Batch

MAX_BOXES = 500
_COUNTER = "num_batches_tracked"
_MOST_PARTS = 8  # named in a message


@dataclass(frozen=True)
class PictureConfig:
    """The pictures that the network is trained on.

    Attributes:
        height, width: size of the network's input in pixels, multiples of 32.
        batch_size: pictures per step.
        augment: the ranges of the random variations.
    """

    height: int = 608
    width: int = 1088
    batch_size: int = 12
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        """Check that the network can take such pictures."""
        if self.height % 32 or self.width % 32 or min(self.height, self.width) < 32:
            raise ValueError(
                "pictures: expected sides that are multiples of 32, "
                f"found {self.width}x{self.height}"
            )
        if self.batch_size < 1:
            raise ValueError(f"batch_size: expected at least 1, found {self.batch_size}")


class FairMotTask:
    """See ``mot_bench.models.training_task.Task``."""

    def __init__(
        self,
        network: NetworkConfig,
        loss: LossConfig,
        pictures: PictureConfig,
        samples: Samples,
        seed: int,
        *,
        device: str = "cpu",
        start: dict[str, Tensor] | None = None,
    ) -> None:
        """Create the task with random weights drawn from the seed, or with those of ``start``.

        ``start`` names its weights like official checkpoints.

        Raises:
            ValueError: there is no training data, or the network cannot be made.
        """
        if not len(samples):
            raise ValueError("training data: expected at least one picture, found none")
        self._pictures, self._samples, self._seed = pictures, samples, seed
        self._configs = {
            "network": asdict(network),
            "loss": asdict(loss),
            "pictures": asdict(pictures),
        }
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = FairMotNetwork(network)
            self.head = FairMotLoss(loss, network.embedding_size, samples.identities)
        self._started = "" if start is None else _taken(self.network, start)
        self.network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.head.to(device)
        self._order = lru_cache(maxsize=2)(self._draw_order)

    @property
    def about(self) -> Mapping[str, Any]:
        """The description of the network and its training in checkpoints."""
        about = {"kind": "fairmot", **self._configs, "identities": self._samples.identities}
        return {**about, "start": self._started} if self._started else about

    def weights(self) -> dict[str, Tensor]:
        """Return the state of the network under the names of official checkpoints."""
        return self.network.official_state()

    def load_weights(self, weights: dict[str, Tensor]) -> None:
        """Load a state that ``weights`` returned."""
        self.network.load_official_state(weights)

    def batch(self, step: int) -> Batch:
        """Return pictures (B, 3, H, W) uint8 and the tensors of ``Targets``.

        Every picture is used once before one is used again.
        """
        config = self._pictures
        rng = np.random.default_rng([self._seed, step, 1])
        stack = np.empty((config.batch_size, config.height, config.width, 3), np.uint8)
        boxes, identities = [], []
        for slot in range(config.batch_size):
            number = step * config.batch_size + slot
            epoch, place = divmod(number, len(self._samples))
            sample = self._samples.load(int(self._order(epoch)[place]))
            boxed = letterbox(sample.picture, sample.boxes_xyxy, config.height, config.width)
            picture, kept, names = augment(
                boxed.picture, boxed.boxes_xyxy, sample.identities, config.augment, rng
            )
            stack[slot] = picture
            boxes.append(torch.from_numpy(np.asarray(kept, np.float32)))
            identities.append(torch.from_numpy(np.asarray(names, np.int64)))
        targets = make_targets(
            boxes,
            identities,
            config.height,
            config.width,
            max_boxes=MAX_BOXES,
            ltrb=self.network.config.ltrb,
        )
        pictures = torch.from_numpy(stack).permute(0, 3, 1, 2)
        return (pictures, *targets.tensors())

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total loss and its terms.

        ``detection_weight`` and ``reid_weight`` are the factors of the two tasks.
        """
        pictures, *targets = batch
        wanted = Targets(*targets)
        features = self.network.trunk(to_unit(pictures))
        terms = self.head(
            self.network.read(features, self.network.hm(features), wanted.place_BK), wanted
        )
        names = ("heat", "size", "offset", "detection", "reid", "detection_weight", "reid_weight")
        return terms.total, {name: getattr(terms, name).detach() for name in names}

    def _draw_order(self, epoch: int) -> npt.NDArray[np.int64]:
        return np.random.default_rng([self._seed, epoch, 2]).permutation(len(self._samples))


def _taken(network: FairMotNetwork, start: dict[str, Tensor]) -> str:
    """Load weights to start from, as far as their names and shapes fit.

    Returns:
        One line with what was loaded, what is new and what was not used.

    Raises:
        ValueError: most of the network's parameters are missing or have other shapes, or one is not
            finite.
    """
    own = _without_counters(network.official_state())
    start = _without_counters(start)
    shared = start.keys() & own.keys()
    fitting = {name: start[name] for name in sorted(shared) if own[name].shape == start[name].shape}
    if len(fitting) <= len(shared) / 2:
        raise ValueError(_nothing_fits(own, start, network.config.width))
    bad = next(
        (name for name, value in fitting.items() if not bool(torch.isfinite(value).all())), None
    )
    if bad is not None:
        raise ValueError(
            f"weights to start from: expected finite numbers in {bad}, found NaN or infinity"
        )
    network.load_official_state(fitting)
    return (
        f"{len(fitting)} of {len(own)} tensors taken; new, since none in the file fit: "
        f"{_parts_of(own.keys() - fitting.keys())}; in the file and not used: "
        f"{_parts_of(start.keys() - fitting.keys())}"
    )


def _without_counters(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors except batch norm's counters of batches."""
    return {name: each for name, each in tensors.items() if not name.endswith(_COUNTER)}


def _parts_of(names: Iterable[str]) -> str:
    """Return the parts of a network that these tensors belong to, with their numbers of tensors.

    >>> _parts_of(["hm.0.weight", "hm.2.weight", "id.2.bias"])
    'hm (2), id (1)'
    """
    counts = Counter(name.partition(".")[0] for name in names)
    told = [f"{part} ({count})" for part, count in sorted(counts.items())]
    more = [f"{len(told) - _MOST_PARTS} more"] if len(told) > _MOST_PARTS else []
    return ", ".join(told[:_MOST_PARTS] + more) or "none"


def _nothing_fits(own: dict[str, Tensor], start: dict[str, Tensor], width: float) -> str:
    """Return why weights cannot be loaded: other names or other shapes, with the first of them."""
    expected = "weights to start from: expected tensors of this network"
    other = next(
        (name for name in start if name in own and own[name].shape != start[name].shape), None
    )
    if other is None:
        found = ", ".join(list(start)[:3])
        return (
            f"{expected}, found {len(start)} with other names ({found}): "
            "--set network.architecture=... as in the file"
        )
    theirs, ours = tuple(start[other].shape), tuple(own[other].shape)
    way = (
        f"--set network.width={width * theirs[0] / ours[0]:g}"
        if theirs and ours
        else "--set network.width=..."
    )
    return (
        f"{expected} in their shapes, found most in other shapes ({other}: {theirs}, here {ours}); "
        f"perhaps {way}"
    )


def to_unit(pictures_B3HW: Tensor) -> Tensor:
    """Return uint8 pictures as float in 0..1, channels last. FairMOT does not normalise further."""
    return pictures_B3HW.to(torch.float32, memory_format=torch.channels_last) / 255
