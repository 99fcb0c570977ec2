"""``mot-bench data``: check datasets, list those that can be named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mot_bench.datasets.check import DataReport

_data = typer.Typer(help="Check datasets and list those that can be named.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.add_typer(_data, name="data")


@_data.command("check")
def check(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="A sequence folder, a folder of sequences, a data root, or a dataset's name.",
            show_default=False,
        ),
    ] = None,
    split_pair: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="A B",
            help="Find identities that are in both: splits (half-train half-val) or dataset folders.",
        ),
    ] = None,
    data_root: Annotated[
        Path | None,
        typer.Option(
            help="Where named datasets lie (else MOT_BENCH_DATA); checked whole without PATH."
        ),
    ] = None,
) -> None:
    """Verify a dataset: one line for each fault (file, line, finding) and exit code 1.

    Digests of what was checked.
    """
    from mot_bench.datasets.catalogue import find_folder
    from mot_bench.datasets.check import check_data
    from mot_bench.datasets.data_root import resolve_data_root

    path = find_folder(path, resolve_data_root(data_root))
    report = check_data(path)
    findings = report.all_findings
    if split_pair is not None:
        from mot_bench.datasets.split_pair import check_split_pair

        findings = findings + check_split_pair(path, *split_pair)
    for finding in findings:
        typer.echo(str(finding))
    for line in summary(report):
        typer.echo(line)
    typer.echo(f"{len(findings)} faults" if findings else "no faults")
    if findings:
        raise typer.Exit(1)


def summary(report: DataReport) -> list[str]:
    """What was checked, one line a sequence."""
    lines = []
    for sequence in report.sequences:
        parts = [f"{sequence.benchmark}, {sequence.length} frames"]
        if sequence.pictures is not None:
            parts.append(f"{sequence.pictures} pictures")
        if sequence.truth_rows is not None:
            parts.append(f"ground truth {sequence.truth_rows} rows, {sequence.ids} pedestrians")
            parts.append(f"{sequence.partly_outside} boxes partly outside")
        if sequence.detection_rows is not None:
            parts.append(f"{sequence.detection_rows} detections")
        parts += sequence.notes
        parts.append(f"digest {sequence.digest[:16]}" if sequence.digest else "no digest")
        lines.append(f"{sequence.name}: {'; '.join(parts)}")
    if report.other_files:
        lines.append(f"{report.other_files} files of detections and camera motion")
    return [*lines, *(f"Warning: {doubt}" for doubt in report.doubts)]


@_data.command("list")
def list_named(
    data_root: Annotated[
        Path | None, typer.Option(help="Where datasets lie (else MOT_BENCH_DATA).")
    ] = None,
) -> None:
    """The datasets that can be named, and whether they are there."""
    from mot_bench.datasets.catalogue import list_datasets
    from mot_bench.datasets.data_root import resolve_data_root

    root = resolve_data_root(data_root)
    for entry in list_datasets():
        there = any((root / place).is_dir() for place in entry.places) if root else False
        state = "there" if there or not entry.places else "not found"
        typer.echo(f"{entry.name:26} {state:10} {entry.title} ({entry.looked_for})")
