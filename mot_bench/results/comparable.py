"""Check that the scores of several results folders may stand beside each other."""

from __future__ import annotations

from mot_bench.errors import MotBenchError
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.gating.baseline import dataset_of, scorer_of
from mot_bench.results.gating.comparison import differences


def check_comparable(*folders: ResultsFolder) -> None:
    """Raise MotBenchError if two folders differ in ground truth, rules or scorer."""
    first, *others = folders
    data, scorer = dataset_of(first.result), scorer_of(first.result).model_dump(mode="json")
    for other in others:
        other_data = dataset_of(other.result)
        other_scorer = scorer_of(other.result).model_dump(mode="json")
        faults = differences(scorer, other_scorer, "scorer ")
        if data.benchmark != other_data.benchmark:
            faults.append(f"rules: was {data.benchmark}, is {other_data.benchmark}")
        faults += differences(dict(data.sequences), dict(other_data.sequences), "ground truth of ")
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise MotBenchError(
                f"{first.path} and {other.path}: expected one scorer and one ground truth, "
                f"found {faults[0]}{more}"
            )
