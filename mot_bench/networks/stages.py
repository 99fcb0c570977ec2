"""What the stages of networks leave in the store: letterboxed pictures, detections, embeddings.

And their keys.

``frames``   pictures of a sequence as a network sees them, so that each is read or drawn once for
all networks ``samples``  training pictures likewise ``detect``   detections of a network on a
sequence, and its embeddings at the ground truth ``embed``    the same detections with the
embeddings of a separate ReID network
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.digests import pictures_digest
from mot_bench.engine.store import Store, key_of
from mot_bench.engine.versions import stage_version
from mot_bench.networks.applying import EMBEDDED_SCORE, TRUTH_STRIDE
from mot_bench.networks.model_keys import Network

if TYPE_CHECKING:
    from mot_bench.training_data import DescribedSamples, PackedSamples

FRAMES, SAMPLES, DETECT, EMBED = "frames", "samples", "detect", "embed"
_PACKED = "frames.npy"
MOST_BYTES = (
    1 << 30
)  # of letterboxed pictures of a dataset; larger ones are read again for each network


def input_size(network: Network) -> tuple[int, int] | None:
    """Height and width of a trained detector's input; None where the file alone knows."""
    recipe: Any = network.recipe
    return (
        (recipe.pictures.height, recipe.pictures.width)
        if network.spec.kind == "fairmot" and recipe
        else None
    )


def worth_packing(dataset: Dataset, size: tuple[int, int]) -> bool:
    """Whether a dataset's letterboxed pictures are few enough to keep."""
    known = all(sequence.width and sequence.height for sequence in dataset.sequences)
    return known and sum(s.length for s in dataset.sequences) * size[0] * size[1] * 3 <= MOST_BYTES


def frames_inputs(sequence: Sequence, size: tuple[int, int]) -> dict[str, object]:
    """Everything that can change a sequence's letterboxed pictures."""
    return {
        "pictures": pictures_digest(sequence),
        "size": list(size),
        "code": stage_version("frames"),
    }


def pack_frames(store: Store, sequence: Sequence, size: tuple[int, int]) -> None:
    """Letterbox the pictures of a sequence into the store."""
    from mot_bench.models.inference import shown

    assert sequence.load_frames is not None
    frames = sequence.load_frames().iterate()

    def write(folder: Path) -> None:
        shape = (sequence.length, *size, 3)
        pictures = np.lib.format.open_memmap(
            folder / _PACKED, mode="w+", dtype=np.uint8, shape=shape
        )
        for index, picture in enumerate(frames):
            pictures[index] = shown([picture], *size)[0]
        pictures.flush()

    inputs = frames_inputs(sequence, size)
    store.publish_written(FRAMES, key_of(inputs), write, inputs)


def packed_frames(
    store: Store, sequence: Sequence, size: tuple[int, int]
) -> npt.NDArray[np.uint8] | None:
    """Return (T, h, w, 3) uint8 letterboxed pictures, mapped from the store.

    None if they are not there.
    """
    path = store.file(FRAMES, key_of(frames_inputs(sequence, size)), _PACKED)
    if path is None:
        return None
    pictures: npt.NDArray[np.uint8] = np.load(path, mmap_mode="r", allow_pickle=False)
    return pictures


def samples_inputs(samples: DescribedSamples, size: tuple[int, int]) -> dict[str, object]:
    """Return everything that can change packed training pictures."""
    return {"data": samples.digest, "size": list(size), "code": stage_version("samples")}


def pack_samples(store: Store, samples: DescribedSamples, size: tuple[int, int]) -> None:
    """Letterbox training pictures into the store, whole or not at all."""
    from mot_bench.training_data.packed import write_packed

    inputs = samples_inputs(samples, size)
    store.publish_written(
        SAMPLES, key_of(inputs), lambda folder: write_packed(samples, *size, folder), inputs
    )


def packed_samples(
    store: Store, samples: DescribedSamples, size: tuple[int, int]
) -> PackedSamples | None:
    """Return packed training pictures, mapped from the store; None if they are not there."""
    from mot_bench.training_data import PackedSamples

    key = key_of(samples_inputs(samples, size))
    return PackedSamples(store.folder(SAMPLES, key)) if store.has(SAMPLES, key) else None


def detect_inputs(network: Network, sequence: Sequence) -> dict[str, object]:
    """Everything that can change the detections of a network on a sequence."""
    return {
        "network": network.key,
        "input": input_size(network),
        "pictures": pictures_digest(sequence),
        "size": [sequence.width, sequence.height],
        "ground_truth": sequence.digest,
        "code": stage_version("detect"),
    }


def embed_inputs(extractor: Network, detector: Network, sequence: Sequence) -> dict[str, object]:
    """Everything that can change the embeddings of detections on a sequence."""
    return {
        "network": extractor.key,
        "detections": key_of(detect_inputs(detector, sequence)),
        "truth_stride": TRUTH_STRIDE,
        "score": EMBEDDED_SCORE,
        "code": stage_version("embed"),
    }


def total_length(sequences: Iterable[Sequence]) -> int:
    """Frames of all of them."""
    return sum(sequence.length for sequence in sequences)
