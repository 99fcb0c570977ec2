"""Tables as CSV: leaderboard, sequences, groups and times. The same bundle gives the same bytes.

Percentages have three decimals, counts are whole, what is missing is empty. Quoting follows RFC
4180; lines end in LF.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from mot_bench.reports.schema import REFERENCE_KINDS, Bundle, Metric, Run
from mot_bench.reports.times import RunTiming

HEAD = ("run", "dataset", "seed", "status")
PROVENANCE = (
    "tracker",
    "detections",
    "embeddings",
    "model",
    "reid_model",
    "trained",
    "calibrated",
    "parameters",
)
DOUBTS = ("rules", "warnings")
SPEEDS = ("association_fps", "end_to_end_fps")


def leaderboard_csv(bundle: Bundle) -> str:
    """One row a run and seed, best HOTA first, what did not finish last.

    Figures of others follow the metrics in columns of their own: ``original_HOTA`` ...
    ``original_source``, the same with ``published_``; a second source of a run is ``published_2_``.
    ``model`` and ``reid_model`` name the suite's networks; ``parameters`` has the tracker's
    resolved parameters as JSON, in the order of its configuration.
    """
    groups = _reference_groups(bundle)
    header = [*HEAD, *(metric.name for metric in bundle.metrics), "error", *PROVENANCE, *DOUBTS]
    for label, _, _, metrics in groups:
        header += [
            *(f"{label}_{metric.name}" for metric in metrics),
            f"{label}_source",
            f"{label}_note",
        ]
    rows = []
    for run in bundle.ranked:
        row = [*_head(bundle, run), *_shown(bundle.metrics, run), run.error, *_provenance(run)]
        row += [bundle.dataset.benchmark, "; ".join(run.warnings)]
        for _, kind, index, metrics in groups:
            references = run.references_of(kind)
            reference = references[index] if index < len(references) else None
            if reference is None:
                row += [""] * (len(metrics) + 2)
            else:
                row += [
                    metric.shown_printed(reference.metrics.get(metric.name)) for metric in metrics
                ]
                row += [reference.source, reference.note]
        rows.append(row)
    return csv_text([header, *rows])


def sequences_csv(bundle: Bundle) -> str:
    """One row a run, seed and sequence: runs as in the leaderboard, sequences as in the dataset."""
    header = ["run", "dataset", "seed", "sequence", "frames", "frame_rate"]
    rows = [[*header, *(metric.name for metric in bundle.metrics)]]
    for run in bundle.ranked:
        for sequence in bundle.dataset.sequences:
            metrics = run.sequences.get(sequence.name)
            if metrics is not None:
                head = [run.run, bundle.dataset.name, str(run.seed), sequence.name]
                size = [str(sequence.length), f"{sequence.frame_rate:g}"]
                rows.append(
                    [
                        *head,
                        *size,
                        *(metric.shown(metrics.get(metric.name)) for metric in bundle.metrics),
                    ]
                )
    return csv_text(rows)


def groups_csv(bundle: Bundle) -> str | None:
    """One row a run, seed and group of sequences, runs as in the leaderboard.

    None where nothing is reported apart.
    """
    if not bundle.dataset.groups:
        return None
    rows = [["run", "dataset", "seed", "group", *(metric.name for metric in bundle.metrics)]]
    for run in bundle.ranked:
        for group in bundle.dataset.groups:
            if metrics := run.metrics_in(group):
                head = [run.run, bundle.dataset.name, str(run.seed), group]
                rows.append(
                    [*head, *(metric.shown(metrics.get(metric.name)) for metric in bundle.metrics)]
                )
    return csv_text(rows)


def timing_csv(bundle: Bundle) -> str | None:
    """Return a row for each run and seed with its times; None where nothing was timed.

    A row has frames per second, the seconds of each stage, the machine, and the least and the most
    frames per second over the passes. The field of a stage that a run does not have is empty.
    """
    timing = bundle.timing
    if timing is None:
        return None
    stages = list(dict.fromkeys(stage for one in timing.runs for stage in one.stages))
    header = [
        *("run", "seed", "frames", *SPEEDS),
        *(f"{stage}_s" for stage in stages),
        *("machine", *(f"{speed}_{end}" for speed in SPEEDS for end in ("least", "most"))),
    ]
    return csv_text([header, *(_timing_row(one, stages, timing.machine) for one in timing.runs)])


def _timing_row(timing: RunTiming, stages: Sequence[str], machine: str) -> list[str]:
    """Return the row of one run and seed in the order of the header of ``timing_csv``."""
    seconds = [timing.stages.get(stage) for stage in stages]
    return [
        *(timing.run, str(timing.seed), str(timing.frames)),
        *(f"{timing.association_fps:.2f}", f"{timing.end_to_end_fps:.2f}"),
        *("" if value is None else f"{value:.4f}" for value in seconds),
        machine,
        *(f"{end:.2f}" for speed in SPEEDS for end in timing.span(speed)),
    ]


def reference_metrics(bundle: Bundle, kind: str) -> list[Metric]:
    """The metrics that any reference of a kind names, in the order of the leaderboard."""
    named = {
        name
        for run in bundle.runs
        for reference in run.references_of(kind)
        for name in reference.metrics
    }
    return [metric for metric in bundle.metrics if metric.name in named]


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    r"""Rows as CSV: a field with a comma, a quote or a line end is quoted, a quote in it doubled.

    >>> csv_text([["a", 'b "c" d', "e,f"]])
    'a,"b ""c"" d","e,f"\n'
    """
    return "".join(",".join(_quoted(field) for field in row) + "\n" for row in rows)


def _quoted(field: str) -> str:
    if any(mark in field for mark in ',"\r\n'):
        return '"' + field.replace('"', '""') + '"'
    return field


def _head(bundle: Bundle, run: Run) -> list[str]:
    return [run.run, bundle.dataset.name, str(run.seed), run.status]


def _provenance(run: Run) -> list[str]:
    return [
        run.tracker,
        run.detections,
        run.embeddings,
        run.model,
        run.reid_model,
        "yes" if run.trained else "no",
        "yes" if run.calibration else "no",
        json.dumps(dict(run.parameters), ensure_ascii=False) if run.parameters else "",
    ]


def _shown(metrics: Iterable[Metric], run: Run) -> list[str]:
    return [metric.shown(run.metrics.get(metric.name)) for metric in metrics]


def _reference_groups(bundle: Bundle) -> list[tuple[str, str, int, list[Metric]]]:
    """Label, kind, which of a run's references of that kind, and the metrics.

    As many as the run with the most has.
    """
    groups: list[tuple[str, str, int, list[Metric]]] = []
    for kind in REFERENCE_KINDS:
        most = max((len(run.references_of(kind)) for run in bundle.runs), default=0)
        metrics = reference_metrics(bundle, kind)
        groups += [
            (kind if not index else f"{kind}_{index + 1}", kind, index, metrics)
            for index in range(most)
        ]
    return groups
