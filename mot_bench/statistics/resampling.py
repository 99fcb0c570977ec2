"""Resampling of sequences and seeds: metrics of many resamples at once, variances, and intervals that hold.

The population is sequences like these and trainings with other seeds; where the data set has levels
of difficulty, sequences like these in each level, with as many of each level as here (``strata``).
A metric of a variant is the mean over its seeds of the metric of all sequences together (sums of
counts first, then ratios). Its variance has two parts, crossed, since every training is tried on
every sequence:

- over sequences: delete-one jackknife of the mean over seeds, paired, since all runs see the same sequences (Efron and
  Tibshirani, An Introduction to the Bootstrap, 1993, chapter 11; for clusters: Davison and Hinkley,
  Bootstrap Methods and their Application, 1997, section 3.8). Squares are weighted by 1 less the
  sequence's share of boxes, as in the weighted jackknife (Wu, Annals of Statistics 14, 1986), since
  leaving out a long sequence changes more than its due. With levels, one is left out and the others
  of its level count for it; shares are of the level's boxes (Wolter, Introduction to Variance
  Estimation, 2007, section 4.5);
- over seeds: the same over trainings. Two runs that share a network share its draw, so that their difference is taken
  seed by seed; otherwise each brings a part of its own.

The parts are added, which counts their interaction twice (the same is true of resampling both ways
at once: Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007); this errs towards
wider intervals. Degrees of freedom are by Satterthwaite (Biometrics Bulletin 2, 1946): seeds less
one, and the *effective* number of sequences less one, (sum of weights) squared over the sum of
squares with boxes of the ground truth as weights (Kish, Survey Sampling, 1965): with one long
sequence among seven there is less to go by than seven. With levels each has its own, and
Satterthwaite again joins the variances that they bring. Single metrics are treated on a scale
without bounds (logit; log of 1 - MOTA; for counts, which are a total that few long sequences make
up, the inverse cube root), differences as they are.

Why not a percentile, BCa or bootstrap-t interval (DiCiccio and Efron, Statistical Science 11,
1996): with 7 sequences of unequal length they hold in 83 to 93 of 100 cases instead of 95; see
DECISIONS.md. The resamples of a jackknife are all there are, so that the same input gives the same
bytes and no seed is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, stdtr, stdtrit

from mot_bench.statistics.counts import FloatArray, field
from mot_bench.statistics.strata import Strata, effective_units, one_population

METRIC_NAMES = ("HOTA", "DetA", "AssA", "MOTA", "IDF1", "IDSW")
"""The last axis of all arrays of metrics: the headline of the leaderboard."""
LEVEL = 0.05
_TINY = 1e-9  # from here to 0 and to 1 the logit stops
_FAR = 30.0  # on the scales without bounds: beyond lies nothing that could be told apart


def metrics_of(sums: FloatArray) -> FloatArray:
    """The headline metrics of summed counts, as TrackEval's ``combine_sequences`` has them.

    Args:
        sums: (..., fields), see ``mot_bench.statistics.counts``.

    Returns:
        (..., metrics): fractions, and identity switches as a count. Order: ``METRIC_NAMES``.
    """
    true, missed, false = (field(sums, name) for name in ("HOTA_TP", "HOTA_FN", "HOTA_FP"))
    detection = true / np.maximum(1, true + missed + false)
    association = field(sums, "AssA") / np.maximum(1, true)
    hota = np.sqrt(detection * association)
    found, lost, extra, switches = (
        field(sums, name) for name in ("CLR_TP", "CLR_FN", "CLR_FP", "IDSW")
    )
    mota = (found - extra - switches) / np.maximum(1.0, found + lost)
    matched, unmatched, spurious = (field(sums, name) for name in ("IDTP", "IDFN", "IDFP"))
    idf1 = matched / np.maximum(1.0, matched + 0.5 * spurious + 0.5 * unmatched)
    return np.stack(
        [hota.mean(-1), detection.mean(-1), association.mean(-1), mota, idf1, switches], axis=-1
    )


def resampled_metrics(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Metrics of many resamples at once: weighted sums of counts, nothing is scored again.

    Args:
        values: (..., units, fields).
        weights: (resamples, units), how often each unit is taken.

    Returns:
        (..., resamples, metrics).
    """
    return metrics_of(np.matmul(weights, values))


