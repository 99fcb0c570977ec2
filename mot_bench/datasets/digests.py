"""What identifies the pictures of a sequence: names, sizes and contents, of a copy as well."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from mot_bench.datasets.dataset import Sequence
from mot_bench.datasets.picture_files import natural_key
from mot_bench.engine.versions import DRAWING, READING, code_version
from mot_bench.errors import InputError
from mot_bench.simulation import StreetSequence

_BLOCK = 8192
_BLOCKS = 5
_UNPACKED = frozenset({".bmp", ".ppm", ".tif", ".tiff"})


def pictures_digest(sequence: Sequence) -> str:
    """Return a hex SHA-256 of what decides a sequence's pictures.

    Of files these are their marks in natural order (see ``file_mark``) and the code that reads
    them; of a generated sequence the scene, the seed and the code that draws it.

    Raises:
        InputError: a file cannot be read.
    """
    hasher = hashlib.sha256(f"{sequence.first_frame} {sequence.length}\n".encode())
    if isinstance(sequence, StreetSequence):
        hasher.update(f"{sequence.scene} {sequence.seed} {code_version(*DRAWING)}".encode())
        return hasher.hexdigest()
    hasher.update(f"{code_version(*READING)}\n".encode())
    folder = sequence.folder
    files = [] if folder is None else [path for path in folder.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (natural_key(str(path)), path)):
        told = f"{path.relative_to(folder or Path())} {file_mark(path)}\n"
        hasher.update(told.encode(errors="surrogateescape"))  # a name need not be UTF-8
    return hasher.hexdigest()


def file_mark(path: Path) -> str:
    """Return size and digest of a picture or video file: equal for a copy, changed by an edit.

    Of large compressed files five blocks are read, from the first to the last: a changed picture
    changes all that follows in the file, and its size as a rule. Files of uncompressed pictures are
    read as a whole.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        status = path.stat()
        return _mark(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise InputError(path, "a file that can be read", error.strerror or str(error)) from error


@functools.lru_cache(maxsize=100_000)
def _mark(path: Path, size: int, _changed_at: int) -> str:
    """Return the mark of a file; one that has not changed since it was read is not read again."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        if size <= _BLOCKS * _BLOCK or path.suffix.lower() in _UNPACKED:
            hasher.update(file.read())
        else:
            for number in range(_BLOCKS):
                file.seek(number * (size - _BLOCK) // (_BLOCKS - 1))
                hasher.update(file.read(_BLOCK))
    return f"{size} {hasher.hexdigest()}"
