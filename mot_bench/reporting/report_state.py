"""Write reports only if they are missing or out of date.

A note in the results folder keeps the digests of the files that were written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mot_bench.atomic import write_text
from mot_bench.engine import versions as code_version
from mot_bench.engine.store import digest_of, key_of
from mot_bench.reporting.report_files import DEFAULT
from mot_bench.reporting.write_reports import write_reports
from mot_bench.reports import schema
from mot_bench.results.folder import DECIDING, ResultsFolder
from mot_bench.results.provenance import environment_of

_NOTE = ".reports.json"


def renew_reports(folder: ResultsFolder, outputs: Sequence[str] = DEFAULT) -> None:
    """Do what ``write_reports`` does, unless all its files are there and up to date.

    Args:
        folder: where the results lie and the reports are written.
        outputs: names of ``mot_bench.reporting.report_files.OUTPUTS``.

    Raises:
        MotBenchError: as ``write_reports``.
    """
    note, key = folder.path / _NOTE, key_of(_inputs(folder, outputs))
    noted = _noted(note)
    if noted.get("of") == key and all(
        _digest(folder.path / name) == digest for name, digest in noted["files"].items()
    ):
        return
    made = {name: digest_of(content) for name, content in write_reports(folder, outputs).items()}
    write_text(note, json.dumps({"of": key, "files": made}, indent=1) + "\n")


def _noted(note: Path) -> dict[str, Any]:
    """Return the note about written reports; nothing if the note is missing or damaged."""
    try:
        content = json.loads(note.read_bytes())
        return content if isinstance(content["files"], dict) and content["files"] else {}
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return {}


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
