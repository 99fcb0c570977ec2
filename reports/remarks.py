"""What a reader must know of the runs themselves: equal tracks, and calibration that did harm."""

from __future__ import annotations

from reports.schema import Bundle
from reports.twins import twin_sentences
from reports.variants import PUBLISHED_SUFFIX, Variant, is_published_row, variants_of
from reports.wording import plain, signed_change

HARM = 0.01
"""Calibration that costs more HOTA than this is said."""


def remarks_of(bundle: Bundle) -> list[str]:
    """Return what is to be said in the page and in the terminal, one sentence or two each."""
    return [*twin_sentences(bundle), *calibration_sentences(bundle)]


def calibration_sentences(bundle: Bundle) -> list[str]:
    """Return each calibrated run that is worse than its published thresholds by more than a point of HOTA."""
    variants = {variant.name: variant for variant in variants_of(bundle)}
    published = [variant for variant in variants.values() if is_published_row(bundle, variant)]
    pairs = [(variants[variant.name.removesuffix(PUBLISHED_SUFFIX)], variant) for variant in published]
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
