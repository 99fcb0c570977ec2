"""Reading and writing baselines and results.

A baseline is a JSON file that people commit and review: percentages with three decimals, counts
whole, NaN as ``null``, keys sorted, so that a diff shows what changed and nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from mot_bench import atomic
from mot_bench.errors import InputError
from mot_bench.files.json_files import first_fault, read_json
from mot_bench.results.gating.baseline import SCHEMA_VERSION, Baseline
from mot_bench.scoring.metrics import METRICS


def load_baseline(path: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        InputError: it is missing, no JSON, no baseline, of another schema version, or holds
            something unknown.
    """
    content = read_json(
        path, "a baseline file (mot-bench gate OUT --baseline FILE --update writes one)"
    )
    if not isinstance(content, dict) or not {"schema_version", "runs"} <= content.keys():
        raise InputError(path, "a baseline of mot-bench gate", "other JSON")
    if content["schema_version"] != SCHEMA_VERSION:
        raise InputError(
            path, f"baseline schema version {SCHEMA_VERSION}", str(content["schema_version"])
        )
    if isinstance(content["runs"], list):
        raise InputError(
            path, "a baseline of mot-bench gate", "results (--update makes a baseline of them)"
        )
    try:
        return Baseline.model_validate(content)
    except ValidationError as error:
        raise InputError(path, "a baseline of mot-bench gate", first_fault(error)) from error


class _Figure(str):
    """A number already written out."""

    __slots__ = ()


def baseline_text(baseline: Baseline) -> str:
    """The baseline as its file has it."""
    content = baseline.model_dump(mode="json")
    for seeds in content["runs"].values():
        for entry in seeds.values():
            for name, value in entry["metrics"].items():
                if value is not None:
                    whole = METRICS[name].kind == "count"
                    entry["metrics"][name] = _Figure(f"{value:.0f}" if whole else f"{value:.3f}")
    return _json(content) + "\n"


def _json(value: object, indent: str = "") -> str:
    """JSON with sorted keys; objects over several lines, lists on one."""
    if isinstance(value, _Figure):
        return str(value)
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    inner = indent + "  "
    lines = [
        f"{inner}{json.dumps(key, ensure_ascii=False)}: {_json(value[key], inner)}"
        for key in sorted(value)
    ]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline whole or not at all.

    Raises:
        MotBenchError: the place cannot be written.
    """
    if path.is_dir():
        raise InputError(path, "a file to write", "a directory")
    atomic.write_text(path, baseline_text(baseline))
