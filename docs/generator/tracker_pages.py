"""A page for each tracker: its paper, what it needs, and every parameter, from its config."""

from __future__ import annotations

import inspect
import sys

from pydantic import ValidationError

from docs.generator.markdown import cell, code, fields, first_line, prose, table
from mot_bench.trackers import registry
from mot_bench.trackers.interface import Tracker


def tracker_pages() -> dict[str, str]:
    """Pages by path, a table of all trackers among them."""
    loaded = {name: registry.load(name) for name in registry.names()}
    rows = [
        (f"[`{name}`]({name}.md)", cell(first_line(tracker.__doc__)), cell(needs(tracker)))
        for name, tracker in loaded.items()
    ]
    index = (
        "# Trackers\n\nAll run behind one interface, on the same detections. Each has its published defaults.\n\n"
        + table(("tracker", "what it is", "needs beside boxes and scores"), rows)
        + "\nA tracker of your own: [how-to](../../how-to/own-tracker.md). `mot-bench list trackers NAME` prints the "
        "same tables.\n"
    )
    return {
        "reference/trackers/index.md": index,
        **{
            f"reference/trackers/{name}.md": _page(name, tracker)
            for name, tracker in loaded.items()
        },
    }


def needs(tracker: type[Tracker]) -> str:
    """What a tracker wants with its defaults."""
    try:
        found = sorted(need.value.replace("_", " ") for need in tracker.needs(tracker.Config()))
    except ValidationError:
        return "as its parameters say"
    return ", ".join(found) or "nothing"


def _page(name: str, tracker: type[Tracker]) -> str:
    module = sys.modules[tracker.__module__]
    summary, _, rest = inspect.cleandoc(module.__doc__ or "").partition("\n")
    rows = fields(tracker.Config)
    return "\n".join(
        [
            f"# `{name}`",
            "",
            prose(summary),
            "",
            prose(rest),
            "",
            f"Needs beside boxes and scores, with its defaults: {needs(tracker)}.",
            "",
            "## Parameters",
            "",
            f"`--set {name}.PARAMETER=VALUE` changes one; in a suite's file they stand under `parameters`. Where the "
            "meaning names no other source, the default is that of the source above.",
            "",
            table(("parameter", "type", "default", "range", "meaning and source"), rows),
            "",
            f"Code: {code(tracker.__module__.replace('.', '/') + '.py')}.",
        ]
    )
