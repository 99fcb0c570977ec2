"""List everything that a run was made with, flat and as text, so that two runs can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mot_bench.engine.store import key_of
from mot_bench.records.results import ModelResult, RunResult, SuiteResult
from mot_bench.reports.run_comparison import Setting
from mot_bench.suites.models import model_name


def differing_settings(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[Setting, ...]:
    """Return the settings in which two runs differ; an absent one is empty."""
    return tuple(
        Setting(name, first.get(name, ""), second.get(name, ""))
        for name in {**first, **second}
        if first.get(name, "") != second.get(name, "")
    )


def making_of(result: SuiteResult, name: str) -> dict[str, str]:
    """Return what a run of a result was made with, by the name of the setting."""
    rows = [run for run in result.runs if run.run == name]
    run = rows[0]
    made: dict[str, object] = {
        "tracker": run.tracker,
        "source of the tracker": run.tracker_source[:12],
        "detections": run.detections,
        "embeddings": run.embeddings,
        "seeds": ", ".join(str(row.seed) for row in rows),
        "calibrated": "yes" if run.calibration else "no",
    }
    made |= {f"parameter {key}": value for key, value in _parameters(run).items()}
    detector, extractor = model_name(run.detections), model_name(run.embeddings)
    made |= _network_settings(result, "model", detector)
    made |= _network_settings(result, "ReID model", extractor)
    if detector is None and run.detections_digests:
        made["content of detections"] = key_of(dict(run.detections_digests))[:12]
    return {key: _text(value) for key, value in made.items() if value not in ("", None)}


def _parameters(run: RunResult) -> dict[str, object]:
    """Return the tracker's parameters, calibrated ones included."""
    return {**run.parameters, **(run.calibration.parameters if run.calibration else {})}


def _network_settings(result: SuiteResult, role: str, name: str | None) -> dict[str, object]:
    """Return the settings of a network; empty if the result has no network of this name."""
    network = next((model for model in result.models if model.model == name), None)
    if network is None:
        return {}
    return {f"{role} {key}": value for key, value in _training_of(network).items()}


def _training_of(model: ModelResult) -> dict[str, object]:
    facts: dict[str, object] = {
        "file": model.file,
        "trained on": model.training,
        "steps": model.steps,
    }
    return facts | _flat(model.recipe)


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Return a nested table as one level, with dots in its keys."""
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
