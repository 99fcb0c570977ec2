"""Match published figures to runs by the names or digests of their data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from mot_bench.datasets.dataset import Dataset
from mot_bench.reports.schema import Reference
from mot_bench.suites.schema import ReferenceSpec, RunSpec

DECISIVE = ("tracker", "parameters", "camera_motion", "decimals", "detection_options")


def combined_digest(digests: Mapping[str, str]) -> str:
    """Return one hex SHA-256 for the digests of all sequences, independent of their order.

    >>> combined_digest({"a": "1", "b": "2"}) == combined_digest({"b": "2", "a": "1"})
    True
    """
    hasher = hashlib.sha256()
    for name, digest in sorted(digests.items()):
        hasher.update(f"{name}\0{digest}\n".encode())
    return hasher.hexdigest()


def ground_truth_digest(dataset: Dataset) -> str:
    """Return the combined digest of a dataset's ground truth."""
    return combined_digest({sequence.name: sequence.digest for sequence in dataset.sequences})


def applicable_references(
    run: RunSpec, dataset: Dataset, detections: str, detections_digests: Mapping[str, str]
) -> list[Reference]:
    """Return the references of a run that apply to these data.

    Args:
        run: the run with its references.
        dataset: the dataset.
        detections: the name of the detections.
        detections_digests: the digests of the detections by sequence name.
    """
    truth, found = ground_truth_digest(dataset), combined_digest(detections_digests)
    return [
        Reference(kind=spec.kind, source=spec.source, metrics=spec.metrics, note=spec.note)
        for spec in run.references
        if _holds(spec, {dataset.name, truth}, {detections, found})
    ]


def references_kept(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Return whether references still apply to a changed run, apart from its detections."""
    return all(before.get(key) == after.get(key) for key in DECISIVE)


def _holds(spec: ReferenceSpec, data: set[str], detections: set[str]) -> bool:
    wanted_data = {*spec.datasets, *spec.ground_truth}
    wanted_detections = set(spec.detections)
    return (not wanted_data or bool(wanted_data & data)) and (
        not wanted_detections or bool(wanted_detections & detections)
    )
