"""What the stages of networks leave in the store: letterboxed pictures, detections, embeddings; and their keys.

``frames``   pictures of a sequence as a network sees them, so that each is read or drawn once for all networks
``samples``  training pictures likewise
``detect``   detections of a network on a sequence, and its embeddings at the ground truth
``embed``    the same detections with the embeddings of a separate ReID network
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mot_bench.code_version import network_version
from mot_bench.datasets.digests import pictures_digest
from mot_bench.datasets.types import Dataset, Sequence
from mot_bench.networks.applying import EMBEDDED_SCORE, TRUTH_STRIDE
from mot_bench.networks.identify import Network
from mot_bench.store import Store, key_of

if TYPE_CHECKING:
    from mot_bench.training_data import DescribedSamples

FRAMES, SAMPLES, DETECT, EMBED = "frames", "samples", "detect", "embed"
MOST_BYTES = 1 << 30  # of letterboxed pictures of a dataset; larger ones are read again for each network


def input_size(network: Network) -> tuple[int, int] | None:
    """Height and width of a trained detector's input; None where the file alone knows."""
    recipe: Any = network.recipe
    return (recipe.pictures.height, recipe.pictures.width) if network.spec.kind == "fairmot" and recipe else None


def worth_packing(dataset: Dataset, size: tuple[int, int]) -> bool:
    """Whether a dataset's letterboxed pictures are few enough to keep."""
    known = all(sequence.width and sequence.height for sequence in dataset.sequences)
    return known and sum(s.length for s in dataset.sequences) * size[0] * size[1] * 3 <= MOST_BYTES


def frames_inputs(sequence: Sequence, size: tuple[int, int]) -> dict[str, object]:
    """Everything that can change a sequence's letterboxed pictures."""
    return {"pictures": pictures_digest(sequence), "size": list(size), "code": network_version()}


def pack_frames(store: Store, sequence: Sequence, size: tuple[int, int]) -> None:
    """Letterbox the pictures of a sequence into the store."""
    from models.inference import shown

    assert sequence.load_frames is not None
    pictures = np.empty((sequence.length, *size, 3), np.uint8)
    for index, picture in enumerate(sequence.load_frames().iterate()):
        pictures[index] = shown([picture], *size)[0]
    buffer = io.BytesIO()
    np.save(buffer, pictures, allow_pickle=False)
    inputs = frames_inputs(sequence, size)
    store.publish(FRAMES, key_of(inputs), {"frames.npy": buffer.getvalue()}, inputs)


def packed_frames(store: Store, sequence: Sequence, size: tuple[int, int]) -> npt.NDArray[np.uint8] | None:
    """(T, h, w, 3) uint8 letterboxed pictures, mapped from the store; None if they are not there."""
    key = key_of(frames_inputs(sequence, size))
    if not store.has(FRAMES, key):
        return None
    pictures: npt.NDArray[np.uint8] = np.load(store.folder(FRAMES, key) / "frames.npy", mmap_mode="r")
    return pictures if pictures.shape == (sequence.length, *size, 3) else None


def samples_key(digest: str, size: tuple[int, int]) -> str:
    """Key of packed training pictures."""
    return key_of({"data": digest, "size": list(size), "code": network_version()})


def pack_samples(store: Store, key: str, samples: DescribedSamples, size: tuple[int, int]) -> None:
    """Letterbox training pictures into the store, whole or not at all."""
    from mot_bench.training_data import pack

    parent = store.root / SAMPLES
    parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=parent))
    try:
        pack(samples, *size, unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(parent / key)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def detect_inputs(network: Network, sequence: Sequence) -> dict[str, object]:
    """Everything that can change the detections of a network on a sequence."""
    return {
        "network": network.key,
        "pictures": pictures_digest(sequence),
        "size": [sequence.width, sequence.height],
        "ground_truth": sequence.digest,
        "code": network_version(),
    }


def embed_inputs(extractor: Network, detector: Network, sequence: Sequence) -> dict[str, object]:
    """Everything that can change the embeddings of detections on a sequence."""
    return {
        "network": extractor.key,
        "detections": key_of(detect_inputs(detector, sequence)),
        "truth_stride": TRUTH_STRIDE,
        "score": EMBEDDED_SCORE,
        "code": network_version(),
    }


def total_length(sequences: Iterable[Sequence]) -> int:
    """Frames of all of them."""
    return sum(sequence.length for sequence in sequences)