@dataclass(frozen=True)
class Measured:
    """Metrics of all units, (..., metrics), and without each of them in turn, (..., units, metrics).

    Where a unit is left out the others of its stratum count for it, so that totals stay totals of
    as many units, and of as many of each stratum.
    """

    whole: FloatArray
    without: FloatArray


def measure(values: FloatArray, strata: Strata | None = None) -> Measured:
    """Metrics with all units, and without each in turn.

    Args:
        values: (..., units, fields) counts.
        strata: of the units, two at least in each; one population by default.
    """
    total = values.sum(axis=-2)
    without = np.empty_like(values)
    for places in (strata or one_population(values.shape[-2])).places:
        inside = values.take(places, axis=-2)
        sums = inside.sum(axis=-2)
        others = (sums[..., None, :] - inside) * (len(places) / (len(places) - 1))
        without[..., places, :] = (total - sums)[..., None, :] + others
    return Measured(metrics_of(total), metrics_of(without))


@dataclass(frozen=True)
class Side:
    """What is drawn together: metrics by seed, (seeds, ..., metrics) whole and (seeds, ..., units, metrics) without.

    A metric of a variant has one side. A difference has one (already subtracted seed by seed) where
    the two share a draw, otherwise two, the second with ``sign`` -1.
    """

    measured: Measured
    sign: int = 1


@dataclass(frozen=True)
class Spread:
    """A value with its variance, in parts; all arrays (..., metrics).

    Attributes:
        value: on the scale that it is treated on.
        over_units: variance over sequences or segments.
        over_seeds: variance over trainings, 0 where there is but one.
        freedom_units: degrees of freedom of the first.
        freedom_seeds: of the second; 1 where it is 0.
        levels: how many strata the first comes from, in effect: degrees of freedom that are lost to
            their means.
    """

    value: FloatArray
    over_units: FloatArray
    over_seeds: FloatArray
    freedom_units: FloatArray
    freedom_seeds: FloatArray
    levels: FloatArray

    @property
    def variance(self) -> FloatArray:
        """Of both parts together."""
        return self.over_units + self.over_seeds

    @property
    def freedom(self) -> FloatArray:
        """Satterthwaite's degrees of freedom of the variance; 1 where it is 0."""
        return satterthwaite(
            (self.over_units, self.freedom_units), (self.over_seeds, self.freedom_seeds)
        )

    def at(self, metric: int) -> Spread:
        """Return that of one metric, by its place in the last axis."""
        return Spread(*(getattr(self, name)[..., metric] for name in self.__dataclass_fields__))

    def half_width(self, comparisons: int = 1) -> FloatArray:
        """Return half the width of the interval that holds in 95 of 100 cases.

        Args:
            comparisons: how many intervals hold together in 95 of 100 cases, by Bonferroni's
                inequality.
        """
        tail = LEVEL / (2 * comparisons)
        return np.asarray(-stdtrit(self.freedom, tail) * np.sqrt(self.variance), np.float64)

    def p_value(self) -> FloatArray:
        """Two-sided, of the value 0; 1 where value and variance are 0."""
        error = np.sqrt(self.variance)
        statistic = np.divide(np.abs(self.value), error, out=np.zeros_like(error), where=error > 0)
        tails: FloatArray = 2 * stdtr(self.freedom, -statistic)
        return tails


