"""ONNX files made byte by byte, so that tests need no exporter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

Content = int | bytes


def varint(value: int) -> bytes:
    """A number as protocol buffers write it."""
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def message(*fields: tuple[int, Content]) -> bytes:
    """Fields (number, value) as protocol buffers write them."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def fields_of(data: bytes) -> Iterator[tuple[int, Content]]:
    """The fields of a message (numbers and lengths of bytes only: ONNX has few others)."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        else:
            length = number() if key & 7 == 2 else 4 if key & 7 == 5 else 8
            yield key >> 3, data[at : at + length]
            at += length


def value_info(name: str, shape: tuple[int | str, ...]) -> bytes:
    sizes = b"".join(
        message((1, message((1, size) if isinstance(size, int) else (2, size.encode()))))
        for size in shape
    )
    return message((1, name.encode()), (2, message((1, message((1, 1), (2, sizes))))))


def constant_network(
    path: Path,
    output: npt.NDArray[np.float32],
    size: tuple[int | str, ...] = (1, 3, 32, 64),
    kind: str = "constant",
) -> Path:
    """An ONNX file that gives the same output for every picture, or (``flatten``) the picture's numbers in a row."""
    shape = output.shape
    tensor = message(*((1, side) for side in shape), (2, 1), (8, b"value"), (9, output.tobytes()))
    if kind == "flatten":
        node = message((1, b"in"), (2, b"out"), (4, b"Flatten"))
    else:
        node = message(
            (2, b"out"), (4, b"Constant"), (5, message((1, b"value"), (5, tensor), (20, 4)))
        )
    graph = message(
        (1, node),
        (2, b"graph"),
        (11, value_info("in", size)),
        (12, value_info("out", (size[0], *shape[1:]))),
    )
    path.write_bytes(message((1, 8), (8, message((2, 13))), (7, graph)))
    return path


def yolox_output(
    *found: tuple[int, float, float, float, float, float, float],
) -> npt.NDArray[np.float32]:
    """Output for 32x64 pictures (8x4, 4x2 and 2x1 places) from (place, x, y, log w, log h, object, person)."""
    output = np.zeros((1, 42, 7), np.float32)
    output[..., 6] = 0.9  # another class, which is not wanted
    for place, *values in found:
        output[0, place, :6] = values
    return output
