"""The one exception base. What the user can mend is a MotBenchError; anything else is a bug and shows its traceback."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class MotBenchError(Exception):
    """Something that the user can mend, as one clear line; the command line prints it and exits with code 2."""


def check_names(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse names that are not known.

    Args:
        what: where they stand, as the user sees it: ``--runs``.
        names: what was asked for.
        known: what there is.

    Raises:
        MotBenchError: one of the names is not known.
    """
    known = tuple(known)
    for name in names:
        if name not in known:
            raise MotBenchError(f"{what}: expected some of {', '.join(known)}; found {name!r}")


class InputError(MotBenchError):
    """A file that is missing, malformed or does not fit: names file, line, expectation and finding."""

    def __init__(self, path: Path | str, expected: str, found: str, line: int | None = None) -> None:
        """Build the line ``PATH:LINE: expected EXPECTED, found FOUND``."""
        where = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{where}: expected {expected}, found {found}")
        self.path = Path(path)
        self.line = line
        self.expected = expected
        self.found = found

    def __reduce__(self) -> tuple[type[InputError], tuple[Path, str, str, int | None]]:
        """Errors of worker processes travel to the parent."""
        return InputError, (self.path, self.expected, self.found, self.line)
