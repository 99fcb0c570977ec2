"""What a network is made of, for people to read: parameters, multiply-adds, its training curve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mot_bench.errors import reading
from mot_bench.networks.model_keys import Network


def anatomy(network: Network, folder: Path) -> dict[str, Any]:
    """Fields of ``mot_bench.records.results.ModelResult`` that the checkpoint knows.

    Args:
        network: trained here, or from a file.
        folder: its checkpoint in the store.
    """
    from mot_bench.models.checkpoint import MANIFEST
    from mot_bench.networks.loading import read_manifest

    if network.spec.file is not None and not Path(network.spec.file).is_dir():
        return {
            "architecture": Path(network.spec.file).suffix.removeprefix("."),
            "weights_digest": network.key,
        }
    place = Path(network.spec.file) if network.spec.file else folder
    with reading(place / MANIFEST, "a checkpoint's manifest"):
        return _facts(read_manifest(place), place)


def _facts(manifest: dict[str, Any], place: Path) -> dict[str, Any]:
    """Fields of the record, from the manifest of the checkpoint at ``place``."""
    from mot_bench.models.checkpoint import WEIGHTS

    curve = [
        {"step": row["step"], "learning_rate": row["learning_rate"], **row["terms"]}
        for row in manifest.get("curve", [])
    ]
    last = curve[-1] if curve else {}
    parameters, multiply_adds = _size(manifest, place)
    return {
        "architecture": manifest["network"]["architecture"],
        "parameters": parameters,
        "multiply_adds": multiply_adds,
        "steps": manifest.get("step", 0),
        "weights_digest": manifest["digests"][WEIGHTS],
        "curve": curve,
        "detection_weight": last.get("detection_weight"),
        "reid_weight": last.get("reid_weight"),
        "note": _note(last),
    }


def _note(last: dict[str, float]) -> str:
    """What people ask about most often."""
    if last.get("total", 0.0) >= 0 or "detection" not in last:
        return ""
    from mot_bench.models.losses import NEGATIVE_TOTAL

    return NEGATIVE_TOTAL


def _size(manifest: dict[str, Any], place: Path) -> tuple[int, int]:
    """Parameters, and multiply-adds of one picture or crop."""
    import torch

    from mot_bench.models.inference import multiply_adds
    from mot_bench.networks.loading import network_config, picture_size, reid_config

    if manifest["kind"] == "reid":
        from mot_bench.models.reid import make_reid

        reid = reid_config(manifest, place)
        made, height, width = make_reid(reid), reid.height, reid.width
    else:
        from mot_bench.models.fairmot import FairMotNetwork

        with torch.random.fork_rng():
            made = FairMotNetwork(network_config(manifest, place))
        height, width = picture_size(manifest, place)
    return sum(p.numel() for p in made.parameters()), multiply_adds(made, height, width)
