"""What the fuzzers know of a reader: a valid file, how to damage it, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fuzzing.mutation import Mutate

Kind = Literal["text", "binary"]


@dataclass(frozen=True)
class Reader:
    """A reader under test.

    Attributes:
        name: of the reader.
        kind: ``text`` readers get many more inputs than ``binary`` ones, which take longer.
        place: where the damaged file lies in the reader's folder.
        samples: of a folder, valid contents of the file; files that lie beside it are written into
            the folder.
        mutate: damages one of them.
        call: reads the file at this path.
    """

    name: str
    kind: Kind
    place: str
    samples: Callable[[Path], list[bytes]]
    mutate: Mutate
    call: Callable[[Path], object]

    def read(self, folder: Path, content: bytes) -> None:
        """Put content into its place and read it."""
        path = folder / self.place
        path.write_bytes(content)
        self.call(path)


def always(*contents: bytes) -> Callable[[Path], list[bytes]]:
    """Return samples that need no files beside them."""
    return lambda _: list(contents)
