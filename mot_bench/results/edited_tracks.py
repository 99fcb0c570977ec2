"""Find the track files of a results folder that were edited after they had been scored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mot_bench.engine.store import digest_of
from mot_bench.results.folder import ResultsFolder


def edited_tracks(folder: ResultsFolder) -> Iterator[Path]:
    """Yield the track files whose digest differs from the one in results.json.

    Missing files are not among them.
    """
    for row in folder.result.runs:
        for sequence, digest in row.track_digests.items():
            path = folder.track_file(row, sequence)
            try:
                content = path.read_bytes()
            except OSError:
                continue
            if digest_of(content) != digest:
                yield path


def edited_tracks_warning(folder: ResultsFolder) -> list[str]:
    """Return a warning in one line if track files were edited; nothing if not."""
    edited = list(edited_tracks(folder))
    if not edited:
        return []
    more = f" (and {len(edited) - 1} more)" if len(edited) > 1 else ""
    return [
        f"warning: {edited[0]}{more}: expected the tracks that were scored, found others; scores "
        "and errors are still those of the scored tracks (mot-bench score scores a changed file, "
        "the command that made the folder brings the old ones back)"
    ]
