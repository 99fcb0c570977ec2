"""Turn the interval of a difference into a verdict."""

from __future__ import annotations

from mot_bench.reports.certainty import Interval, Verdict

PRIMARY = "HOTA"
"""The metric that joint claims about all runs of a folder are made in."""
LOWER_IS_BETTER = frozenset({"IDSW"})


def verdict(metric: str, interval: Interval) -> Verdict:
    """Return the verdict on a run from the interval of its difference to a base.

    >>> verdict("IDSW", Interval(-20, -4)), verdict("HOTA", Interval(-0.03, -0.01))
    ('better', 'worse')
    >>> verdict("HOTA", Interval(-0.03, 0.01))
    'not distinguishable here'
    """
    if interval.low <= 0 <= interval.high:
        return "not distinguishable here"
    return "better" if (interval.low > 0) == (metric not in LOWER_IS_BETTER) else "worse"
