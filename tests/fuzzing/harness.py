"""Running a reader on many damaged files, within bounds of time and memory, and saying what happened."""

from __future__ import annotations

import random
import resource
import signal
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from fuzzing.reader import Reader
from mot_bench.errors import InputError, MotBenchError

MOST_SECONDS = 5
_PATIENCE = 12  # times these seconds may pass on the clock
MOST_EXTRA_KB = 1 << 20
_ADDRESSES = 8 << 30  # bytes beyond those in use; what asks for more gets a MemoryError
_MOST_MESSAGE = 2500


class _Hang(BaseException):
    """The time of an input is over."""


@dataclass
class Outcome:
    """What a reader did with its inputs.

    Attributes:
        name: of the reader.
        read: inputs that were read.
        refused: inputs that were refused with a ``MotBenchError``.
        failures: what else happened, one text a failure, with the number of the input.
        extra_mb: how much the memory of the process grew.
    """

    name: str
    read: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)
    extra_mb: int = 0


def fuzz(reader: Reader, count: int, seed: int = 0) -> Outcome:
    """Give a reader ``count`` inputs, the valid samples first.

    The same inputs for the same seed.
    """
    outcome = Outcome(reader.name)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name, _bounded():
        inside, outside = Path(name) / "inside", Path(name) / "outside"
        outside.mkdir()
        (outside / "kept.txt").write_text("kept")
        (inside / reader.place).parent.mkdir(parents=True)
        samples = reader.samples(inside)
        for content in samples:
            _check_sample(reader, inside, content, outcome)
        before = _peak_kb()
        for number in range(count):
            rng = random.Random(f"{seed} {reader.name} {number}")
            content = reader.mutate(rng, rng.choice(samples))
            fault = _try(reader, inside, content, outcome)
            grown = _peak_kb() - before
            if grown > MOST_EXTRA_KB:
                fault, before = f"took {grown >> 10} MB", _peak_kb()
            if fault:
                outcome.failures.append(f"{reader.name}, input {number} of seed {seed}: {fault}")
            outcome.extra_mb = max(outcome.extra_mb, grown >> 10)
        if [path.name for path in outside.iterdir()] != ["kept.txt"] or (
            outside / "kept.txt"
        ).read_text() != "kept":
            outcome.failures.append(f"{reader.name}: something outside of its folder was touched")
    return outcome


def _check_sample(reader: Reader, folder: Path, content: bytes, outcome: Outcome) -> None:
    """Note a failure unless the valid sample is read: a fuzzer of what is refused anyway finds nothing."""
    try:
        reader.read(folder, content)
    except Exception:
        outcome.failures.append(
            f"{reader.name}: the valid sample is not read: {traceback.format_exc()}"
        )


def _try(reader: Reader, folder: Path, content: bytes, outcome: Outcome) -> str:
    """Return what went wrong; nothing if the input was read, or refused as it should be."""
    try:
        with _limited_time():
            reader.read(folder, content)
    except MotBenchError as error:
        outcome.refused += 1
        return _message_fault(str(error)) if isinstance(error, InputError) else ""
    except _Hang:
        return f"no answer within {MOST_SECONDS} s"
    except Exception:
        return traceback.format_exc()
    outcome.read += 1
    return ""


def _message_fault(message: str) -> str:
    """Return what is wrong with a message of an error."""
    if len(message) > _MOST_MESSAGE or not message.isprintable():
        return f"a message of {len(message)} characters, or not printable: {message[:300]!r}"
    return ""


@contextmanager
def _limited_time() -> Iterator[None]:
    """Stop what works for ``MOST_SECONDS``, or waits for much longer: other processes may keep this one waiting."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise _Hang

    timers = (
        (signal.ITIMER_PROF, signal.SIGPROF, 1),
        (signal.ITIMER_REAL, signal.SIGALRM, _PATIENCE),
    )
    before = [signal.signal(number, stop) for _, number, _ in timers]
    for timer, _, factor in timers:
        signal.setitimer(timer, factor * MOST_SECONDS)
    try:
        yield
    finally:
        for (timer, number, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


@contextmanager
def _bounded() -> Iterator[None]:
    """Bound the addresses of this process, so that a wild size fails in place of filling the machine."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + _ADDRESSES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
