"""Which runs the viewer beside a report shows, so that the report leads to these and to no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mot_bench.records.results import SuiteResult
from mot_bench.viewing.names import run_label

_PAGE = "viewer.html"
_INDEX = re.compile(r'<script type="application/json" id="index">(.*?)</script>', re.DOTALL)


def runs_in_viewer(out: Path, result: SuiteResult) -> dict[tuple[str, int], str]:
    """By run and seed what it is called in ``viewer.html`` of a results folder.

    Empty where there is none to read.
    """
    shown = labels_in_viewer(out)
    labels = {(run.run, run.seed): run_label(result, run) for run in result.runs}
    return {which: label for which, label in labels.items() if label in shown}


def labels_in_viewer(out: Path) -> set[str]:
    """What the runs in ``viewer.html`` are called."""
    try:
        found = _INDEX.search((out / _PAGE).read_text(encoding="utf-8"))
        return {str(run["label"]) for run in json.loads(found.group(1))["runs"]} if found else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()
