"""Track files of a results folder that are not the ones that were scored: somebody edited them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mot_bench.engine.store import digest_of
from mot_bench.records.results import SuiteResult, run_folder


def edited_tracks(out: Path, result: SuiteResult) -> Iterator[Path]:
    """Yield the track files whose digest differs from the one in results.json.

    Files that are missing are not named.
    """
    for row in result.runs:
        for sequence, digest in row.track_digests.items():
            path = run_folder(out, row.run, row.seed) / "tracks" / f"{sequence}.txt"
            try:
                content = path.read_bytes()
            except OSError:
                continue
            if digest_of(content) != digest:
                yield path


def edited_tracks_warning(out: Path, result: SuiteResult) -> list[str]:
    """Return the line that a reader of a results folder must know if track files were edited.

    Else nothing.
    """
    edited = list(edited_tracks(out, result))
    if not edited:
        return []
    more = f" (and {len(edited) - 1} more)" if len(edited) > 1 else ""
    return [
        f"warning: {edited[0]}{more}: expected the tracks that were scored, found others; scores and errors are still "
        "those of the scored tracks (mot-bench score scores a changed file, the command that made the folder brings "
        "the old ones back)"
    ]
