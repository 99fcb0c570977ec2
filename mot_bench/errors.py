"""The one exception base. What the user can mend is a MotBenchError; anything else is a bug and shows its traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_QUOTED = 100
"""Characters that a message quotes of what was found in a file."""
_MOST_SAID = 1000  # of an expectation or a finding as a whole, which may list names and say the way out


class MotBenchError(Exception):
    """Something that the user can mend, as one clear line; the command line prints it and exits with code 2."""

    def __init__(self, message: str) -> None:
        """Take the line; bytes of file names that are not UTF-8 are written out, so that any file can hold it."""
        super().__init__(message.encode(errors="backslashreplace").decode())


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return a question after the known name that is most like an unknown one; nothing where none is like it.

    >>> did_you_mean("byte-track", ["sort", "bytetrack"]), did_you_mean("x", ["sort"])
    (" (did you mean 'bytetrack'?)", '')
    """
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(found[:MOST_QUOTED].lower(), by_lower, 1)
    return f" (did you mean {by_lower[near[0]]!r}?)" if near else ""


def nearest_path(path: Path) -> str:
    """Return a question after the file or folder that is most like one that does not exist, or nothing."""
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
            hint = did_you_mean(name, known)
            raise MotBenchError(f"{what}: expected some of {', '.join(known)}; found {name!r}{hint}")


class InputError(MotBenchError):
    """A file that is missing, malformed or does not fit: names file, line, expectation and finding."""

    def __init__(self, path: Path | str, expected: str, found: str, line: int | None = None) -> None:
        """Build the line ``PATH:LINE: expected EXPECTED, found FOUND``."""
        expected, found = shortened(expected, _MOST_SAID), shortened(found, _MOST_SAID)
        where = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{where}: expected {expected}, found {found}")
        self.path = Path(path)
        self.line = line
        self.expected = expected
        self.found = found

    def __reduce__(self) -> tuple[type[InputError], tuple[Path, str, str, int | None]]:
        """Errors of worker processes travel to the parent."""
        return InputError, (self.path, self.expected, self.found, self.line)


def shortened(text: str, most: int = MOST_QUOTED) -> str:
    r"""Return a text as one line of printable characters, cut where it is longer than ``most``.

    >>> shortened("two\nlines, \x1b[31mred"), shortened("0123456789", 8)
    ('two lines, \\x1b[31mred', '01234...')
    """
    line = " ".join(text[: 8 * most].split())
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line[: most + 1])
    return printable if len(printable) <= most else f"{printable[: most - 3]}..."


def quoted(value: object) -> str:
    """Return what was found as a message quotes it, whatever it is.

    >>> quoted("ten"), quoted([1, 2]), quoted(10**5000)
    ("'ten'", '[1, 2]', 'a value of type int that cannot be shown')
    """
    try:
        return shortened(repr(value[:1000] if isinstance(value, str | bytes) else value))
    except Exception:  # numbers of more digits than Python writes, tables nested too deeply
        return f"a value of type {type(value).__name__} that cannot be shown"


def listed(words: Iterable[str], most: int = 6) -> str:
    """Return the first words with commas, and how many more there are; bytes that are not UTF-8 are written out.

    >>> listed(["a", "b"]), listed("abcdefgh")
    ('a, b', 'a, b, c, d, e, f and 2 more')
    """
    items = [word.encode(errors="backslashreplace").decode() for word in words]
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")


def reason_of(error: BaseException) -> str:
    """Return what an exception says, as one short line; its name where it says nothing or not enough."""
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
    """Turn whatever a library raises while it reads a file into one line.

    Bytes of a stranger can make a library fail in any way, so that every ``Exception`` is taken for a fault of the
    file; a ``MotBenchError`` passes as it is.

    Args:
        path: of the file.
        expected: what it should be, for the message.
        line: where in the file, if that is known.

    Raises:
        InputError: something was raised.
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
