"""From what was found in each sequence to the summary of a run: causes with counts and gains, parts of the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mot_bench.explaining.context import ExplainingContext
from mot_bench.explaining.repairs import LIMITS, repair_key
from mot_bench.explaining.rescoring import METRICS, Counts, total
from mot_bench.explaining.slices import BOXES, PARTS, RECALLED, RIGHT, WRONG, By, part_aps
from mot_bench.records.results import RunResult
from mot_bench.reports.explanation import (
    CAUSES,
    KINDS,
    Cause,
    Kind,
    Limit,
    RunExplanation,
    Slice,
)
from mot_bench.stages.explain import Found


def run_record(
    row: RunResult, every: list[Found], aps: Mapping[By, list[float | None]], *, inert: bool
) -> RunExplanation:
    """The summary of a run, of what was found in every sequence and of AP by part of the truth."""
    causes, kinds = [], []
    for kind in KINDS:
        counts = {cause: _count(every, kind, cause) for cause in CAUSES[kind]}
        causes += [_cause(every, kind, cause, count) for cause, count in counts.items() if count]
        kinds.append(_cause(every, kind, "", sum(counts.values())))
    known = all(one.detections_known for one in every)
    return RunExplanation(
        run=row.run,
        seed=row.seed,
        inert=inert,
        detections_known=known,
        visibility_given=all(one.visibility_given for one in every),
        causes=tuple(causes),
        kinds=tuple(kinds),
        limits=tuple(Limit(limit, gains(every, limit)) for limit in LIMITS),
        slices=tuple(_slices(every, aps if known else {})),
    )


def gains(found: Iterable[Found], key: str) -> dict[str, float]:
    """What a repair gains over all sequences (fractions), by metric."""
    every = list(found)
    before = total(one.counts[""] for one in every).metrics()
    after = total(_repaired(one, key) for one in every).metrics()
    return {metric: after[metric] - before[metric] for metric in METRICS}


def _repaired(one: Found, key: str) -> Counts:
    """Counts of a sequence after a repair; where there was nothing to repair they are as before."""
    return one.counts.get(key, one.counts[""])


def _count(found: list[Found], kind: Kind, cause: str) -> int:
    return sum(one.errors[kind].get(cause, 0) for one in found)


def _cause(found: list[Found], kind: Kind, cause: str, count: int) -> Cause:
    return Cause(kind=kind, cause=cause, count=count, gains=gains(found, repair_key(kind, cause)))


def _slices(found: list[Found], aps: Mapping[By, list[float | None]]) -> list[Slice]:
    """Parts of the truth that have boxes; by visibility only where every sequence has it."""
    slices = []
    for by, labels in PARTS.items():
        if not all(by in one.parts for one in found):
            continue
        for part, label in enumerate(labels):
            counts = [sum(one.parts[by][part][column] for one in found) for column in range(4)]
            if not counts[BOXES]:
                continue
            identified = 2 * counts[RIGHT] / (counts[BOXES] + counts[RIGHT] + counts[WRONG])
            slices.append(
                Slice(
                    by=by,
                    label=label,
                    boxes=counts[BOXES],
                    ap=aps[by][part] if by in aps else None,
                    recall=counts[RECALLED] / counts[BOXES],
                    idf1=identified,
                )
            )
    return slices


def aps_of(
    context: ExplainingContext, digests: Mapping[str, str]
) -> Mapping[By, list[float | None]]:
    """AP of the detections of these digests by sequence; nothing where any are not in the store."""
    judged = []
    for name, digest in digests.items():
        detected = context.judged(name, digest) if digest else None
        if detected is None:
            return {}
        judged.append((context.people(name), detected))
    return part_aps(judged)
