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
from mot_bench.reporting.report_files import DEFAULT
from mot_bench.reporting.write_reports import write_reports
from mot_bench.reports import schema
from mot_bench.results.folder import DECIDING, ResultsFolder
from mot_bench.results.provenance import environment_of

_STAGE, _NOTE = "report", "files.json"
_DIGESTS = TypeAdapter(dict[str, str])


def renew_reports(folder: ResultsFolder, outputs: Sequence[str] = DEFAULT) -> None:
    """Do what ``write_reports`` does, unless all its files are there and up to date.

    Args:
        folder: where the results lie and the reports are written.
        outputs: names of ``mot_bench.reporting.report_files.OUTPUTS``.

    Raises:
        MotBenchError: as ``write_reports``.
    """
    store, inputs = Store(folder.path / "store"), _inputs(folder, outputs)
    noted = store.parsed(
        _STAGE, key_of(inputs), _NOTE, _DIGESTS.validate_json, "digests of files as JSON"
    )
    if noted is not None and all(
        _digest(folder.path / name) == digest for name, digest in noted.items()
    ):
        return
    made = {name: digest_of(content) for name, content in write_reports(folder, outputs).items()}
    if store.root.is_dir():  # a folder without one (scored or merged) gets none for this
        store.publish(_STAGE, key_of(inputs), {_NOTE: json.dumps(made, indent=1).encode()}, inputs)


def _inputs(folder: ResultsFolder, outputs: Sequence[str]) -> dict[str, object]:
    """Return everything that decides the content of the reports."""
    environment = environment_of(folder)
    return {
        "outputs": sorted(outputs),
        "read": {name: _digest(folder.path / name) for name in DECIDING},
        "environment": asdict(environment) if environment else None,
        "pages": [page for page in schema.PAGES if (folder.path / page).is_file()],
        "code": code_version.report_version(),
    }


def _digest(path: Path) -> str:
    """Return the digest of a file; empty if the file cannot be read."""
    try:
        return digest_of(path.read_bytes())
    except OSError:
        return ""
