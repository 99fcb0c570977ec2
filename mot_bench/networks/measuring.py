"""What a network is worth apart from any tracker: detection AP, and ReID TPR at FAR 0.1.

And what it is made of.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from mot_bench.datasets.dataset import Dataset, GroundTruth, Sequence
from mot_bench.detections.formats import make_detections, read_npz
from mot_bench.diagnostics import detection_quality, labelled, reid_quality
from mot_bench.engine.store import Store, key_of
from mot_bench.engine.versions import stage_version
from mot_bench.networks import stages
from mot_bench.networks.applying import DETECTIONS, TRUTH, TRUTH_STRIDE
from mot_bench.networks.model_keys import Network, Networks, run_models
from mot_bench.records.results import ModelResult
from mot_bench.reports.schema import Diagnosis
from mot_bench.suites.schema import Suite
from mot_bench.trackers.boxes import xyxy_to_ltwh

if TYPE_CHECKING:
    from torch import nn

VISIBLE = 0.5
VALIDATION_FRAMES = 48
_STAGE, _FILE = "diagnose", "diagnosis.json"
_DIAGNOSES = TypeAdapter(dict[str, Diagnosis])


def model_results(
    suite: Suite, networks: Networks, dataset: Dataset, store: Store, used: list[tuple[str, int]]
) -> list[ModelResult]:
    """A record of every network that a suite used, with what it is worth on the dataset.

    Args:
        suite: whose models.
        networks: of the suite.
        dataset: that was evaluated on.
        store: with the networks' detections and embeddings.
        used: names and seeds.
    """
    results: dict[str, ModelResult] = {}
    for name, seed in used:
        network = networks.network(name, seed)
        if network.trained and not store.has("train", network.key):
            continue
        result = _described(network, store, networks)
        diagnosis = _diagnosis(network, suite, networks, seed, dataset, store)
        results.setdefault(
            f"{name} {network.seed}", result.model_copy(update={"diagnosis": diagnosis})
        )
    return list(results.values())


def _diagnosis(
    network: Network, suite: Suite, networks: Networks, seed: int, dataset: Dataset, store: Store
) -> dict[str, Diagnosis]:
    """By group, and ``""`` for all; empty where the store lacks something."""
    entries = _entries(network, suite, networks, seed, dataset, store)
    if entries is None:
        return {}
    inputs = {
        "entries": [list(entry) for entry in entries],
        "code": stage_version("diagnose"),
        "groups": _groups(dataset),
    }
    key = key_of(inputs)
    known = store.parsed(
        _STAGE, key, _FILE, _DIAGNOSES.validate_json, "what a network is worth as JSON"
    )
    if known is None:
        groups = _groups(dataset)
        known = {
            group: _diagnose(network, names, dataset, entries, store)
            for group, names in groups.items()
        }
        content = json.dumps(
            {group: dataclasses.asdict(each) for group, each in known.items()}
        ).encode()
        store.publish(_STAGE, key, {_FILE: content}, inputs)
    return known


def _groups(dataset: Dataset) -> dict[str, list[str]]:
    """Names of sequences by group, ``""`` for all."""
    groups: dict[str, list[str]] = {"": [sequence.name for sequence in dataset.sequences]}
    for sequence in dataset.sequences:
        if sequence.group:
            groups.setdefault(sequence.group, []).append(sequence.name)
    return groups


def _entries(
    network: Network, suite: Suite, networks: Networks, seed: int, dataset: Dataset, store: Store
) -> list[tuple[str, str]] | None:
    """Stage and key of what the network made of each sequence.

    Of a ReID network, on the boxes of its first run.
    """
    if network.spec.kind == "fairmot":
        found = [
            (stages.DETECT, key_of(stages.detect_inputs(network, s))) for s in dataset.sequences
        ]
    else:
        pairs = (run_models(suite, run) for run in suite.runs)
        detector = next(
            (d for d, extractor in pairs if extractor == network.name and d is not None), None
        )
        if detector is None:
            return None
        boxes = networks.network(detector, seed)
        found = [
            (stages.EMBED, key_of(stages.embed_inputs(network, boxes, s)))
            for s in dataset.sequences
        ]
    return found if all(store.has(*entry) for entry in found) else None


def _diagnose(
    network: Network,
    names: list[str],
    dataset: Dataset,
    entries: list[tuple[str, str]],
    store: Store,
) -> Diagnosis:
    chosen = [
        (sequence, store.folder(*entry))
        for sequence, entry in zip(dataset.sequences, entries, strict=True)
        if sequence.name in names
    ]
    values: dict[str, float | None] = {}
    if network.spec.kind == "fairmot" and network.spec.specialist != "reid":
        pairs = [(sequence, read_npz(folder / DETECTIONS)) for sequence, folder in chosen]
        found, visible = detection_quality(pairs), detection_quality(pairs, min_visibility=VISIBLE)
        values |= {
            "ap": found.standard.ap,
            "ap_paper": found.by_picture,
            "ap_visible": visible.standard.ap,
        }
    looked = [
        (sequence, _seen_rows(sequence, folder / TRUTH))
        for sequence, folder in chosen
        if (folder / TRUTH).exists()
    ]
    if looked and len(looked) == len(chosen):
        embedded = labelled(looked)
        everybody, half = (
            reid_quality(embedded, paper_step=1, min_visibility=v) for v in (0.0, VISIBLE)
        )
        values |= {
            "tpr": half.within.tpr, "tpr_all": everybody.within.tpr, "tpr_paper": everybody.paper.tpr,
            "rank1": half.within.rank_1,
        }  # fmt: skip
    return Diagnosis(
        **{
            name: None if value is None or math.isnan(value) else value
            for name, value in values.items()
        }
    )


def _seen_rows(sequence: Sequence, path: Any) -> npt.NDArray[np.float32]:
    """Embeddings at the truth in every so-manieth frame, NaN elsewhere: the same frames for every network."""
    features: npt.NDArray[np.float32] = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
    truth: GroundTruth | None = sequence.ground_truth
    assert truth is not None
    return np.where(((truth.frames - 1) % TRUTH_STRIDE == 0)[:, None], features, np.float32(np.nan))


def measure_terms(
    module: nn.Module,
    pictures: list[tuple[Sequence, npt.NDArray[np.int64], npt.NDArray[np.uint8]]],
    size: tuple[int, int],
) -> dict[str, float]:
    """AP of a network in training, on some letterboxed frames: for people to watch.

    Args:
        module: the network, in evaluation mode.
        pictures: of each sequence some places (from 0) and the letterboxed frames there.
        size: of these, height and width.
    """
    from mot_bench.models.fairmot import FairMotNetwork
    from mot_bench.models.inference import DetectConfig, PictureDetector

    assert isinstance(module, FairMotNetwork)
    detector = PictureDetector(
        module, DetectConfig(*size, min_score=0.05), str(next(module.parameters()).device)
    )
    pairs = []
    for sequence, places, shown in pictures:
        assert sequence.ground_truth is not None
        assert sequence.width
        assert sequence.height
        found, _ = detector.look(shown, sequence.width, sequence.height)
        truth = sequence.ground_truth
        rows = np.isin(truth.frames, places + 1)
        part = GroundTruth(
            np.searchsorted(places + 1, truth.frames[rows]) + 1, truth.ids[rows], truth.boxes_ltwh[rows],
            truth.considered[rows], truth.classes[rows], truth.visibility[rows],
        )  # fmt: skip
        detections = make_detections(
            np.repeat(np.arange(1, len(found) + 1), [len(each.scores) for each in found]),
            xyxy_to_ltwh(
                np.concatenate([np.empty((0, 4)), *(each.boxes_xyxy.numpy() for each in found)])
            ),
            np.concatenate([np.empty(0), *(each.scores.numpy() for each in found)]),
        )
        cut = dataclasses.replace(
            sequence, length=len(places), load_ground_truth=partial(_same, part)
        )
        pairs.append((cut, detections))
    return {"AP": detection_quality(pairs, min_visibility=VISIBLE).standard.ap}


def _same(truth: GroundTruth) -> GroundTruth:
    return truth


def _described(network: Network, store: Store, networks: Networks) -> ModelResult:
    """What it is and how it was trained."""
    from mot_bench.networks.model_facts import anatomy

    spec = network.spec
    record = ModelResult(
        model=network.name, seed=network.seed, title=spec.title, kind=spec.kind, file=spec.file or "",
        specialist=spec.specialist,
    )  # fmt: skip
    facts = anatomy(network, store.folder("train", network.key))
    if network.recipe is not None:
        facts |= {
            "recipe": dataclasses.asdict(network.recipe),
            "training": networks.samples(network.training).describe(),
        }
    return record.model_copy(update=facts)
