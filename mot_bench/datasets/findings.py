"""The faults of a dataset that ``mot-bench data check`` lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mot_bench.datasets.mot_table import Scan
from mot_bench.errors import InputError

MOST_FAULTS = 20


@dataclass(frozen=True)
class Finding:
    """A fault: file, line (None for the whole file), expectation and finding."""

    path: Path
    line: int | None
    expected: str
    found: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line is not None else f"{self.path}"
        return f"{where}: expected {self.expected}, found {self.found}"


def finding_of(error: InputError) -> Finding:
    """Return the finding that an error of a reader stands for."""
    return Finding(error.path, error.line, error.expected, error.found)


def findings_of(path: Path, scanned: Scan) -> Iterator[Finding]:
    """Yield the first faults of a file and the number of further ones."""
    for fault in scanned.faults[:MOST_FAULTS]:
        yield Finding(path, fault.line, fault.expected, fault.found)
    if len(scanned.faults) > MOST_FAULTS:
        yield Finding(path, None, "no faults", f"{len(scanned.faults) - MOST_FAULTS} more")
