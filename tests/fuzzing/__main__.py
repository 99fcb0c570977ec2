"""``python -m fuzzing``: every reader at full size, each in a process of its own."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from fuzzing.harness import Outcome
from fuzzing.readers import READERS, fuzz_numbered

_MOST_SHOWN = 5


def main() -> int:
    """Run the readers that are asked for; the exit code is 1 if one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description=__doc__)
    parser.add_argument(
        "names", nargs="*", help="parts of readers' names; all readers if there are none"
    )
    parser.add_argument("--inputs", type=int, default=20_000, help="inputs for each reader of text")
    parser.add_argument(
        "--binary-inputs", type=int, default=500, help="inputs for each reader of binary files"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    failed = 0
    for number, reader in enumerate(READERS):
        if options.names and not any(name in reader.name for name in options.names):
            continue
        count = options.inputs if reader.kind == "text" else options.binary_inputs
        started = time.perf_counter()
        outcome = _alone(number, count, options.seed)
        seconds = time.perf_counter() - started
        print(
            f"{outcome.name}: {count} inputs, {outcome.read} read, {outcome.refused} refused, "
            f"{len(outcome.failures)} failures, {outcome.extra_mb} MB, {seconds:.0f} s",
            flush=True,
        )
        for failure in outcome.failures[:_MOST_SHOWN]:
            print(failure, flush=True)
        failed += bool(outcome.failures)
    return 1 if failed else 0


def _alone(number: int, count: int, seed: int) -> Outcome:
    """Run a reader in a fresh process: one that crashes, or grows, leaves the others alone."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        try:
            return pool.submit(fuzz_numbered, number, count, seed).result()
        except BrokenProcessPool as error:
            return Outcome(READERS[number].name, failures=[f"the process died: {error}"])


if __name__ == "__main__":
    sys.exit(main())
