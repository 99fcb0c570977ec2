"""Compare two results folders, or two runs: what differs in making and in figures, how certainly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from mot_bench.errors import MotBenchError, did_you_mean
from mot_bench.explaining.differences import hota_parts
from mot_bench.records.results import RunResult
from mot_bench.reports.certainty import Certainty, Comparison
from mot_bench.reports.run_comparison import Change, Parts, Versus
from mot_bench.reports.schema import Bundle, Metric, Run
from mot_bench.reports.variants import Variant, difference, variants_of
from mot_bench.results.bundle import load_bundle
from mot_bench.results.comparable import check_comparable
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.merging import merged
from mot_bench.results.run_making import differing_settings, making_of
from mot_bench.statistics.certainty import certainty
from mot_bench.suites.references import combined_digest

BY_SEQUENCE = ("HOTA", "IDF1", "IDSW")
NEEDED = ("HOTA",)


@dataclass(frozen=True)
class Compared:
    """Pairs of runs, and the names of the runs that only one of the folders has."""

    pairs: tuple[Versus, ...]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()


@dataclass(frozen=True)
class Side:
    """One of the two runs of a comparison, over all its seeds.

    Attributes:
        folder: the results folder of the run.
        bundle: what reports show of the folder.
        run: the run's name.
    """

    folder: ResultsFolder
    bundle: Bundle
    run: str

    @cached_property
    def variant(self) -> Variant:
        """Return the run over its seeds.

        Raises:
            MotBenchError: the folder has no run of this name.
        """
        found = {variant.name: variant for variant in variants_of(self.bundle)}
        if self.run not in found:
            raise MotBenchError(
                f"--runs: expected one of {', '.join(found)} (of {self.folder.path}); "
                f"found {self.run!r}{did_you_mean(self.run, found)}"
            )
        return found[self.run]

    @property
    def rows(self) -> list[RunResult]:
        """Return the results of the run, one for each seed."""
        return [row for row in self.folder.result.runs if row.run == self.run]

    def label_beside(self, other: Side) -> str:
        """Return what the run is called beside another one."""
        if self.folder == other.folder:
            return self.run
        name = self.folder.name
        return name if self.run == other.run else f"{name}: {self.run}"


def compare(
    first: Path, second: Path | None, runs: tuple[str, ...], metrics: tuple[str, ...] = ()
) -> Compared:
    """Compare runs of the same name of two folders, or two runs of given names.

    Args:
        first: a results folder.
        second: another one; None: the same.
        runs: no name (every run that both folders have), one name (that run of both folders), or
            two names (one run of each folder).
        metrics: names of metrics; without names, those of the leaderboard's first columns.

    Raises:
        MotBenchError: the folders differ in ground truth or scorer, or a run does not exist.
    """
    one, other = with_different_labels(ResultsFolder(first), ResultsFolder(second or first))
    check_comparable(one, other)
    if second is None and len(runs) != 2:
        raise MotBenchError(
            "compare: expected two folders, or --runs A,B of one; found one folder and no two runs"
        )
    if len(runs) > 2:
        raise MotBenchError(f"--runs: expected one or two runs, found {len(runs)}")
    bundle = load_bundle(one)
    other_bundle = bundle if one == other else load_bundle(other)
    if runs:
        sides = Side(one, bundle, runs[0]), Side(other, other_bundle, runs[-1])
        return Compared((versus(*sides, metrics),))
    return _compare_shared(one, bundle, other, other_bundle, metrics)


def _compare_shared(
    one: ResultsFolder,
    bundle: Bundle,
    other: ResultsFolder,
    other_bundle: Bundle,
    metrics: tuple[str, ...],
) -> Compared:
    """Compare the runs that two folders both have.

    Raises:
        MotBenchError: they have none.
    """
    names, other_names = _run_names(bundle), _run_names(other_bundle)
    shared = [name for name in names if name in other_names]
    if not shared:
        raise MotBenchError(
            f"compare: expected a run that both folders have, or --runs A,B; found "
            f"{', '.join(names)} in {one.path} and {', '.join(other_names)} in {other.path}"
        )
    return Compared(
        tuple(
            versus(Side(one, bundle, name), Side(other, other_bundle, name), metrics)
            for name in shared
        ),
        tuple(name for name in names if name not in other_names),
        tuple(name for name in other_names if name not in names),
    )


def _run_names(bundle: Bundle) -> list[str]:
    return list(dict.fromkeys(run.run for run in bundle.runs))


def with_different_labels(
    one: ResultsFolder, other: ResultsFolder
) -> tuple[ResultsFolder, ResultsFolder]:
    """Return two folders with different labels: their paths if their names are equal."""
    if one == other:
        return one, one
    if one.name != other.name:
        return replace(one, label=one.name), replace(other, label=other.name)
    return replace(one, label=str(one.path)), replace(other, label=str(other.path))


def versus(one: Side, other: Side, metrics: tuple[str, ...] = ()) -> Versus:
    """Compare two runs: ``other`` against ``one``."""
    bundle, first, second = one.bundle, one.variant, other.variant
    known = pair_comparisons(one, other)
    changes = tuple(
        _change(first, second, bundle.metric(name), known.get(name))
        for name in metrics or bundle.headline
    )
    data, scorer = bundle.dataset, bundle.scorer
    finished = first.status == second.status == "ok"
    return Versus(
        name=one.run if one.run == other.run else f"{one.run}, {other.run}",
        first=one.label_beside(other),
        second=other.label_beside(one),
        scored=(
            f"{data.name}, rules of {data.benchmark}, {len(data.sequences)} sequences; "
            f"by {scorer.name} {scorer.version}"
        ),
        settings=differing_settings(
            making_of(one.folder.result, one.run), making_of(other.folder.result, other.run)
        ),
        changes=changes,
        parts=_parts(one, other) if finished else None,
        sequences=_by_sequence(one, other, metrics or BY_SEQUENCE) if finished else (),
        notes=tuple(_notes(one, other, known)),
    )


def pair_comparisons(one: Side, other: Side) -> dict[str, Comparison]:
    """Return the comparisons of ``other`` against ``one`` by metric, each judged by itself.

    They are taken from the folder's report if it has them, and are computed for this pair if not.
    """
    same_folder = one.folder == other.folder
    if same_folder and (found := _against(one.bundle.certainty, other.run, one.run)):
        return found
    together = merged([one.folder] if same_folder else [one.folder, other.folder])
    base = together.runs[one.folder.name, one.run]
    run = together.runs[other.folder.name, other.run]
    rows = [row for row in together.result.runs if row.run in (base, run)]
    pair = together.result.model_copy(update={"runs": rows, "base": base})
    return _against(certainty(pair, together.counts), run, base)


def _against(known: Certainty | None, run: str, base: str) -> dict[str, Comparison]:
    """Return the known comparisons of a run against another by metric; empty if there are none."""
    if known is None:
        return {}
    return {one.metric: one for one in known.comparisons if (one.run, one.base) == (run, base)}


def _change(first: Variant, second: Variant, metric: Metric, found: Comparison | None) -> Change:
    """Return the change of a metric from one run to another, means over their seeds."""
    before, after = first.summary(metric.name), second.summary(metric.name)
    paired = difference(second, first, lambda run: run.metrics.get(metric.name))
    return Change(
        metric,
        before.mean if before else None,
        after.mean if after else None,
        found.interval if found else None,
        found.verdict if found and found.verdict != "no statement" else None,
        paired.agree if paired else 0,
        paired.count if paired else 0,
    )


def _by_sequence(
    one: Side, other: Side, names: tuple[str, ...]
) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    """Return the changes of some metrics in each sequence, by the sequence's name."""
    metrics = [one.bundle.metric(name) for name in names]
    return tuple(
        (
            sequence.name,
            tuple(
                Change(
                    metric,
                    _mean(one.variant.runs, sequence.name, metric.name),
                    _mean(other.variant.runs, sequence.name, metric.name),
                )
                for metric in metrics
            ),
        )
        for sequence in one.bundle.dataset.sequences
    )


