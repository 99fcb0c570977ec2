"""Several sources as one set of training samples, with separate people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mot_bench.errors import MotBenchError
from mot_bench.models.samples import UNKNOWN, Sample, Samples
from mot_bench.training_data.datasets import read_dataset
from mot_bench.training_data.odgt import read_odgt
from mot_bench.training_data.pictures import Source
from mot_bench.training_data.specs import OdgtSource, SourceSpec

VERSION = "training-data-1"


class DescribedSamples(Samples, Protocol):
    """Samples with a digest and a description."""

    @property
    def digest(self) -> str:
        """The hex SHA-256 of everything that can change a sample."""
        ...

    def describe(self) -> str:
        """One line with the pictures, boxes and people of each source."""
        ...


def open_samples(specs: Sequence[SourceSpec], data_root: Path | None) -> DescribedSamples:
    """Return the training data of one or several sources.

    People are distinguished by dataset, sequence and number. If two sources contain the same
    sequence, such as two splits of it, they have the same people.

    Raises:
        MotBenchError: there is no source, or one is invalid.
    """
    if not specs:
        raise MotBenchError("training data: expected at least one source, found none")
    return MixedSamples(
        [
            read_odgt(spec) if isinstance(spec, OdgtSource) else read_dataset(spec, data_root)
            for spec in specs
        ]
    )


class MixedSamples:
    """The pictures of several sources, one source after the other."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """Number the people of all sources together."""
        self._sources = tuple(sources)
        numbers: dict[Hashable, int] = {}
        self._places: list[tuple[int, int]] = []
        self._identities: list[npt.NDArray[np.int64]] = []
        for number, source in enumerate(self._sources):
            known = np.array(
                [numbers.setdefault(key, len(numbers)) for key in source.people] + [UNKNOWN],
                np.int64,
            )
            for index, labels in enumerate(source.labels):
                self._places.append((number, index))
                self._identities.append(
                    known[labels.people]
                )  # UNKNOWN, -1, is the last of the list
        self._count = len(numbers)

    @property
    def identities(self) -> int:
        """The number of different people."""
        return self._count

    @cached_property
    def digest(self) -> str:
        """The hex SHA-256 of everything that can change a sample."""
        parts = [VERSION, *(source.digest for source in self._sources)]
        digest = hashlib.sha256(json.dumps(parts).encode())
        for names in self._identities:
            digest.update(names.astype("<i8").tobytes())
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self._places)

    def load(self, index: int) -> Sample:
        """Return the sample with this index.

        Raises:
            InputError: its picture is missing or cannot be decoded.
        """
        number, place = self._places[index]
        source = self._sources[number]
        return Sample(
            source.reader.read(place), source.labels[place].boxes_xyxy, self._identities[index]
        )

    def describe(self) -> str:
        """One line with the pictures, boxes and people of each source.

        For example ``street: 2,400 pictures, 21,034 boxes, 310 people``.
        """
        told = [
            f"{source.title}: {len(source.labels):,} pictures, "
            f"{source.boxes:,} boxes, {len(source.people):,} people"
            for source in self._sources
        ]
        if len(told) > 1:
            boxes = sum(source.boxes for source in self._sources)
            told.append(
                f"together: {len(self):,} pictures, {boxes:,} boxes, {self._count:,} people"
            )
        return "; ".join(told)
