"""Comparing two results folders, or two runs of one: what differs in making and in figures, and how sure that is."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path

from mot_bench.errors import MotBenchError
from mot_bench.explaining.differences import hota_parts
from mot_bench.records.results import ModelResult, RunResult, SuiteResult
from mot_bench.reports.certainty import Certainty, Comparison
from mot_bench.reports.run_comparison import Change, Parts, Setting, Versus
from mot_bench.reports.schema import Metric, Run
from mot_bench.reports.variants import Variant, difference, variants_of
from mot_bench.results.folders import Folder, check_comparable, open_folder
from mot_bench.results.merging import merged
from mot_bench.statistics.certainty import certainty
from mot_bench.suites.models import model_name
from mot_bench.suites.references import combined_digest

BY_SEQUENCE = ("HOTA", "IDF1", "IDSW")
NEEDED = ("HOTA",)


@dataclasses.dataclass(frozen=True)
class Compared:
    """Pairs of runs, and what only one of the folders has."""

    pairs: tuple[Versus, ...]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()


def compare(
    first: Path, second: Path | None, runs: tuple[str, ...], metrics: tuple[str, ...] = ()
) -> Compared:
    """Compare runs of the same name of two folders, or two runs of given names.

    Args:
        first: results folder.
        second: another; None: the same.
        runs: none (every run that both folders have), one (that run of both), or two (one of each).
        metrics: names; the leaderboard's first ones where there is none.

    Raises:
        MotBenchError: they were scored on other data or by another scorer; or no such run.
    """
    one = open_folder(first)
    other = one if second is None else open_folder(second)
    if one is not other and one.label == other.label:
        one, other = (
            dataclasses.replace(one, label=str(first)),
            dataclasses.replace(other, label=str(second)),
        )
    check_comparable(one, other)
    if second is None and len(runs) != 2:
        raise MotBenchError(
            "compare: expected two folders, or --runs A,B of one; found one folder and no two runs"
        )
    if len(runs) > 2:
        raise MotBenchError(f"--runs: expected one or two runs, found {len(runs)}")
    if runs:
        return Compared((versus(one, runs[0], other, runs[-1], metrics),))
    mine, theirs = ([v.name for v in variants_of(folder.bundle)] for folder in (one, other))
    shared = [name for name in mine if name in theirs]
    if not shared:
        raise MotBenchError(
            f"compare: expected a run that both folders have, or --runs A,B; "
            f"found {', '.join(mine)} in {first} and {', '.join(theirs)} in {second}"
        )
    return Compared(
        tuple(versus(one, name, other, name, metrics) for name in shared),
        tuple(name for name in mine if name not in theirs),
        tuple(name for name in theirs if name not in mine),
    )


def versus(
    one: Folder, first: str, other: Folder, second: str, metrics: tuple[str, ...] = ()
) -> Versus:
    """Two runs: ``second`` of a folder against ``first`` of another or the same one."""
    mine, theirs = one.variant(first), other.variant(second)
    names = metrics or one.bundle.headline
    known = pair_comparisons(one, first, other, second)
    changes = tuple(
        _change(mine, theirs, one.bundle.metric(name), known.get(name)) for name in names
    )
    by_sequence = [one.bundle.metric(name) for name in (metrics or BY_SEQUENCE)]
    sequences = tuple(
        (
            sequence.name,
            tuple(_sequence_change(mine, theirs, metric, sequence.name) for metric in by_sequence),
        )
        for sequence in one.bundle.dataset.sequences
    )
    data, scorer = one.bundle.dataset, one.bundle.scorer
    scored = (
        f"{data.name}, rules of {data.benchmark}, {len(data.sequences)} sequences; "
        f"by {scorer.name} {scorer.version}"
    )
    return Versus(
        name=first if first == second else f"{first}, {second}",
        first=_label(one, first, other, second),
        second=_label(other, second, one, first),
        scored=scored,
        settings=tuple(_settings(one, first, other, second)),
        changes=changes,
        parts=_parts(one, mine, other, theirs),
        sequences=sequences if mine.status == theirs.status == "ok" else (),
        notes=tuple(_notes(one, mine, other, theirs, known)),
    )


def _label(folder: Folder, name: str, other: Folder, other_name: str) -> str:
    if folder is other:
        return name
    return f"{folder.label}: {name}" if name != other_name else folder.label


def _change(mine: Variant, theirs: Variant, metric: Metric, found: Comparison | None) -> Change:
    first, second = mine.summary(metric.name), theirs.summary(metric.name)
    paired = difference(theirs, mine, lambda run: run.metrics.get(metric.name))
    return Change(
        metric,
        first.mean if first else None,
        second.mean if second else None,
        found.interval if found else None,
        found.verdict if found and found.verdict != "no statement" else None,
        paired.agree if paired else 0,
        paired.count if paired else 0,
    )


def pair_comparisons(one: Folder, first: str, other: Folder, second: str) -> dict[str, Comparison]:
    """Return the comparisons of the second run against the first by metric.

    Each is judged by itself. They are those of the folder's report, where it has them, and else
    are computed of this pair.
    """
    if one is other and (found := _against(one.bundle.certainty, second, first)):
        return found
    together = merged([one] if one is other else [one, other])
    base, run = together.runs[one.label, first], together.runs[other.label, second]
    rows = [row for row in together.result.runs if row.run in (base, run)]
    pair = together.result.model_copy(update={"runs": rows, "base": base})
    return _against(certainty(pair, together.counts), run, base)


def _against(known: Certainty | None, run: str, base: str) -> dict[str, Comparison]:
    """Return the known comparisons of a run against another by metric; empty if there are none."""
    if known is None:
        return {}
    return {one.metric: one for one in known.comparisons if (one.run, one.base) == (run, base)}


def _parts(one: Folder, mine: Variant, other: Folder, theirs: Variant) -> Parts | None:
    """What the difference in HOTA is made of, mean over the seeds that both have.

    None where it cannot be split.
    """
    found = []
    for first in one.result.runs:
        for second in other.result.runs:
            if (first.run, second.run) == (mine.name, theirs.name) and first.seed == second.seed:
                try:
                    found.append(hota_parts(second, first))
                except MotBenchError:
                    return None
    if not found or mine.status != "ok" or theirs.status != "ok":
        return None
    return Parts(
        math.fsum(part.detection for part in found) / len(found),
        math.fsum(part.association for part in found) / len(found),
        math.fsum(part.localisation for part in found) / len(found),
    )


def _sequence_change(mine: Variant, theirs: Variant, metric: Metric, sequence: str) -> Change:
    return Change(
        metric, _mean(mine.runs, sequence, metric.name), _mean(theirs.runs, sequence, metric.name)
    )


def _mean(runs: tuple[Run, ...], sequence: str, metric: str) -> float | None:
    values = [run.sequences.get(sequence, {}).get(metric) for run in runs]
    found = [value for value in values if value is not None and not math.isnan(value)]
    return math.fsum(found) / len(found) if found and len(found) == len(values) else None


def _settings(one: Folder, first: str, other: Folder, second: str) -> list[Setting]:
    mine, theirs = (
        _made_of(folder.result, name) for folder, name in ((one, first), (other, second))
    )
    names = [*mine, *(name for name in theirs if name not in mine)]
    return [
        Setting(name, mine.get(name, ""), theirs.get(name, ""))
        for name in names
        if mine.get(name, "") != theirs.get(name, "")
    ]


def _made_of(result: SuiteResult, name: str) -> dict[str, str]:
    """Everything that a run was made with, flat, as text."""
    rows = [run for run in result.runs if run.run == name]
    first = rows[0]
    made: dict[str, object] = {
        "tracker": first.tracker,
        "source of the tracker": first.tracker_source[:12],
        "detections": first.detections,
        "embeddings": first.embeddings,
        "seeds": ", ".join(str(run.seed) for run in rows),
        "calibrated": "yes" if first.calibration else "no",
    }
    made |= {f"parameter {key}": value for key, value in _resolved(first).items()}
    for role, network in (
        ("model", model_name(first.detections)),
        ("ReID model", model_name(first.embeddings)),
    ):
        found = next((model for model in result.models if model.model == network), None)
        if found is not None:
            made |= {f"{role} {key}": value for key, value in _network(found).items()}
    if not model_name(first.detections):
        made["content of detections"] = _digest(first.detections_digests)
    return {key: _text(value) for key, value in made.items() if value not in ("", None)}


def _resolved(run: RunResult) -> dict[str, object]:
    return {**run.parameters, **(run.calibration.parameters if run.calibration else {})}


def _network(model: ModelResult) -> dict[str, object]:
    made: dict[str, object] = {
        "file": model.file,
        "trained on": model.training,
        "steps": model.steps,
    }
    made |= _flat(model.recipe, "")
    return made


def _flat(table: Mapping[str, object], prefix: str) -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _rows(folder: Folder, variant: Variant) -> list[RunResult]:
    return [run for run in folder.result.runs if run.run == variant.name]


def _digest(digests: Mapping[str, str]) -> str:
    """A short digest of several; equal where all are."""
    from mot_bench.engine.store import key_of

    return key_of(dict(digests))[:12] if digests else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _notes(
    one: Folder, mine: Variant, other: Folder, theirs: Variant, known: Mapping[str, Comparison]
) -> list[str]:
    notes = []
    for folder, variant in ((one, mine), (other, theirs)):
        for run in variant.runs:
            if run.status != "ok":
                notes.append(
                    f"{folder.label}: {run.run}, seed {run.seed}: {run.status}: {run.error}"
                )
    digests = [
        {combined_digest(run.track_digests) for run in _rows(folder, variant)}
        for folder, variant in ((one, mine), (other, theirs))
    ]
    if digests[0] == digests[1] and all(run.track_digests for run in _rows(one, mine)):
        notes.append(
            "The track files of both are the same, byte for byte: nothing in their making had an effect."
        )
    elif all(found.interval is None for found in known.values()):
        reasons = dict.fromkeys(found.reason for found in known.values() if found.reason)
        notes.append(
            f"No intervals, so that a difference may be chance: {'; '.join(reasons) or 'nothing is known'}."
        )
    needed = dict.fromkeys(
        found.needed for metric, found in known.items() if found.needed and metric in NEEDED
    )
    return [*notes, *needed]
