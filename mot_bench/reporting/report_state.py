"""Reports made only where they are not there yet: the same results and the same code give the same files.

A note in the store (stage ``report``) keeps digests of the files that were made from some content
of a results folder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from mot_bench.engine import versions as code_version
from mot_bench.engine.store import Store, digest_of, key_of
from mot_bench.explaining.records import EXPLANATION
from mot_bench.reporting.figure_data import FIGURES
from mot_bench.reporting.report_files import DEFAULT
from mot_bench.reports import schema
from mot_bench.results.provenance import environment_of
from mot_bench.statistics.counts import COUNTS
from mot_bench.statistics.units import SEGMENTS
from mot_bench.viewing.shown_runs import labels_in_viewer

_STAGE, _NOTE = "report", "files.json"
_DIGESTS = TypeAdapter(dict[str, str])
_READ = ("results.json", "timing.json", EXPLANATION, FIGURES, COUNTS, SEGMENTS)


def renew_reports(out: Path, outputs: Sequence[str] = DEFAULT) -> None:
    """What ``bundle.write_reports`` does, unless all its files are there and still as it would make them.

    Args:
        out: a results folder.
        outputs: of ``mot_bench.reporting.report_files.OUTPUTS``.

    Raises:
        MotBenchError: as ``bundle.write_reports``.
    """
    store, inputs = Store(out / "store"), _inputs(out, outputs)
    noted = store.parsed(
        _STAGE, key_of(inputs), _NOTE, _DIGESTS.validate_json, "digests of files as JSON"
    )
    if noted is not None and all(_digest(out / name) == digest for name, digest in noted.items()):
        return
    from mot_bench.reporting.bundle import write_reports

    made = {name: digest_of(content) for name, content in write_reports(out, outputs).items()}
    if store.root.is_dir():  # a folder without one (scored or merged) gets none for this
        store.publish(_STAGE, key_of(inputs), {_NOTE: json.dumps(made, indent=1).encode()}, inputs)


def _inputs(out: Path, outputs: Sequence[str]) -> dict[str, object]:
    """Everything that decides what the files are."""
    environment = environment_of(out)
    return {
        "outputs": sorted(outputs),
        "read": {name: _digest(out / name) for name in _READ},
        "environment": asdict(environment) if environment else None,
        "pages": [page for page in schema.PAGES if (out / page).is_file()],
        "watched": sorted(labels_in_viewer(out)),
        "code": code_version.report_version(),
    }


def _digest(path: Path) -> str:
    """Of a file's content; empty where it cannot be read."""
    try:
        return digest_of(path.read_bytes())
    except OSError:
        return ""
