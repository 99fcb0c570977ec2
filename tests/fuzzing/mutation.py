"""Damage done to valid content: to bytes, to lines and cells of text, to JSON values and to members of archives.

Every function takes a generator of random numbers and gives the same content for the same state of
it.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable
from typing import Any

Mutate = Callable[[random.Random, bytes], bytes]

HOSTILE_CELLS: tuple[bytes, ...] = (
    b"", b"0", b"-0", b"-1", b"1.5", b"nan", b"inf", b"-inf", b"1e200", b"1e308", b"1e-320", b"9" * 5000, b"9" * 400,
    b"10000000000000000000", b"9007199254740993", b"50000000", b"5000000", b"0x10", b"1_000", b"true", b"null", b"None",
    b"none", b"..", b"../../outside", b"/etc/passwd", b"%(name)s", b"%s", b"{x}", b"{", b"}", b"[", b"]", b"[[", b"=",
    b'"', b"'", b'"""', b"#", b";", b"\r", b"\n", b"\x00", b"\x1b[31m", b"\x0c", b"\x85", b"\xff\xfe", b"\xed\xa0\x80",
    "\u2028".encode(), "\u202e".encode(), "\uff11\uff12".encode(), "\u00b2".encode(), "\u00e9".encode() * 300,
    b"a" * 3000, b"1979-05-27T07:32:00Z", b"[" * 2000, b'{"a":' * 2000, b"a." * 200 + b"a=1", b"1e99999",
    b"-9223372036854775809",
)  # fmt: skip
HOSTILE_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, -1e308, 10**30, 2**63, -(2**63) - 1, 5_000_000, "", "nan", "..",
    "/etc/passwd", "../outside", "\ud800", "\x00", "\x1b[31m", "a" * 3000, [], {}, [[]], [None], {"": None}, [1, "a"],
    {"a": {"a": []}}, float("nan"), float("inf"), float("-inf"), [[1, 2], [3]], [0] * 1000, "\u202e", "9" * 5000,
)  # fmt: skip
_CELL = re.compile(rb"[^\s,;=\[\]{}:]+|[\s,;=\[\]{}:]")
_NUMBERS = (
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff\xff\x7f",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80",
)


def mutated_bytes(rng: random.Random, content: bytes) -> bytes:
    """Return content with bytes changed, cut, repeated or replaced."""
    if rng.random() < 0.05:
        return rng.randbytes(rng.choice((0, 1, 7, 64, 4096)))
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        place = rng.randrange(len(content) + 1)
        length = rng.choice((1, 1, 4, 16, 256))
        kind = rng.randrange(6)
        if kind == 0:
            content = content[:place] + rng.randbytes(length) + content[place + length :]
        elif kind == 1:
            content = content[:place] + content[place + length :]
        elif kind == 2:
            content = content[:place]
        elif kind == 3:
            content = (
                content[:place]
                + content[place : place + length] * rng.choice((2, 20))
                + content[place + length :]
            )
        elif kind == 4:
            number = rng.choice(_NUMBERS)
            content = content[:place] + number + content[place + len(number) :]
        else:
            content = content[:place] + rng.randbytes(length) + content[place:]
    return content


def mutated_text(rng: random.Random, content: bytes) -> bytes:
    """Return text with cells and lines replaced, removed, repeated or moved."""
    if rng.random() < 0.15:
        return mutated_bytes(rng, content)
    for _ in range(rng.choice((1, 1, 2, 3))):
        content = _line_change(rng, content) if rng.random() < 0.3 else _cell_change(rng, content)
    return content


def _cell_change(rng: random.Random, content: bytes) -> bytes:
    cells = _CELL.findall(content) or [b""]
    place = rng.randrange(len(cells))
    kind = rng.randrange(4)
    if kind < 2:
        cells[place] = rng.choice(HOSTILE_CELLS)
    elif kind == 2:
        del cells[place]
    else:
        cells.insert(place, rng.choice(cells))
    return b"".join(cells)


def _line_change(rng: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0:
        del lines[place]
    elif kind == 1:
        lines.insert(place, lines[other])
    elif kind == 2:
        lines[place], lines[other] = lines[other], lines[place]
    else:
        lines[place] = lines[place] * rng.choice((2, 50))
    return b"\n".join(lines)


def mutated_json(rng: random.Random, content: bytes) -> bytes:
    """Return JSON with values of other types and sizes; sometimes text that is JSON no more."""
    if rng.random() < 0.25:
        return mutated_text(rng, content)
    value = json.loads(content)
    for _ in range(rng.choice((1, 1, 1, 2))):
        value = _value_change(rng, value)
    return json.dumps(value).encode()


def _value_change(rng: random.Random, value: Any) -> Any:
    """Return a value in which something at some depth is another."""
    inside = (
        list(value)
        if isinstance(value, dict)
        else list(range(len(value)))
        if isinstance(value, list)
        else []
    )
    if not inside or rng.random() < 0.1:
        return copy.deepcopy(rng.choice(HOSTILE_VALUES))
    place = rng.choice(inside)
    if rng.random() < 0.7:
        value[place] = _value_change(rng, value[place])
    elif rng.random() < 0.5:
        del value[place]
    elif isinstance(value, dict):
        value[rng.choice(("", "unknown", "\x00", "../x", str(place) * 50))] = copy.deepcopy(
            value[place]
        )
    else:
        value.append(copy.deepcopy(value[place]))
    return value
