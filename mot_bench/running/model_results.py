"""Records of the networks that a suite used: what they are, how they were trained, their worth."""

from __future__ import annotations

import dataclasses

from pydantic import TypeAdapter

from mot_bench.engine.stage import NotReady
from mot_bench.networks.model_facts import anatomy
from mot_bench.networks.model_keys import Network, run_models
from mot_bench.records.results import ModelResult
from mot_bench.reports.schema import Diagnosis
from mot_bench.stages.context import Context
from mot_bench.stages.diagnose import DIAGNOSIS, Diagnose
from mot_bench.stages.train import Train

_DIAGNOSES = TypeAdapter(dict[str, Diagnosis])


def model_results(context: Context, used: list[tuple[str, int]]) -> list[ModelResult]:
    """Return a record of every network that a suite used.

    Args:
        context: of the suite.
        used: names and seeds of networks.
    """
    results: dict[str, ModelResult] = {}
    for name, seed in used:
        network = context.networks.network(name, seed)
        if network.trained and not context.cache.has(Train(network)):
            continue
        result = _described(network, context)
        diagnosis = _diagnosis(network, seed, context)
        results.setdefault(network.label, result.model_copy(update={"diagnosis": diagnosis}))
    return list(results.values())


def _diagnosis(network: Network, seed: int, context: Context) -> dict[str, Diagnosis]:
    """Return a network's figures by group; nothing if it was not run on every sequence."""
    stage = _diagnose(network, seed, context)
    if stage is None or not all(context.cache.has(need) for need in stage.needs(context)):
        return {}
    try:
        context.cache.make(stage)
    except NotReady:
        return {}
    expected = "what a network is worth as JSON"
    return context.cache.parsed(stage, DIAGNOSIS, _DIAGNOSES.validate_json, expected) or {}


def _diagnose(network: Network, seed: int, context: Context) -> Diagnose | None:
    """Return the stage that measures a network; None for a ReID network that no run uses."""
    if network.spec.kind == "fairmot":
        return Diagnose(network, None)
    suite = context.networks.suite
    for run in suite.runs:
        detector, extractor = run_models(suite, run)
        if extractor == network.name and detector is not None:
            return Diagnose(network, context.networks.network(detector, seed))
    return None


def _described(network: Network, context: Context) -> ModelResult:
    """Return what a network is and how it was trained."""
    spec = network.spec
    record = ModelResult(
        model=network.name,
        seed=network.seed,
        title=spec.title,
        kind=spec.kind,
        file=spec.file or "",
        specialist=spec.specialist,
    )
    facts = anatomy(network, context.cache.store.folder("train", network.key))
    if network.recipe is not None:
        facts |= {
            "recipe": dataclasses.asdict(network.recipe),
            "training": context.networks.samples(network.training).describe(),
        }
    return record.model_copy(update=facts)
