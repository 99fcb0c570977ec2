"""What the page tells of each run: configuration, calibration, figures by seed, time, and how it is made again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from urllib.parse import urlencode

from mot_bench.reports.schema import Bundle, Metric, Run
from mot_bench.reports.times import RunTiming
from mot_bench.reports.variants import Variant, ranked_variants

LEAST_SHOWN_MS = 0.005


@dataclass(frozen=True)
class Stage:
    """A stage of a timed run: milliseconds a frame, and its part of the whole, 0 to 1."""

    name: str
    milliseconds: float
    share: float


@dataclass(frozen=True)
class Look:
    """Where a run with one seed can be looked at: the viewer, its costliest switches.

    Empty where there is no page.
    """

    run: Run
    viewer: str
    gallery: str


@dataclass(frozen=True)
class RunPage:
    """A run over its seeds.

    Attributes:
        place: its number in the page, from 1.
        facts: what it is made of, by name.
        parameters: resolved; those that differ from seed to seed have one value a seed.
        calibrations: a line a seed, where thresholds were chosen.
        figures: headline metrics of each seed.
        stages: of the first seed that was timed.
        command: makes it again; empty where nobody knows.
        models: networks of the suite that it uses.
        looks: its seeds that can be looked at.
    """

    variant: Variant
    place: int
    facts: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]
    calibrations: tuple[tuple[int, str, str], ...]
    figures: tuple[tuple[Run, tuple[str, ...]], ...]
    stages: tuple[Stage, ...]
    timing: RunTiming | None
    command: str
    models: tuple[str, ...]
    looks: tuple[Look, ...]


def run_pages(bundle: Bundle) -> list[RunPage]:
    """In the order of the leaderboard."""
    return [
        _page(bundle, variant, place) for place, variant in enumerate(ranked_variants(bundle), 1)
    ]


def looks_of(bundle: Bundle, variant: Variant) -> tuple[Look, ...]:
    """Of the seeds that the pages beside the report show."""
    found = []
    for run in variant.runs:
        label = bundle.watched.get((run.run, run.seed))
        if label is not None:
            viewer = (
                f"viewer.html#{urlencode({'a': label})}" if "viewer.html" in bundle.pages else ""
            )
            gallery = (
                f"gallery.html#{urlencode({'run': label})}"
                if "gallery.html" in bundle.pages
                else ""
            )
            found.append(Look(run, viewer, gallery))
    return tuple(found)


@dataclass(frozen=True)
class RunTimes:
    """Frames per second and milliseconds a frame of each stage: means over the seeds that were timed."""

    name: str
    association: float
    end_to_end: float
    stages: tuple[float, ...]
    frames: int
    association_span: str = ""
    end_to_end_span: str = ""


def stages_of(bundle: Bundle) -> list[str]:
    """Names of the stages that took any time."""
    runs = bundle.timing.runs if bundle.timing else ()
    return list(
        dict.fromkeys(name for run in runs for name, seconds in run.stages.items() if seconds)
    )


def run_times(bundle: Bundle) -> list[RunTimes]:
    """Of every run that was timed, in the order of timing.json."""
    by_run: dict[str, list[RunTiming]] = {}
    for timing in bundle.timing.runs if bundle.timing else ():
        by_run.setdefault(timing.run, []).append(timing)
    stages = stages_of(bundle)
    return [
        RunTimes(
            name,
            fmean(timing.association_fps for timing in found),
            fmean(timing.end_to_end_fps for timing in found),
            tuple(
                fmean(1000 * one.stages.get(stage, 0.0) / max(1, one.frames) for one in found)
                for stage in stages
            ),
            found[0].frames,
            _span(found, "association_fps"),
            _span(found, "end_to_end_fps"),
        )
        for name, found in by_run.items()
    ]


def _span(found: list[RunTiming], speed: str) -> str:
    """Return the least and the most over passes and seeds; empty where all are one number."""
    spans = [one.span(speed) for one in found]
    low, high = min(low for low, _ in spans), max(high for _, high in spans)
    return "" if low == high else f"{low:,.0f}\N{EN DASH}{high:,.0f}"


def command_of(bundle: Bundle, variant: Variant) -> str:
    """The command line that makes a run again, quoted for a shell; empty where nobody knows.

    One for all seeds of a run; what is cached in the store is not made twice.
    """
    if bundle.environment is None or not bundle.environment.command:
        return ""
    seeds = ",".join(str(run.seed) for run in variant.runs)
    return shlex.join([*bundle.environment.command, "--only", variant.name, "--seeds", seeds])


def _page(bundle: Bundle, variant: Variant, place: int) -> RunPage:
    timing = _timing(bundle, variant)
    return RunPage(
        variant,
        place,
        _facts(variant),
        _parameters(variant),
        tuple(_calibration(run) for run in variant.runs if run.calibration),
        tuple((run, _figures(run, bundle.headline_metrics)) for run in variant.runs),
        _stages(timing),
        timing,
        command_of(bundle, variant),
        tuple(dict.fromkeys(filter(None, (variant.first.model, variant.first.reid_model)))),
        looks_of(bundle, variant),
    )


def _facts(variant: Variant) -> tuple[tuple[str, str], ...]:
    first = variant.first
    facts: Mapping[str, str] = {
        "tracker": first.tracker,
        "source of the tracker": first.tracker_source[:12],
        "detections": first.detections,
        "embeddings": first.embeddings,
        "seeds": ", ".join(str(run.seed) for run in variant.runs),
    }
    return tuple((name, value) for name, value in facts.items() if value)


def _parameters(variant: Variant) -> tuple[tuple[str, str], ...]:
    """Every parameter once.

    One that differs from seed to seed with all its values, in the seeds' order.
    """
    names = dict.fromkeys(name for run in variant.runs for name in run.parameters)
    found = []
    for name in names:
        values = [run.parameters.get(name, "") for run in variant.runs]
        found.append((name, values[0] if len(set(values)) == 1 else "; ".join(values)))
    return tuple(found)


def _calibration(run: Run) -> tuple[int, str, str]:
    chosen = run.calibration
    if chosen is None:
        raise ValueError("the run was not calibrated")
    values = ", ".join(f"{name} {value}" for name, value in chosen.parameters.items())
    gain = (
        f"HOTA there {100 * chosen.hota_before:.1f} % before, {100 * chosen.hota_after:.1f} % after"
    )
    return run.seed, values or "published values kept", f"{chosen.tried} tried; {gain}"


def _figures(run: Run, headline: tuple[Metric, ...]) -> tuple[str, ...]:
    return tuple(metric.shown(run.metrics.get(metric.name)) for metric in headline)


def _timing(bundle: Bundle, variant: Variant) -> RunTiming | None:
    if bundle.timing is None:
        return None
    return next((timing for timing in bundle.timing.runs if timing.run == variant.name), None)


def _stages(timing: RunTiming | None) -> tuple[Stage, ...]:
    if timing is None or not timing.frames:
        return ()
    total = sum(timing.stages.values()) or 1.0
    return tuple(
        Stage(name, 1000 * seconds / timing.frames, seconds / total)
        for name, seconds in timing.stages.items()
        if 1000 * seconds / timing.frames >= LEAST_SHOWN_MS
    )
