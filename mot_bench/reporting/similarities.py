"""Similarity of embeddings at the ground truth's boxes, from what the store of a suite keeps.

The store has ``truth.npy`` for each network and sequence: embeddings by row of the ground truth.
Its entries are found by what they were made from (the network's weights, the sequence's digest),
whatever the version of the code was.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.diagnostics import labelled
from mot_bench.diagnostics.reid import GAP_FRAMES, LabelledFeatures
from mot_bench.engine.store import Store, key_of
from mot_bench.engine.store_place import open_store
from mot_bench.networks.applying import TRUTH, TRUTH_STRIDE
from mot_bench.records.results import ModelResult
from mot_bench.reports.similarity import Similarity
from mot_bench.results.folder import ResultsFolder

VISIBLE = 0.5
FAR = 0.1
_FINE, _SHOWN = 40_000, 100
_MOST_ROWS = 6000  # of a sequence; of more, evenly spaced ones are taken
_WEIGHTS = "weights.safetensors"
Counts = npt.NDArray[np.int64]


def similarities(folder: ResultsFolder) -> tuple[Similarity, ...]:
    """Of every network of a results folder that the store beside it still has embeddings of.

    None without a store.
    """
    store = open_store(None, folder.path)
    entries = _entries(store)
    found = []
    for model in folder.result.models:
        pairs = []
        keys = _keys(store, model)
        for sequence in folder.dataset.sequences:
            file = next(
                (
                    entries[key, sequence.digest]
                    for key in keys
                    if (key, sequence.digest) in entries
                ),
                None,
            )
            if file is not None:
                pairs.append(
                    (sequence, _every_so_many(sequence, np.load(file, allow_pickle=False)))
                )
        if pairs and len(pairs) == len(folder.dataset.sequences):
            one = _measured(model, labelled(pairs))
            if one is not None:
                found.append(one)
    return tuple(found)


def _keys(store: Store, model: ModelResult) -> list[str]:
    """What a network may be called in the store: its training with these weights, or the digest of its file."""
    keys = [model.weights_digest, key_of({"file": model.weights_digest, "kind": model.kind})]
    for key, entry in store.entries("train"):
        if entry.digests.get(_WEIGHTS) == model.weights_digest:
            keys.append(key)
    return keys


def _entries(store: Store) -> dict[tuple[str, str], Path]:
    """Embeddings at the truth, by key of the network and digest of the sequence."""
    found: dict[tuple[str, str], Path] = {}
    truths: dict[str, str] = {}
    for key, entry in store.entries("detect"):
        truths[key] = entry.inputs["ground_truth"]
        if TRUTH in entry.digests:
            found[entry.inputs["network"], truths[key]] = store.folder("detect", key) / TRUTH
    for key, entry in store.entries("embed"):
        digest = truths.get(entry.inputs["detections"])
        if digest is not None and TRUTH in entry.digests:
            found[entry.inputs["network"], digest] = store.folder("embed", key) / TRUTH
    return found


def _every_so_many(
    sequence: Sequence, features: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Embeddings in the frames that TPR is measured on, NaN elsewhere."""
    truth = sequence.ground_truth
    assert truth is not None
    return np.where(((truth.frames - 1) % TRUTH_STRIDE == 0)[:, None], features, np.float32(np.nan))


def _measured(model: ModelResult, embedded: LabelledFeatures) -> Similarity | None:
    """Counts of pairs; None where there are none of one person or none of two."""
    usable = np.isfinite(embedded.features).all(axis=1) & (embedded.visibility >= VISIBLE)
    embedded = embedded.take(np.flatnonzero(usable))
    same, different = _pair_counts(embedded)
    if not same.sum() or not different.sum():
        return None
    edges = np.linspace(-1, 1, _FINE + 1)
    above = np.cumsum(different[::-1])[::-1] / different.sum()
    place = int(np.flatnonzero(np.append(above, 0.0) <= FAR)[0])
    return Similarity(
        model=model.model,
        seed=model.seed,
        edges=tuple(float(edge) for edge in np.linspace(-1, 1, _SHOWN + 1).round(9)),
        same=_coarse(same),
        different=_coarse(different),
        threshold=float(edges[place]),
        tpr=float(same[place:].sum() / same.sum()),
    )


def _pair_counts(embedded: LabelledFeatures) -> tuple[Counts, Counts]:
    """Pairs of one person and of two within a sequence, at least ``GAP_FRAMES`` apart, in fine bins from -1 to 1."""
    length = np.linalg.norm(embedded.features, axis=1, keepdims=True)
    unit = (embedded.features / np.maximum(length, 1e-12)).astype(np.float32)
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, number in enumerate(embedded.sequences.tolist()):
        rows_of[number].append(row)
    same, different = np.zeros(_FINE, np.int64), np.zeros(_FINE, np.int64)
    for group in rows_of.values():
        rows = np.array(group)[:: -(-len(group) // _MOST_ROWS)]
        frames, people = embedded.frames[rows], embedded.identities[rows]
        for first in range(0, len(rows), 512):
            part = slice(first, first + 512)
            similarity = unit[rows[part]] @ unit[rows].T
            used = frames[None, :] - frames[part, None] >= GAP_FRAMES
            alike = people[part, None] == people[None, :]
            places = np.clip((similarity + 1) * (_FINE / 2), 0, _FINE - 1).astype(np.intp)
            same += np.bincount(places[used & alike], minlength=_FINE)
            different += np.bincount(places[used & ~alike], minlength=_FINE)
    return same, different


def _coarse(counts: Counts) -> tuple[int, ...]:
    return tuple(int(count) for count in counts.reshape(_SHOWN, -1).sum(axis=1))