def _mean(runs: tuple[Run, ...], sequence: str, metric: str) -> float | None:
    """Return the mean of a metric over seeds; None if any seed lacks the metric."""
    values = [run.sequences.get(sequence, {}).get(metric) for run in runs]
    found = [value for value in values if value is not None and not math.isnan(value)]
    return math.fsum(found) / len(found) if found and len(found) == len(values) else None


def _parts(one: Side, other: Side) -> Parts | None:
    """Return the parts of the difference in HOTA, means over the seeds that both runs have.

    None if no seeds can be paired, or if a run has no HOTA over alpha.
    """
    pairs = [(row, base) for base in one.rows for row in other.rows if row.seed == base.seed]
    try:
        found = [hota_parts(row, base) for row, base in pairs]
    except MotBenchError:
        return None
    if not found:
        return None
    return Parts(
        math.fsum(part.detection for part in found) / len(found),
        math.fsum(part.association for part in found) / len(found),
        math.fsum(part.localisation for part in found) / len(found),
    )


def _notes(one: Side, other: Side, known: Mapping[str, Comparison]) -> list[str]:
    """Return what a reader must know of a comparison: failures, equal tracks, missing intervals."""
    notes = [
        f"{side.folder.name}: {run.run}, seed {run.seed}: {run.status}: {run.error}"
        for side in (one, other)
        for run in side.variant.runs
        if run.status != "ok"
    ]
    if _same_tracks(one, other):
        notes.append(
            "The track files of both are the same, byte for byte: "
            "nothing in their making had an effect."
        )
    elif all(found.interval is None for found in known.values()):
        notes.append(f"No intervals, so that a difference may be chance: {_reasons(known)}.")
    needed = [known[metric].needed for metric in NEEDED if metric in known]
    return [*notes, *filter(None, needed)]


def _reasons(known: Mapping[str, Comparison]) -> str:
    """Return why comparisons have no intervals."""
    return (
        "; ".join(dict.fromkeys(one.reason for one in known.values() if one.reason))
        or "nothing is known"
    )


def _same_tracks(one: Side, other: Side) -> bool:
    """Return whether the track files of both runs are known and equal."""
    digests, other_digests = (
        {combined_digest(row.track_digests) for row in side.rows} for side in (one, other)
    )
    return digests == other_digests and all(row.track_digests for row in one.rows)
