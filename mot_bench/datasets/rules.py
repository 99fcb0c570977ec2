"""The rules by which rows of ground truth count, and what a user may state about them.

The rules are a benchmark's (see ``mot_bench.scoring.profiles``), or ``own``: every row whose mark
is not 0 counts, and column 8 is read only if classes were chosen. ``rule_decision`` decides which
rules apply to a dataset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mot_bench.errors import MotBenchError, did_you_mean, quoted

OWN = "own"
BENCHMARKS = ("MOT15", "MOT16", "MOT17", "MOT20", "DanceTrack", "SportsMOT", "street", OWN)
WITHOUT_CLASSES = ("MOT15", OWN)
EVERY_CLASS = "all"
HOW_TO_CHOOSE = "choose others with --benchmark and --classes, or with these keys in a dataset.toml"


@dataclass(frozen=True)
class Stated:
    """What a user or a file states about the rules; None where nothing is stated.

    Attributes:
        benchmark: one of ``BENCHMARKS``.
        classes: names or numbers, separated by commas, or ``all``.
        where: the place that states them, for messages.
    """

    benchmark: str | None = None
    classes: str | None = None
    where: str = "the options"

    def __post_init__(self) -> None:
        """Refuse an unknown benchmark (``MotBenchError``)."""
        if self.benchmark is not None and self.benchmark not in BENCHMARKS:
            known = ", ".join(BENCHMARKS)
            found = f"{quoted(self.benchmark)}{did_you_mean(self.benchmark, BENCHMARKS)}"
            raise MotBenchError(f"--benchmark: expected one of {known}, found {found}")


@dataclass(frozen=True)
class Rules:
    """The rules that a dataset is scored by.

    Attributes:
        benchmark: one of ``BENCHMARKS``.
        reason: what the decision rests on, in words that follow "by".
        classes: the numbers in column 8 that the user chose; empty if no classes were chosen, so
            that the benchmark's own classes count.
        names: the known names of classes, by number.
        doubts: one line for each thing in columns 7 and 8 that these rules may misread.
    """

    benchmark: str
    reason: str
    classes: tuple[int, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()

    @property
    def chosen(self) -> str | None:
        """The choice of classes as ``Stated`` takes it."""
        if self.classes:
            return ",".join(map(str, self.classes))
        return EVERY_CLASS if self.benchmark == OWN else None

    def title(self, number: int) -> str:
        """Return the number of a class, with its name if the name is known."""
        return f"{number} ({self.names[number]})" if number in self.names else str(number)
