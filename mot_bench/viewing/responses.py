"""What a server of one folder answers with: which file a request names, which bytes of it, and a folder as a page."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes


def locate(folder: Path, target: str) -> Path | None:
    """The file or folder that the target of a request names.

    None where it names nothing that is served.

    Args:
        folder: resolved; nothing outside it is found.
        target: as it stands in the request: ``/runs/a%20b/tracks.txt?x``.
    """
    raw = target.partition("#")[0].partition("?")[0]
    if not raw.startswith("/"):
        return None
    path = os.fsdecode(unquote_to_bytes(raw[1:]))  # a file's name need not be UTF-8
    if "\\" in path or any(ord(letter) < 32 for letter in path):
        return None
    parts = path.removesuffix("/").split("/") if path else []
    if any(not part or part.startswith(".") for part in parts):
        return None
    try:
        found = folder.joinpath(*parts).resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    if not found.is_relative_to(folder) or any(
        part.startswith(".") for part in found.relative_to(folder).parts
    ):
        return None
    return None if path.endswith("/") and not found.is_dir() else found


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte, both included, that a Range header asks for.

    None: it asks for what is answered as a whole.

    >>> byte_range("bytes=2-5", 10), byte_range("bytes=7-", 10), byte_range("bytes=-3", 10), byte_range("lines=1-2", 10)
    ((2, 5), (7, 9), (7, 9), None)

    Raises:
        ValueError: it begins beyond the end of the file.
    """
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header.replace(" ", ""), re.ASCII)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        if int(match[2]) == 0 or size == 0:
            raise ValueError(header)
        return max(0, size - int(match[2])), size - 1
    first = int(match[1])
    if match[2] and int(match[2]) < first:
        return None
    if first >= size:
        raise ValueError(header)
    return first, min(int(match[2]), size - 1) if match[2] else size - 1


def address_of(place: Path) -> str:
    """Return a place within the folder as an address has it, without a slash at its beginning."""
    return quote(os.fsencode(place.as_posix()))


def _shown(name: str) -> str:
    """Return a name as a page shows it; bytes that are not UTF-8 are written out."""
    return html.escape(name.encode(errors="backslashreplace").decode())


def folder_page(folder: Path, root: Path) -> str:
    """A folder as a page: its folders first, then its files with their sizes.

    What is not served is left out.

    Raises:
        OSError: it cannot be read.
    """
    within = folder.relative_to(root)
    entries = [
        entry
        for entry in sorted(folder.iterdir())
        if locate(root, f"/{address_of(within / entry.name)}")
    ]
    entries.sort(key=lambda entry: not entry.is_dir())
    rows = ['<li><a href="../">..</a></li>'] if within.parts else []
    for entry in entries:
        name = entry.name + ("/" if entry.is_dir() else "")
        size = f" <small>{entry.stat().st_size:,} bytes</small>" if entry.is_file() else ""
        rows.append(f'<li><a href="./{quote(os.fsencode(name))}">{_shown(name)}</a>{size}</li>')
    title = _shown("/" + "/".join(within.parts))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<meta name="viewport" content="width=device-width"><title>{title} · mot-bench</title>'
        f"<style>body {{ font: 15px/1.6 system-ui, sans-serif; margin: 2rem; overflow-wrap: anywhere }}"
        f" ul {{ list-style: none; padding: 0 }} small {{ opacity: .7 }}</style>"
        f"<h1>{title}</h1><ul>{''.join(rows)}</ul></html>\n"
    )
