"""Resample sequences and seeds to compute the variances and intervals of metrics.

The population is sequences like these and trainings with other seeds. If the dataset has levels of
difficulty, it has as many sequences of each level as here (see ``strata``). A metric of a variant
is the mean over its seeds of the metric of all sequences combined (sums of counts first, then
ratios). Its variance has two crossed parts, since every training is evaluated on every sequence:

- Over sequences: the delete-one jackknife of the mean over seeds, paired, since all runs see the
  same sequences (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 11; for
  clusters: Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8).
  Squares are weighted by 1 minus the sequence's share of boxes, as in the weighted jackknife (Wu,
  Annals of Statistics 14, 1986), since leaving out a long sequence has a disproportionate effect.
  With levels, the other sequences of the same level stand in for the one left out, and shares are
  those of the level's boxes (Wolter, Introduction to Variance Estimation, 2007, section 4.5).
- Over seeds: the same over trainings. Two runs that share a network share its draw, so their
  difference is taken seed by seed; otherwise each run contributes its own variance.

The parts are added, which counts their interaction twice (as does resampling both ways at once:
Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007) and errs towards wider
intervals. Degrees of freedom follow Satterthwaite (Biometrics Bulletin 2, 1946): the number of
seeds minus one, and the *effective* number of sequences minus one. The effective number is the
squared sum of weights over the sum of squared weights, with boxes of the ground truth as weights
(Kish, Survey Sampling, 1965): one long sequence among seven makes seven sequences worth less than
seven. Each level has its own degrees of freedom, and Satterthwaite's formula joins them. Single
metrics are treated on an unbounded scale (logit; log of 1 - MOTA; the inverse cube root for counts,
totals that a few long sequences dominate); differences are not transformed.

Percentile, BCa and bootstrap-t intervals (DiCiccio and Efron, Statistical Science 11, 1996) are not
used: with 7 sequences of unequal length they hold in 83 to 93 of 100 cases instead of 95 (see
DECISIONS.md). A jackknife has a fixed set of resamples, so no seed is needed and equal input gives
equal bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, stdtr, stdtrit

from mot_bench.statistics.counts import FloatArray, field
from mot_bench.statistics.strata import Strata, effective_units, one_population

METRIC_NAMES = ("HOTA", "DetA", "AssA", "MOTA", "IDF1", "IDSW")
"""The last axis of all arrays of metrics: the headline metrics of the leaderboard."""
LEVEL = 0.05
_TINY = 1e-9  # the logit is clipped this close to 0 and 1
_FAR = 30.0  # values beyond this on an unbounded scale cannot be distinguished


def metrics_of(sums: FloatArray) -> FloatArray:
    """Return the headline metrics of summed counts, as TrackEval's ``combine_sequences`` does.

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
    """Return the metrics of many resamples from weighted sums of counts.

    Args:
        values: counts, (..., units, fields).
        weights: (resamples, units), the number of times that each unit is drawn.

    Returns:
        (..., resamples, metrics).
    """
    return metrics_of(np.matmul(weights, values))


@dataclass(frozen=True)
class Measured:
    """Metrics of all units, (..., metrics), and with each left out, (..., units, metrics).

    The other units of its stratum stand in for a unit that is left out, so that totals keep the
    number of units in each stratum.
    """

    whole: FloatArray
    without: FloatArray


def measure(values: FloatArray, strata: Strata | None = None) -> Measured:
    """Return the metrics of all units, and with each unit left out.

    Args:
        values: counts, (..., units, fields).
        strata: the strata of the units, with at least two units each; one population by default.
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
    """Metrics by seed that share one draw: (seeds, ..., metrics), and with each unit left out.

    A metric of a variant has one side. A difference has one side (subtracted seed by seed) if the
    variants share a draw; otherwise it has two, and the second has ``sign`` -1.
    """

    measured: Measured
    sign: int = 1


@dataclass(frozen=True)
class Spread:
    """A value with the parts of its variance; all arrays are (..., metrics).

    Attributes:
        value: the value, on the scale that it is treated on.
        over_units: the variance over sequences or segments.
        over_seeds: the variance over trainings; 0 if there is only one.
        freedom_units: the degrees of freedom of ``over_units``.
        freedom_seeds: the degrees of freedom of ``over_seeds``; 1 if that is 0.
        levels: the effective number of strata, which is the number of degrees of freedom that their
            means consume.
    """

    value: FloatArray
    over_units: FloatArray
    over_seeds: FloatArray
    freedom_units: FloatArray
    freedom_seeds: FloatArray
    levels: FloatArray

    @property
    def variance(self) -> FloatArray:
        """The sum of both parts."""
        return self.over_units + self.over_seeds

    @property
    def freedom(self) -> FloatArray:
        """Satterthwaite's degrees of freedom of the variance; 1 if the variance is 0."""
        return satterthwaite(
            (self.over_units, self.freedom_units), (self.over_seeds, self.freedom_seeds)
        )

    def at(self, metric: int) -> Spread:
        """Return the spread of one metric, by its index in the last axis."""
        return Spread(*(getattr(self, name)[..., metric] for name in self.__dataclass_fields__))

    def half_width(self, comparisons: int = 1) -> FloatArray:
        """Return half the width of the interval that holds in 95 of 100 cases.

        Args:
            comparisons: the number of intervals that hold jointly in 95 of 100 cases, by
                Bonferroni's inequality.
        """
        tail = LEVEL / (2 * comparisons)
        return np.asarray(-stdtrit(self.freedom, tail) * np.sqrt(self.variance), np.float64)

    def p_value(self) -> FloatArray:
        """Return the two-sided p-value of the value 0; 1 if value and variance are 0."""
        error = np.sqrt(self.variance)
        statistic = np.divide(np.abs(self.value), error, out=np.zeros_like(error), where=error > 0)
        tails: FloatArray = 2 * stdtr(self.freedom, -statistic)
        return tails


def satterthwaite(*parts: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return the degrees of freedom of a sum of (variance, freedom); 1 without variance."""
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
    """Return the value and variance of a metric or a difference.

    Args:
        sides: see ``Side``.
        shares: (..., units) shares of the boxes of the stratum.
        strata: the strata that the sides were measured with; one population by default.
        unbounded: whether to use the unbounded scale, for a single metric that is not a difference.
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
    """Return the variance over units, its degrees of freedom, and the effective number of strata.

    A stratum has its effective number of units minus one as degrees of freedom. With ``times`` as
    many units in every stratum, there are (freedom + levels) times - levels degrees of freedom.
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
    """Return metrics on unbounded scales: logit, -log(1 - MOTA), -1 / cube root of a count."""
    fractions: FloatArray = logit(np.clip(metrics, _TINY, 1 - _TINY))
    fractions[..., 3] = -np.log(np.maximum(1 - metrics[..., 3], _TINY))
    fractions[..., 5] = -1 / np.cbrt(metrics[..., 5] + 0.5)
    return fractions


def bound(values: FloatArray) -> FloatArray:
    """Invert ``unbound``; a count is at least 0, and infinite without an upper bound."""
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
