"""Made-up counts: sequences of unequal length and difficulty, networks that differ by seed, and results around them."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from mot_bench.records.results import (
    DatasetRecord,
    RunResult,
    Score,
    Scorer,
    SequenceRecord,
    SuiteResult,
)
from mot_bench.scoring.score import SequenceScore
from mot_bench.statistics.counts import (
    ALPHA_COUNT,
    FIELD_NAMES,
    SINGLE_FIELDS,
    Counts,
    FloatArray,
    fingerprint,
)
from mot_bench.statistics.resampling import METRIC_NAMES, Measured, Spread, metrics_of

Rng = np.random.Generator
LEVELS = np.linspace(1.2, -2.0, ALPHA_COUNT)  # how much harder a box is to find as alpha rises


def draw_counts(
    rng: Rng,
    shape: tuple[int, ...],
    units: int,
    *,
    variants: int = 1,
    seeds: int = 1,
    gain: float | FloatArray = 0.15,
    between_seeds: float = 0.0,
    shared_seeds: bool = False,
    alphas: int = ALPHA_COUNT,
    easier: float | FloatArray = 0.0,
    longer: float | FloatArray = 0.0,
) -> FloatArray:
    """(*shape, variants, seeds, units, fields) counts of sequences drawn at random, much like MOTChallenge's.

    Boxes are lognormal (the standard deviation is 87 % of the mean; in MOT17's halves it is 90 %),
    longer sequences are harder, difficulty is shared by all variants with four degrees of freedom
    (heavy tails), and each variant has its own share of it. ``gain`` is what a variant has over the
    one before, on the logit scale; ``between_seeds`` the standard deviation of trainings, shared by
    all variants or of each alone. Only ``alphas`` of the 19 thresholds differ, to be quick: the
    others repeat them. ``easier`` (logit scale) and ``longer`` (log of boxes) are what levels of
    difficulty differ by; they and ``gain`` may be one number for each unit.
    """
    runs = (*shape, variants)
    length = rng.standard_normal((*shape, 1, 1, units))
    boxes = np.round(np.exp(7.5 + 0.75 * length + longer)) + 20
    ease = easier + 0.5 * (rng.standard_t(4, (*shape, 1, 1, units)) - 0.3 * length)
    own = 0.25 * rng.standard_t(4, (*runs, 1, units))
    training = between_seeds * rng.standard_normal(
        (*shape, 1, seeds, 1) if shared_seeds else (*runs, seeds, 1)
    )
    training = training + 0.5 * between_seeds * rng.standard_normal((*runs, seeds, units))
    skill = ease + own + training + gain * np.arange(variants)[:, None, None]
    steps = LEVELS[np.linspace(0, ALPHA_COUNT - 1, alphas).round().astype(int)]
    found = np.round(boxes[..., None] * expit(1.5 + skill[..., None] + steps))
    extra = np.round(boxes * expit(-1.5 - 0.5 * skill))
    tracks = found[..., :1] + extra[..., None]
    together = expit(0.4 + 0.8 * skill[..., None] + 0.5 * steps)
    middle = alphas // 2
    values = np.zeros((*skill.shape, len(FIELD_NAMES)))
    repeat = np.linspace(0, alphas - 1e-9, ALPHA_COUNT).astype(int)
    missed, spurious = boxes[..., None] - found, tracks - found
    for place, part in enumerate((found, missed, spurious, together * found)):
        values[..., place * ALPHA_COUNT : (place + 1) * ALPHA_COUNT] = part[..., repeat]
    singles = {
        "CLR_TP": found[..., middle],
        "CLR_FN": missed[..., middle],
        "CLR_FP": spurious[..., middle],
        "IDSW": rng.poisson(0.03 * boxes * expit(-1 - skill)),
        "IDTP": np.round(found[..., middle] * together[..., middle]),
        "GT_Dets": boxes,
    }
    singles["IDFN"], singles["IDFP"] = boxes - singles["IDTP"], tracks[..., 0] - singles["IDTP"]
    for name, part in singles.items():
        values[..., FIELD_NAMES.index(name)] = part
    return values


def held(spread: Spread, true: FloatArray) -> npt.NDArray[np.bool_]:
    """(trials, metrics) whether the interval holds the truth."""
    return np.abs(spread.value - true) <= spread.half_width()


def minus(one: Measured, other: Measured) -> Measured:
    return Measured(one.whole - other.whole, one.without - other.without)


def random_score(rng: Rng, *, empty: bool = False) -> SequenceScore:
    """A score with all of TrackEval's fields, of no real sequence.

    ``empty``: nothing was tracked.
    """
    boxes = int(rng.integers(50, 500))
    true = np.sort(rng.integers(0, boxes, ALPHA_COUNT))[::-1].astype(float) * (not empty)
    hota = {"HOTA_TP": true, "HOTA_FN": boxes - true, "HOTA_FP": true[0] - true + 7 * (not empty)}
    hota |= {
        name: rng.random(ALPHA_COUNT) * (true > 0) for name in ("AssA", "AssRe", "AssPr", "LocA")
    }
    families = {"HOTA": hota}
    for family, names in SINGLE_FIELDS.items():
        families[family] = {name: int(rng.integers(0, 400)) for name in names}
    if empty:
        families["CLEAR"] |= {"CLR_TP": 0, "CLR_FP": 0, "IDSW": 0}
        families["Identity"] |= {"IDTP": 0, "IDFP": 0}
    return SequenceScore(families)


def make_suite(
    runs: dict[str, FloatArray],
    *,
    base: str | None = None,
    models: dict[str, str] | None = None,
    seeds: dict[str, tuple[int, ...]] | None = None,
    digests: tuple[str, ...] = (),
    levels: tuple[str, ...] = (),
) -> tuple[SuiteResult, Counts]:
    """A result and its counts from (seeds, units, fields) by run.

    Args:
        runs: counts.
        base: of the suite.
        models: name of the network of a run; others are of unknown origin.
        seeds: of a run; 0, 1, ... by default.
        digests: of the sequences; all different by default.
        levels: of the sequences; none by default.
    """
    units = next(iter(runs.values())).shape[-2]
    names = tuple(f"seq-{place:02}" for place in range(units))
    sequences = [
        SequenceRecord(
            name=name,
            length=100,
            frame_rate=25,
            digest=digests[place] if digests else name,
            group=levels[place] if levels else "",
        )
        for place, name in enumerate(names)
    ]
    rows, values = [], []
    for run, counts in runs.items():
        for seed, one in zip((seeds or {}).get(run, range(len(counts))), counts, strict=True):
            rows.append(_row(run, seed, one, (models or {}).get(run, "")))
            values.append(one)
    dataset = DatasetRecord(name="made-up", benchmark="MOT17", split="full", sequences=sequences)
    result = SuiteResult(
        suite="sample",
        base=base,
        dataset=dataset,
        scorer=Scorer(name="trackeval", version="1", settings={}),
        runs=rows,
    )
    of = tuple(fingerprint(row, result) for row in rows)
    return result, Counts(tuple((row.run, row.seed) for row in rows), of, names, np.stack(values))


def _row(run: str, seed: int, counts: FloatArray, model: str) -> RunResult:
    metrics: npt.NDArray[np.float64] = metrics_of(counts.sum(axis=0))
    return RunResult(
        run=run,
        seed=seed,
        status="ok",
        detections=f"model:{model}" if model else "",
        trained=bool(model),
        combined=Score(metrics=dict(zip(METRIC_NAMES, metrics.tolist(), strict=True))),
        track_digests={"all": hashlib.sha256(counts.tobytes()).hexdigest()},
    )