def satterthwaite(*parts: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Degrees of freedom of a sum of (variance, degrees of freedom); 1 where all variances are 0."""
    total = _added(variance for variance, _ in parts)
    squares = _added(variance**2 / freedom for variance, freedom in parts)
    freedom: FloatArray = np.divide(
        np.square(total), squares, out=np.ones_like(squares), where=squares > 0
    )
    return freedom


def spread_of(
    sides: Sequence[Side],
    shares: FloatArray,
    strata: Strata | None = None,
    *,
    unbounded: bool = False,
) -> Spread:
    """Value and variance of a metric or a difference.

    Args:
        sides: see ``Side``.
        shares: (..., units) of the boxes of its stratum in each unit.
        strata: that the sides were measured with; one population by default.
        unbounded: treat single metrics on their scale without bounds; only with one side that is no
            difference.
    """
    scale = unbound if unbounded else _as_it_is
    value = scale(_added(side.sign * side.measured.whole.mean(axis=0) for side in sides))
    without = scale(_added(side.sign * side.measured.without.mean(axis=0) for side in sides))
    squares = (1 - shares[..., None]) * (without - value[..., None, :]) ** 2
    none = np.zeros_like(value)
    seeds = [
        (_over_seeds(side.measured.whole, scale), none + len(side.measured.whole) - 1)
        for side in sides
        if len(side.measured.whole) > 1
    ] or [(none, none + 1)]
    over_seeds = _added(variance for variance, _ in seeds)
    over_units, freedom_units, levels = _over_units(
        squares, shares, strata or one_population(shares.shape[-1])
    )
    return Spread(value, over_units, over_seeds, freedom_units, satterthwaite(*seeds), levels)


def _over_units(
    squares: FloatArray, shares: FloatArray, strata: Strata
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Variance over units, its degrees of freedom, and over how many strata, of (..., units, metrics) squares.

    A stratum has the degrees of freedom of its effective number of units less one. What is lost is
    told so that with ``times`` as many units everywhere there are (freedom + levels) times - levels
    of them.
    """
    parts = [
        (
            squares.take(places, axis=-2).sum(axis=-2),
            np.maximum(effective_units(shares.take(places, axis=-1))[..., None] - 1, 1)
            + np.zeros_like(squares[..., 0, :]),
        )
        for places in strata.places
    ]
    if len(parts) == 1:
        return *parts[0], np.ones_like(parts[0][1])
    freedom = satterthwaite(*parts)
    levels = satterthwaite(*((variance, own + 1) for variance, own in parts)) - freedom
    return _added(variance for variance, _ in parts), freedom, levels


def unbound(metrics: FloatArray) -> FloatArray:
    """(..., metrics) on rising scales where errors are even: logit, -log(1 - MOTA), -1 / cube root of a count."""
    fractions: FloatArray = logit(np.clip(metrics, _TINY, 1 - _TINY))
    fractions[..., 3] = -np.log(np.maximum(1 - metrics[..., 3], _TINY))
    fractions[..., 5] = -1 / np.cbrt(metrics[..., 5] + 0.5)
    return fractions


def bound(values: FloatArray) -> FloatArray:
    """The inverse of ``unbound``.

    A count is at least 0, and infinite where nothing bounds it from above.
    """
    within = np.clip(values, -_FAR, _FAR)
    metrics: FloatArray = expit(within)
    metrics[..., 3] = 1 - np.exp(-within[..., 3])
    root = np.minimum(within[..., 5], -1e-3)
    metrics[..., 5] = np.where(root < within[..., 5], np.inf, np.maximum(-(root**-3.0) - 0.5, 0.0))
    return metrics


def _as_it_is(values: FloatArray) -> FloatArray:
    return values


def _added(parts: Iterable[FloatArray]) -> FloatArray:
    total: FloatArray = np.sum(np.stack(list(parts)), axis=0)
    return total


def _over_seeds(whole: FloatArray, scale: Callable[[FloatArray], FloatArray]) -> FloatArray:
    variance: FloatArray = (len(whole) - 1) * scale(
        (whole.sum(axis=0) - whole) / (len(whole) - 1)
    ).var(axis=0)
    return variance
