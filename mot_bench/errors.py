"""The base of all errors that users can fix, and helpers to word their messages.

Any other exception is a bug and shows its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_QUOTED = 100
"""The most characters that a message quotes from a file."""
_MOST_SAID = 1000  # the most characters of an expectation or a finding


class MotBenchError(Exception):
    """An error that the user can fix; the command line prints it as one line and exits with 2."""

    def __init__(self, message: str) -> None:
        """Store the message; bytes of file names that are not UTF-8 are escaped."""
        super().__init__(message.encode(errors="backslashreplace").decode())


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return a question with the known name that is most similar, or an empty text.

    >>> did_you_mean("byte-track", ["sort", "bytetrack"]), did_you_mean("x", ["sort"])
    (" (did you mean 'bytetrack'?)", '')
    """
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(found[:MOST_QUOTED].lower(), by_lower, 1)
    return f" (did you mean {by_lower[near[0]]!r}?)" if near else ""


def nearest_path(path: Path) -> str:
    """Return a question with the existing path that is most similar, or an empty text."""
    missing = path.absolute()
    while not missing.parent.is_dir():
        missing = missing.parent
    try:
        beside = {entry.name: entry for entry in missing.parent.iterdir()}
    except OSError:
        return ""
    near = difflib.get_close_matches(missing.name, beside, 1)
    return f" (did you mean {beside[near[0]]}?)" if near else ""


def check_names(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse unknown names.

    Args:
        what: the option or key that holds the names, such as ``--runs``.
        names: the names to check.
        known: the known names.

    Raises:
        MotBenchError: a name is unknown.
    """
    known = tuple(known)
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise MotBenchError(
                f"{what}: expected some of {', '.join(known)}; found {name!r}{hint}"
            )


class InputError(MotBenchError):
    """An error in a file or its absence, with file, line, expectation and finding."""

    def __init__(
        self, path: Path | str, expected: str, found: str, line: int | None = None
    ) -> None:
        """Build the line ``PATH:LINE: expected EXPECTED, found FOUND``."""
        expected, found = shortened(expected, _MOST_SAID), shortened(found, _MOST_SAID)
        where = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{where}: expected {expected}, found {found}")
        self.path = Path(path)
        self.line = line
        self.expected = expected
        self.found = found

    def __reduce__(self) -> tuple[type[InputError], tuple[Path, str, str, int | None]]:
        """Support pickling, so that worker processes can send the error to their parent."""
        return InputError, (self.path, self.expected, self.found, self.line)


def shortened(text: str, most: int = MOST_QUOTED) -> str:
    r"""Return a text as one line of at most ``most`` printable characters.

    >>> shortened("two\nlines, \x1b[31mred"), shortened("0123456789", 8)
    ('two lines, \\x1b[31mred', '01234...')
    """
    line = " ".join(text[: 8 * most].split())
    printable = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in line[: most + 1]
    )
    return printable if len(printable) <= most else f"{printable[: most - 3]}..."


def quoted(value: object) -> str:
    """Return any value in the form that messages quote it.

    >>> quoted("ten"), quoted([1, 2]), quoted(10**5000)
    ("'ten'", '[1, 2]', 'a value of type int that cannot be shown')
    """
    try:
        return shortened(repr(value[:1000] if isinstance(value, str | bytes) else value))
    except Exception:  # numbers of more digits than Python writes, tables nested too deeply
        return f"a value of type {type(value).__name__} that cannot be shown"


def listed(words: Iterable[str], most: int = 6) -> str:
    """Return the first words with commas and the number of further ones.

    Bytes that are not UTF-8 are escaped.

    >>> listed(["a", "b"]), listed("abcdefgh")
    ('a, b', 'a, b, c, d, e, f and 2 more')
    """
    items = [word.encode(errors="backslashreplace").decode() for word in words]
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")


def reason_of(error: BaseException) -> str:
    """Return the message of an exception as one short line, or its name if it has no message."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, RecursionError):
        return "values nested too deeply"
    if isinstance(error, MemoryError):
        return "more than fits into memory"
    try:
        text = shortened(str(error))
    except Exception:
        text = ""
    if isinstance(error, KeyError):
        return f"no {text}"
    return text or type(error).__name__


@contextmanager
def reading(path: Path | str, expected: str, line: int | None = None) -> Iterator[None]:
    """Turn any exception of a library that reads a file into an ``InputError``.

    A damaged file can make a library fail in any way, so every ``Exception`` counts as a fault of
    the file. A ``MotBenchError`` is not changed.

    Args:
        path: the path of the file.
        expected: the expected content, for the message.
        line: the line in the file, if known.

    Raises:
        InputError: an exception was raised.
    """
    try:
        yield
    except MotBenchError:
        raise
    except FileNotFoundError as error:
        raise InputError(path, expected, "no such file") from error
    except IsADirectoryError as error:
        raise InputError(path, expected, "a folder") from error
    except Exception as error:
        raise InputError(path, expected, reason_of(error), line) from error
