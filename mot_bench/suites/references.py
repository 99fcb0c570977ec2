"""Which figures of others hold for what was run: by names, or by digests where the same data goes by another name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from mot_bench.datasets.dataset import Dataset
from mot_bench.records.results import Reference
from mot_bench.suites.schema import ReferenceSpec, RunSpec

DECISIVE = ("tracker", "parameters", "camera_motion", "decimals", "detection_options")


def combined_digest(digests: Mapping[str, str]) -> str:
    """One hex SHA-256 for the digests of all sequences, whatever their order.

    >>> combined_digest({"a": "1", "b": "2"}) == combined_digest({"b": "2", "a": "1"})
    True
    """
    hasher = hashlib.sha256()
    for name, digest in sorted(digests.items()):
        hasher.update(f"{name}\0{digest}\n".encode())
    return hasher.hexdigest()


def ground_truth_digest(dataset: Dataset) -> str:
    """The combined digest of a dataset's ground truth."""
    return combined_digest({sequence.name: sequence.digest for sequence in dataset.sequences})


def applicable_references(
    run: RunSpec, dataset: Dataset, detections: str, detections_digests: Mapping[str, str]
) -> list[Reference]:
    """The references of a run that hold for these data.

    Args:
        run: whose references.
        dataset: what was run on.
        detections: their name.
        detections_digests: by sequence name.
    """
    truth, found = ground_truth_digest(dataset), combined_digest(detections_digests)
    return [
        Reference(kind=spec.kind, source=spec.source, metrics=spec.metrics, note=spec.note)
        for spec in run.references
        if _holds(spec, {dataset.name, truth}, {detections, found})
    ]


def references_kept(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Whether a run that was changed still is what its references are about (detections are matched by themselves)."""
    return all(before.get(key) == after.get(key) for key in DECISIVE)


def _holds(spec: ReferenceSpec, data: set[str], detections: set[str]) -> bool:
    wanted_data = {*spec.datasets, *spec.ground_truth}
    wanted_detections = set(spec.detections)
    return (not wanted_data or bool(wanted_data & data)) and (
        not wanted_detections or bool(wanted_detections & detections)
    )
