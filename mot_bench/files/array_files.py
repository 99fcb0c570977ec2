"""Read NumPy's files without pickles, checking each header before memory is allocated for it."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from mot_bench.errors import InputError, quoted, reading
from mot_bench.files.zip_files import most_unpacked

Array = npt.NDArray[Any]

MOST_MEMBERS = 1000
_KINDS = "biufU"


def read_arrays(source: Path | bytes, path: Path | str, expected: str) -> dict[str, Array]:
    """Read the arrays of an .npz archive by name.

    Args:
        source: the file, or its content.
        path: the path of the file, for messages.
        expected: the expected content, for messages.

    Raises:
        InputError: the archive is missing or unpacks to far more than its own size; or a member is
            not an array of numbers or texts, occurs twice, is encrypted or damaged, or does not
            match its header.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    with reading(path, expected), zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        _check_members(members, size, path, expected)
        names = [member.filename.removesuffix(".npy") for member in members]
        return {
            name: _member_array(archive, member)
            for name, member in zip(names, members, strict=True)
        }


def read_array(content: bytes, path: Path | str, expected: str) -> Array:
    """Read one array from the content of an .npy file (arguments and errors as ``read_arrays``)."""
    with reading(path, expected):
        return _array_of(io.BytesIO(content), len(content))


def _check_members(
    members: list[zipfile.ZipInfo], size: int, path: Path | str, expected: str
) -> None:
    """Raise InputError if an archive of this size cannot have these members."""
    if len(members) > MOST_MEMBERS:
        raise InputError(path, expected, f"{len(members)} arrays, of at most {MOST_MEMBERS}")
    names = [member.filename for member in members]
    for name in names:
        if names.count(name) > 1:
            raise InputError(path, expected, f"{quoted(name)} more than once")
    unpacked = sum(member.file_size for member in members)
    if unpacked > most_unpacked(size):
        raise InputError(path, expected, f"{size} bytes that unpack to {unpacked}")


def _member_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    if not member.filename.endswith(".npy"):
        raise ValueError(f"{quoted(member.filename)}, which is not an array")
    with archive.open(member) as file:
        return _array_of(file, member.file_size)


def _array_of(file: IO[bytes], size: int) -> Array:
    """Return the array in a file of ``size`` bytes; raise ValueError if the header is wrong."""
    version = np.lib.format.read_magic(file)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read_header is None:
        raise ValueError(f"version {version[0]}.{version[1]} of NumPy's format")
    shape, fortran_order, dtype = read_header(file)
    data = file.read(size)
    if dtype.kind not in _KINDS or not dtype.itemsize:
        raise ValueError(f"values of type {dtype}")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"{len(data)} bytes of data for shape {quoted(shape)} of {dtype}")
    return np.frombuffer(bytearray(data), dtype).reshape(shape, order="F" if fortran_order else "C")
