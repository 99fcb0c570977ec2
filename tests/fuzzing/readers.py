"""All readers under test."""

from __future__ import annotations

from fuzzing.binary_readers import BINARY_READERS
from fuzzing.harness import Outcome, fuzz
from fuzzing.json_readers import JSON_READERS
from fuzzing.network_readers import NETWORK_READERS
from fuzzing.stored_readers import STORED_READERS
from fuzzing.text_readers import TEXT_READERS

READERS = (*TEXT_READERS, *JSON_READERS, *BINARY_READERS, *NETWORK_READERS, *STORED_READERS)


def fuzz_numbered(number: int, count: int, seed: int) -> Outcome:
    """Fuzz a reader by its number in ``READERS``, as another process can be told."""
    return fuzz(READERS[number], count, seed)
