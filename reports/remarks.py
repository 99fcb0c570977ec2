"""What a reader must know of the runs themselves: equal tracks, and calibration that did harm."""

from __future__ import annotations

from mot_bench.reports.schema import Bundle
from mot_bench.reports.times import Timing
from mot_bench.reports.twins import twin_sentences
from mot_bench.reports.variants import PUBLISHED_SUFFIX, Variant, is_published_row, variants_of
from mot_bench.reports.wording import listed, plain, signed_change

HARM = 0.01
"""Calibration that costs more HOTA than this is said."""
BUSY, LEAST_CPU, WIDE = 0.5, 0.7, 1.25


def remarks_of(bundle: Bundle) -> list[str]:
    """Return what is to be said in the page and in the terminal, one sentence or two each."""
    return [*twin_sentences(bundle), *calibration_sentences(bundle), *timing_sentences(bundle)]


def timing_sentences(bundle: Bundle) -> list[str]:
    """Return warnings about times: a busy machine, and passes that differ too much."""
    if bundle.timing is None:
        return []
    return [*_busy_machine(bundle.timing), *_wide_spans(bundle.timing)]


def _busy_machine(timing: Timing) -> list[str]:
    """Return the warning that other programs slowed the machine down, if they did."""
    signs = []
    if timing.load is not None and timing.load > BUSY:
        signs.append(f"{timing.load:.1f} processes waited for each core before timing began")
    if timing.cpu_share is not None and timing.cpu_share < LEAST_CPU:
        share = f"{100 * timing.cpu_share:.0f} %"
        signs.append(f"while timing went on {share} of the time was CPU time")
    if not signs:
        return []
    return [f"Speeds may be too low, since the machine was busy: {'; '.join(signs)}."]


def _wide_spans(timing: Timing) -> list[str]:
    """Return the warning that names the runs whose passes differ by more than a quarter."""
    spans = {one.run: one.span("association_fps") for one in timing.runs}
    wide = [name for name, (low, high) in spans.items() if high > WIDE * low]
    if not wide:
        return []
    differ = "differ by more than a quarter between passes: they say little"
    return [f"Speeds of {listed(wide)} {differ}."]


def calibration_sentences(bundle: Bundle) -> list[str]:
    """Return each calibrated run that is worse than its published thresholds by more than a point of HOTA."""
    variants = {variant.name: variant for variant in variants_of(bundle)}
    published = [variant for variant in variants.values() if is_published_row(bundle, variant)]
    pairs = [
        (variants[variant.name.removesuffix(PUBLISHED_SUFFIX)], variant) for variant in published
    ]
    return [text for calibrated, row in pairs if (text := _harm(bundle, calibrated, row))]


def _harm(bundle: Bundle, calibrated: Variant, published: Variant) -> str:
    metric = bundle.metric("HOTA")
    mine, theirs = calibrated.summary("HOTA"), published.summary("HOTA")
    if mine is None or theirs is None or theirs.mean - mine.mean <= HARM:
        return ""
    return (
        f"Calibration made {calibrated.name} worse: a HOTA of {plain(metric, mine.mean)} % with the thresholds that "
        f"were chosen on calibration scenes, {plain(metric, theirs.mean)} % with the published ones "
        f"({published.name}), {signed_change(metric, mine.mean - theirs.mean)} points."
    )
