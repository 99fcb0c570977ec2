"""Results folders, read; and whether their scores may stand beside each other."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from mot_bench.errors import MotBenchError, did_you_mean
from mot_bench.records.results import SuiteResult
from mot_bench.reporting.bundle import load_bundle, read_results
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import Variant, variants_of
from mot_bench.results.gating.baseline import dataset_of, scorer_of
from mot_bench.results.gating.comparison import differences


@dataclasses.dataclass(frozen=True)
class Folder:
    """A results folder, read.

    Attributes:
        path: where it is; ``label`` what it is called.
        result: results.json.
        bundle: what reports make of it.
    """

    path: Path
    label: str
    result: SuiteResult
    bundle: Bundle

    def variant(self, name: str) -> Variant:
        """A run over its seeds.

        Raises:
            MotBenchError: there is none of this name.
        """
        found = {variant.name: variant for variant in variants_of(self.bundle)}
        if name not in found:
            hint = did_you_mean(name, found)
            raise MotBenchError(
                f"--runs: expected one of {', '.join(found)} (of {self.path}); found {name!r}{hint}"
            )
        return found[name]


def open_folder(path: Path, label: str = "") -> Folder:
    """Read a results folder.

    Raises:
        InputError: it has no results.json, or one of its files is malformed.
    """
    result = read_results(path / "results.json")
    return Folder(path, label or path.resolve().name, result, load_bundle(path))


def check_comparable(*folders: Folder) -> None:
    """Refuse scores of different ground truth or scorers.

    Raises:
        MotBenchError: names the first difference.
    """
    first = folders[0]
    data, scorer = dataset_of(first.result), scorer_of(first.result)
    for other in folders[1:]:
        theirs = dataset_of(other.result)
        faults = differences(
            scorer.model_dump(mode="json"),
            scorer_of(other.result).model_dump(mode="json"),
            "scorer ",
        )
        if data.benchmark != theirs.benchmark:
            faults.append(f"rules: was {data.benchmark}, is {theirs.benchmark}")
        faults += differences(dict(data.sequences), dict(theirs.sequences), "ground truth of ")
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise MotBenchError(
                f"{first.path} and {other.path}: expected one scorer and one ground truth, found {faults[0]}{more}"
            )
