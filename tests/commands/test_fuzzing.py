"""The fuzzers in short; ``make fuzz`` runs them at full size."""

from __future__ import annotations

import sys

import pytest
from fuzzing.harness import fuzz
from fuzzing.reader import Reader
from fuzzing.readers import READERS

INPUTS = {"text": 40, "binary": 2}


@pytest.mark.skipif(sys.platform != "linux", reason="bounds on memory are Linux's")
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_refuses_damaged_files_in_one_line(reader: Reader) -> None:
    outcome = fuzz(reader, INPUTS[reader.kind], seed=1)
    assert outcome.failures == []
    assert outcome.refused + outcome.read == INPUTS[reader.kind]


def test_readers_have_names_of_their_own() -> None:
    assert len({reader.name for reader in READERS}) == len(READERS)
