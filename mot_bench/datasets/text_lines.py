"""Read the lines and cells of text files with any line end, separator or byte-order mark.

TrackEval reads result files with ``csv`` and a dialect that it infers from the first line. This
module accepts the same files: commas, semicolons, tabs or spaces between cells, cells in quotes,
separators at the end of a line, and line ends of Unix, Windows and old Macs. It also accepts UTF-16
with a byte-order mark, which Windows programs write.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from mot_bench.errors import InputError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TRAILING_SEPARATORS = re.compile(rb"[,;][,; \t]*(?=\n|\Z)")


def read_bytes(path: Path, what: str) -> bytes:
    """Return the content of a file.

    Raises:
        InputError: the file is missing, a folder, or unreadable.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(path, f"a file with {what}", "no such file") from None
    except IsADirectoryError:
        raise InputError(path, f"a file with {what}", "a folder") from None
    except OSError as error:
        expected = f"a file with {what} that can be read"
        raise InputError(path, expected, error.strerror or str(error)) from error


def plain_text(content: bytes) -> bytes:
    """Return the content of a file as UTF-8 with line feeds and without a byte-order mark."""
    if content.startswith(_UTF_16):
        content = content.decode("utf-16", errors="replace").encode()
    content = content.removeprefix(codecs.BOM_UTF8)
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content


def separator_of(line: str) -> str | None:
    r"""Return the separator between the cells of a line; None stands for white space.

    >>> separator_of("1;2,5;3"), separator_of("1, 2"), separator_of("1 2"), separator_of("1\t\t3")
    (';', ',', None, '\t')
    """
    if ";" in line:
        return ";"
    if "," in line:
        return ","
    return "\t" if "\t\t" in line else None


def cells_of(line: str) -> list[str]:
    r"""Return the cells of a line without empty ones at its end.

    >>> cells_of('"1"; 2.5;;3;;'), cells_of(" 1\t2  3 "), cells_of(",,,")
    (['1', '2.5', '', '3'], ['1', '2', '3'], [])
    """
    separator = separator_of(line)
    if '"' in line:
        rows = csv.reader([line.strip()], delimiter=separator or " ", skipinitialspace=True)
        cells = [cell.strip() for cell in next(rows)]
    elif separator is None:
        cells = line.split()
    else:
        cells = [cell.strip() for cell in line.strip(" ").split(separator)]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def lines_of(text: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the number (from 1) and the cells of each line of plain text that is not empty."""
    for number, line in enumerate(text.decode("utf-8", errors="replace").split("\n"), start=1):
        cells = cells_of(line)
        if cells:
            yield number, cells


def comma_separated(text: bytes) -> tuple[bytes, str | None] | None:
    """Return plain text and its separator in a form that ``numpy.loadtxt`` can read.

    Returns:
        The text with ``","``, or the text with None if white space separates the cells. The result
        is None if the text must be read line by line, because it has quotes or empty cells.
    """
    first = text.lstrip().split(b"\n", 1)[0].decode("utf-8", errors="replace")
    separator = separator_of(first)
    if '"' in first or separator == "\t" or (separator is None and b"\t\t" in text):
        return None
    if separator is None:
        return text, None
    if first.rstrip().endswith(separator):
        text = _TRAILING_SEPARATORS.sub(b"", text)
    if separator == ";":
        if b"," in text:
            return None
        text = text.replace(b";", b",")
    return text, ","
