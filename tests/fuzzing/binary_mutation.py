"""Damage done to containers: members of zips, headers of arrays and tensors, headers of pictures."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib

import numpy as np

from fuzzing.mutation import mutated_bytes, mutated_json, mutated_text

_DTYPES = (
    "<f8", "<f4", "<i8", "<u8", ">f8", "<f2", "<c16", "|b1", "|O", "<U0", "<U5", "<U900000000", "|S3", "|V0", "|V8",
    "<M8[s]", "<f16", "(2,3)<f4", "nonsense", "",
)  # fmt: skip
_SHAPES = (
    "()", "(0,)", "(1,)", "(3,)", "(2, 4)", "(-1,)", "(10**12,)", "(1000000000000,)", "(0, 1000000000000)", "(2**63,)",
    "(9223372036854775807, 2)", "(True,)", "(1.5,)", "('a',)", "None", "(" + "1," * 70 + ")", "(" * 500 + ")" * 500,
    "(4, 4, 4)",
)  # fmt: skip
_METHODS = (0, 1, 8, 9, 12, 14, 93, 99)


def npy(header: str, data: bytes, version: int = 1) -> bytes:
    """Return an .npy file of a header as it is given."""
    text = header.encode("latin1", "replace") + b"\n"
    size = struct.pack("<H", len(text) & 0xFFFF) if version == 1 else struct.pack("<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


def mutated_npy(rng: random.Random, content: bytes) -> bytes:
    """Return an array whose header claims something else, or whose bytes are damaged."""
    if rng.random() < 0.4:
        return mutated_bytes(rng, content)
    dtype, shape, order = (
        rng.choice(_DTYPES),
        rng.choice(_SHAPES),
        rng.choice(("True", "False", "None", "3")),
    )
    header = f"{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': {shape}, }}"
    if rng.random() < 0.2:
        header = mutated_text(rng, header.encode()).decode("latin1")
    return npy(header, rng.choice((content[128:], b"", b"\x00" * 64)), rng.choice((1, 1, 2, 3, 9)))


def mutated_npz(rng: random.Random, content: bytes) -> bytes:
    """Return an archive with arrays damaged, missing, added, renamed or repeated, or one that is no whole archive."""
    if rng.random() < 0.3:
        return mutated_bytes(rng, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    for _ in range(rng.choice((1, 1, 2))):
        _change_member(rng, members)
    return _zipped(rng, members)


def _change_member(rng: random.Random, members: list[tuple[str, bytes]]) -> None:
    if not members:
        return
    place = rng.randrange(len(members))
    name, data = members[place]
    kind = rng.randrange(6)
    if kind < 2:
        members[place] = name, mutated_npy(rng, data)
    elif kind == 2:
        del members[place]
    elif kind == 3:
        members.insert(
            place, (rng.choice((name, "../x.npy", "/x.npy", "x", "", "x.txt", "a\x00b.npy")), data)
        )
    elif kind == 4:
        members[place] = name, _other_array(rng, data)
    else:
        members[place] = (
            name,
            npy("{'descr': '|u1', 'fortran_order': False, 'shape': (300000000,), }", b"")
            + bytes(3 * 10**8)
            if rng.random() < 0.02
            else data,
        )


def _other_array(rng: random.Random, data: bytes) -> bytes:
    """Return an array of the same shape with other numbers, or of another type or shape."""
    array = np.load(io.BytesIO(data), allow_pickle=False)
    kind = rng.randrange(5)
    if kind == 0 and array.dtype.kind == "f" and array.size:
        array = array.copy()
        array.flat[rng.randrange(array.size)] = rng.choice((np.nan, np.inf, -1e308, 1e200, -5, 0))
    elif kind == 1 and array.dtype.kind in "iu" and array.size:
        array = array.astype(np.int64)
        array.flat[rng.randrange(array.size)] = rng.choice((-1, 0, 2**62, 50_000_000))
    elif kind == 2:
        array = array.astype(np.str_)
    elif kind == 3:
        array = np.expand_dims(array, 0) if array.ndim < 4 else array[0]
    else:
        array = np.concatenate([array.ravel(), array.ravel()])
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _zipped(rng: random.Random, members: list[tuple[str, bytes]]) -> bytes:
    """Return a zip of members; sometimes with odd fields in the headers."""
    out = io.BytesIO()
    with zipfile.ZipFile(
        out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    ) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name or "a")
            info.compress_type = archive.compression
            archive.writestr(info, data)
    content = bytearray(out.getvalue())
    if rng.random() < 0.3:
        place = content.rfind(b"PK\x01\x02")
        field, value = rng.choice(
            ((6, 99), (8, 1), (8, 64), (10, rng.choice(_METHODS)), (20, 0), (24, 255), (42, 255))
        )
        if place >= 0:
            content[place + field] = value
    return bytes(content)


def mutated_safetensors(rng: random.Random, content: bytes) -> bytes:
    """Return tensors whose header says something else, or whose bytes are damaged."""
    if rng.random() < 0.3:
        return mutated_bytes(rng, content)
    size = struct.unpack("<Q", content[:8])[0]
    header, data = content[8 : 8 + size], content[8 + size :]
    if rng.random() < 0.5:
        header = mutated_json(rng, header)
    else:
        entries = json.loads(header)
        entry = entries[rng.choice([name for name in entries if name != "__metadata__"])]
        key = rng.choice(("dtype", "shape", "data_offsets"))
        entry[key] = rng.choice(
            ("F64", "BF16", "F8_E4M3", "I64", "U16", "BOOL", "X", [0], [-1], [2**62, 2**62], [2**63, 0], [0, 2**62],
             [0, 2**63], [8, 0], [], [1.5], None, [[1]])
        )  # fmt: skip
        header = json.dumps(entries).encode()
    claimed = len(header) if rng.random() < 0.9 else rng.choice((0, 1, 2**31, 2**62, 2**64 - 1))
    return struct.pack("<Q", claimed) + header + data


def png(width: int, height: int, depth: int, colours: int, data: bytes) -> bytes:
    """Return a PNG with these numbers in its header, whatever the data are, and with right check sums."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def mutated_picture(rng: random.Random, content: bytes) -> bytes:
    """Return a damaged picture, or one whose header claims something else."""
    if rng.random() < 0.7:
        return mutated_bytes(rng, content)
    sizes = (0, 1, 7, 1000, 30_000, 2**31 - 1, 2**32 - 1)
    width, height = rng.choice(sizes), rng.choice(sizes)
    if rng.random() < 0.3:
        return (
            b"P%d %d %d %d\n"
            % (rng.choice((1, 2, 3, 4, 5, 6, 9)), width, height, rng.choice((0, 1, 255, 65535)))
            + b"1 " * 9
        )
    if rng.random() < 0.2:
        return b"GIF89a" + struct.pack("<HH", width & 0xFFFF, height & 0xFFFF) + content[10:]
    return png(
        width,
        height,
        rng.choice((1, 2, 4, 8, 16)),
        rng.choice((0, 2, 3, 4, 6)),
        rng.choice((b"", b"\x00" * 9999)),
    )
