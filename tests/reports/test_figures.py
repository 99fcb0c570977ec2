"""What figures show: the numbers in their artists, whatever bundle there is."""

from __future__ import annotations

import dataclasses
import math
from xml.etree import ElementTree

import numpy as np
import pytest
from figure_samples import (
    certainty_of,
    crowded_bundle,
    explanation_of,
    full,
    holes,
    make_similarity,
    make_timed,
    trained_bundle,
)
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch
from numpy.typing import NDArray
from reports_samples import EVIL, RATIOS, make_result, make_run, make_trained

from mot_bench.reports.figures import FIGURES
from mot_bench.reports.figures.intervals import seeds_interval
from mot_bench.reports.figures.output import FORMATS, file_bytes
from mot_bench.reports.figures.series import series_of
from mot_bench.reports.figures.speed import pareto_front
from mot_bench.reports.figures.timeline import chosen_people
from mot_bench.reports.schema import Bundle
from mot_bench.reports.timeline import Presence, Switch, Timeline
from mot_bench.results.bundle import make_bundle

_DRAWN: dict[tuple[str, int], tuple[Bundle, Figure | None]] = {}


def drawn(name: str, bundle: Bundle) -> Figure | None:
    """A figure that several tests look at, drawn once.

    The bundle is kept so that its place in memory stays its own.
    """
    key = (name, id(bundle))
    if key not in _DRAWN:
        _DRAWN[key] = (bundle, FIGURES[name].figure(bundle))
    return _DRAWN[key][1]


def figure_of(name: str, bundle: Bundle, metrics: tuple[str, ...] = ()) -> Figure:
    figure = FIGURES[name].figure(bundle, metrics) if metrics else drawn(name, bundle)
    assert figure is not None
    return figure


def lines_of(axes: Axes) -> dict[str, NDArray[np.float64]]:
    """(N, 2) points of each labelled line."""
    return {
        str(line.get_label()): np.asarray(line.get_xydata())
        for line in axes.get_lines()
        if not str(line.get_label()).startswith("_")
    }


@pytest.fixture(scope="module")
def trained() -> Bundle:
    return trained_bundle()


@pytest.fixture(scope="module")
def crowded() -> Bundle:
    return crowded_bundle()


@pytest.mark.parametrize("name", FIGURES)
def test_where_there_is_nothing_to_show_there_is_no_figure(name: str) -> None:
    for bundle in holes().values():
        assert FIGURES[name].figure(bundle) is None
        assert FIGURES[name].svg(bundle) is None


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_cut_and_labels_of_axes_keep_apart(
    name: str, trained: Bundle, crowded: Bundle
) -> None:
    for bundle in (trained, crowded):
        figure = drawn(name, bundle)
        if figure is None:
            assert bundle is crowded
            assert name in ("fairness", "sweep", "training", "groups", "similarity")
            continue
        used, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert min(used.x0, used.y0) >= -0.01
        assert used.x1 <= width + 0.01
        assert used.y1 <= height + 0.01
        labels = [
            axis.label.get_window_extent()
            for axes in figure.axes
            for axis in (axes.xaxis, axes.yaxis)
        ]
        for place, one in enumerate(labels):
            assert not any(
                one.overlaps(other) for other in labels[place + 1 :] if one.width and other.width
            )


@pytest.mark.parametrize("name", FIGURES)
def test_a_page_has_svg_of_its_own_colours_and_ids(name: str, trained: Bundle) -> None:
    shown = FIGURES[name].svg(trained)
    assert shown is not None
    root = ElementTree.fromstring(f"<div>{shown}</div>")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(one is not None and one.startswith(name) for one in ids)
    pictures = [element for element in root.iter() if element.get("role") == "img"]
    assert pictures
    assert all(element.get("aria-label") for element in pictures)
    assert "currentColor" in shown
    assert "#0a0b" not in shown
    assert name not in ("curves", "stages") or FIGURES[name].svg(trained) == shown


def test_names_from_outside_are_text() -> None:
    bundle = full(
        make_bundle(make_result(make_run(EVIL, 0.5), make_run("$\\frac{1}{2}$ & <i>", 0.6)))
    )
    for kind in FIGURES.values():
        shown = kind.svg(bundle) or ""
        assert "<script" not in shown
        assert "<i>" not in shown
    legend = ElementTree.fromstring(f"<div>{FIGURES['curves'].svg(bundle)}</div>").findall(".//li")
    assert ["".join(entry.itertext()).strip() for entry in legend] == ["$\\frac{1}{2}$ & <i>", EVIL]


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_bundle_gives_the_same_file(form: str) -> None:
    bundle = full(make_bundle(make_result(), make_timed(["sort", "bytetrack"])))
    for name in ("curves", "stages"):
        figures = [FIGURES[name].figure(bundle) for _ in range(2)]
        one, other = (file_bytes(figure, form) for figure in figures if figure is not None)
        assert one == other
        assert len(one) > 1000
        assert b"CreationDate" not in one
        assert b"<dc:date>" not in one
        assert b"Matplotlib v" not in one


def test_curves_are_differences_to_the_base_run_at_each_threshold(trained: Bundle) -> None:
    axes = figure_of("curves", trained).axes[0]
    assert "difference in HOTA" in axes.get_ylabel().replace("\n", " ")
    runs = {
        name: [run.curves["HOTA"] for run in trained.runs if run.run == name]
        for name in ("hrnet", "fairmot")
    }
    means = {name: 100 * np.mean(found, axis=0) for name, found in runs.items()}
    points = lines_of(axes)
    assert points["hrnet"][:, 1] == pytest.approx(means["hrnet"] - means["fairmot"])
    assert points["fairmot"][:, 1] == pytest.approx(0.0)


def test_without_a_base_run_curves_are_the_means_over_seeds_in_percent(trained: Bundle) -> None:
    figure = figure_of("curves", dataclasses.replace(trained, base=None))
    assert [axes.get_ylabel() for axes in figure.axes] == ["HOTA (%)", "DetA (%)", "AssA (%)"]
    points = lines_of(figure.axes[0])["hrnet"]
    runs = [run for run in trained.runs if run.run == "hrnet"]
    assert points[:, 0] == pytest.approx(trained.alphas)
    assert points[:, 1] == pytest.approx(
        100 * np.mean([run.curves["HOTA"] for run in runs], axis=0)
    )
    assert set(lines_of(figure.axes[0])) == {run.run for run in trained.runs}


def test_one_run_is_a_figure(trained: Bundle) -> None:
    bundle = full(make_bundle(make_result(make_run("sort", 0.5)), make_timed(["sort"])))
    for name in ("curves", "stages", "causes"):
        assert FIGURES[name].figure(bundle) is not None
    assert FIGURES["plane"].figure(bundle) is None  # a single point compares nothing
    assert FIGURES["forest"].figure(bundle) is not None  # against a base that has no row itself
    alone = dataclasses.replace(bundle, base="sort")
    assert (
        FIGURES["forest"].figure(dataclasses.replace(alone, certainty=certainty_of(alone))) is None
    )


def test_many_runs_keep_sixteen_colours_and_the_rest_is_counted(crowded: Bundle) -> None:
    series = series_of(crowded)
    coloured = [one for one in series if one.colour is not None]
    assert len(series) == 29
    assert len({(one.colour, one.dash) for one in coloured}) == len(coloured) == 16
    assert crowded.base in [one.label for one in coloured]
    legend = figure_of("curves", crowded).legends[0]
    assert legend.get_texts()[-1].get_text() == "13 other runs"


def test_points_lie_at_detection_and_association(trained: Bundle) -> None:
    (axes,) = figure_of("plane", trained).axes
    assert lines_of(axes)["no-reid"][0] == pytest.approx([60.0, 65.0])


def test_a_run_far_off_is_named_and_does_not_crowd_the_others(crowded: Bundle) -> None:
    (axes,) = figure_of("plane", crowded).axes
    assert axes.get_xlim()[1] < 60
    assert "far-off (88.0, 93.0)" in axes.get_title(loc="left").replace("\n", " ")
    few = make_bundle(make_result(make_run("near", 0.5), make_run("far", 0.9)))
    (axes,) = figure_of("plane", few).axes
    assert axes.get_xlim()[1] > 88
    assert axes.get_title(loc="left") == ""


def test_specialists_are_limits(trained: Bundle) -> None:
    (axes,) = figure_of("fairness", trained).axes
    texts = [text.get_text() for text in axes.texts]
    assert {"detection specialist 96.0", "ReID specialist 92.0"} <= set(texts)
    points = lines_of(axes)
    assert points["fairmot"][0] == pytest.approx([94.0, 86.0])
    assert "no-reid" not in points
    assert "reid-only" not in points


def test_a_sweep_has_intervals_over_seeds_and_the_learned_balance(trained: Bundle) -> None:
    figure = figure_of("sweep", trained)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    lines = lines_of(axes)
    assert lines["fixed"][:, 0] == pytest.approx(RATIOS)
    assert lines["fixed"][0, 1] == pytest.approx(95.0)
    assert lines["learned"][:, 1] == pytest.approx(94.0)
    assert lines["ratio"][0, 0] == pytest.approx(1.4 / 3, rel=1e-3)
    low, high = seeds_interval([94.6, 95.0, 95.4]) or (0, 0)
    ends = axes.containers[0].lines[2][0].get_segments()[0]  # type: ignore[attr-defined]
    assert ends[:, 1] == pytest.approx([low, high])
    single = full(make_bundle(make_trained(seeds=(1,))))
    assert figure_of("sweep", single, ("AP",)).axes[0].containers == []


def test_an_interval_over_seeds_needs_two_and_is_students() -> None:
    assert seeds_interval([]) is seeds_interval([1.0]) is None
    low, high = seeds_interval([10.0, 12.0]) or (0, 0)
    assert (low + high) / 2 == pytest.approx(11.0)
    assert (high - low) / 2 == pytest.approx(12.706 * math.sqrt(2) / math.sqrt(2), rel=1e-3)


@given(st.lists(st.tuples(st.floats(0.1, 1e4), st.floats(0, 100)), max_size=12), st.booleans())
def test_the_front_is_what_nothing_beats_in_both(
    points: list[tuple[float, float]], higher: bool
) -> None:
    front = pareto_front([(fps, fps, accuracy) for fps, accuracy in points], higher)
    sign = 1 if higher else -1

    def beaten(point: tuple[float, float]) -> bool:
        return any(
            other[0] >= point[0] and sign * other[1] >= sign * point[1] and other != point
            for other in points
        )

    assert {points[place] for place in front} == {point for point in points if not beaten(point)}
    assert [points[place][0] for place in front] == sorted(points[place][0] for place in front)


def test_speed_is_of_real_systems(trained: Bundle) -> None:
    figure = figure_of("speed", trained)
    alone, whole = figure.axes
    assert alone.get_xscale() == "log"
    assert lines_of(alone)["fairmot"][0] == pytest.approx([1000.0, 67.0])
    assert lines_of(whole)["fairmot"][0] == pytest.approx([100 / 3.1, 67.0])
    oracles = tuple(
        dataclasses.replace(run, detections="oracle") if run.run == "hrnet" else run
        for run in trained.runs
    )
    assert "hrnet" not in lines_of(
        figure_of("speed", dataclasses.replace(trained, runs=oracles)).axes[0]
    )
    assert trained.timing is not None
    files = tuple(
        dataclasses.replace(one, reading_s=0.0, detecting_s=0.0, associating_s=1.0)
        for one in trained.timing.runs
    )
    stored = dataclasses.replace(trained, timing=dataclasses.replace(trained.timing, runs=files))
    assert len(figure_of("speed", stored).axes) == 1


def test_the_forest_has_differences_intervals_and_verdicts(trained: Bundle) -> None:
    figure = figure_of("forest", trained)
    axes = figure.axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert trained.base not in rows
    markers = {str(line.get_label()): line.get_marker() for line in axes.get_lines()}
    comparison = {one.run: one for one in certainty_of(trained).comparisons if one.metric == "HOTA"}
    shapes = {"better": "^", "worse": "v", "not distinguishable here": "o"}
    for name, points in lines_of(axes).items():
        if name in comparison:
            assert points[0] == pytest.approx([100 * comparison[name].difference, rows.index(name)])
            assert markers[name] == shapes[comparison[name].verdict]
    bars = [line for line in axes.get_lines() if line.get_label() == "_interval"]
    assert len(bars) == len(rows)
    assert np.ptp(np.asarray(bars[0].get_xdata())) == pytest.approx(2.0)


def test_without_an_interval_there_is_no_bar(trained: Bundle) -> None:
    assert trained.certainty is not None
    first, *others = trained.certainty.comparisons
    none = [dataclasses.replace(one, interval=None, verdict="no statement") for one in others]
    bundle = dataclasses.replace(
        trained, certainty=dataclasses.replace(trained.certainty, comparisons=(first, *none))
    )
    axes = figure_of("forest", bundle, ("HOTA",)).axes[0]
    assert len([line for line in axes.get_lines() if line.get_label() == "_interval"]) == 1
    assert {str(line.get_marker()) for line in axes.get_lines()} == {"None", "x", "|", "^"}
    nothing = dataclasses.replace(trained.certainty, comparisons=tuple(none))
    assert FIGURES["forest"].figure(dataclasses.replace(trained, certainty=nothing)) is None


def test_bars_of_causes_are_mean_gains_and_counts(trained: Bundle) -> None:
    figure = figure_of("causes", trained)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[0] == trained.base
    assert len(titles) == 6
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    bars = {round(patch.get_y() + patch.get_height() / 2): patch for patch in _bars(figure.axes[0])}
    row = next(place for place, label in enumerate(rows) if "mostly hidden" in label)
    assert bars[row].get_width() == pytest.approx(100 * 0.04 * 5 / 3)
    assert f"{500 * 5 / 3:,.0f}" in [text.get_text() for text in figure.axes[0].texts]
    assert FIGURES["causes"].figure(trained, ("IDSW",)) is None


def _bars(axes: Axes) -> list[Rectangle]:
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_causes_that_are_not_the_runs_are_not_shown() -> None:
    bundle = make_bundle(make_result())
    other = explanation_of(dataclasses.replace(bundle, runs=()))
    assert FIGURES["causes"].figure(dataclasses.replace(bundle, explanation=other)) is None


def test_stages_add_up_to_the_time_of_a_frame(trained: Bundle) -> None:
    (axes,) = figure_of("stages", trained).axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    row = rows.index("fairmot")
    bars = [bar for bar in _bars(axes) if round(bar.get_y() + bar.get_height() / 2) == row]
    assert sum(bar.get_width() for bar in bars) == pytest.approx(31.0)
    assert {bar.get_hatch() for bar in bars if bar.get_width()} == {"", "///", "\\\\\\"}


def test_groups_have_a_point_each(trained: Bundle) -> None:
    figure = figure_of("groups", trained)
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    points = {}
    for line in figure.axes[0].get_lines():
        ((x, y),) = np.asarray(line.get_xydata())[:1]
        if str(line.get_label()) in ("easy", "mid", "hard") and round(y) == rows.index("hrnet"):
            points[str(line.get_label())] = x
    assert points == pytest.approx({"easy": 75.0, "mid": 65.0, "hard": 53.0})


def test_similarities_are_parts_of_the_pairs() -> None:
    bundle = dataclasses.replace(make_bundle(make_result()), similarities=(make_similarity("net"),))
    (axes,) = figure_of("similarity", bundle).axes
    steps = [
        patch
        for patch in axes.patches
        if isinstance(patch, StepPatch) and patch.get_label() == "same person"
    ]
    assert steps[0].get_data()[0] == pytest.approx([0, 10, 30, 60])
    empty = dataclasses.replace(make_similarity("net"), same=(0, 0, 0, 0))
    assert FIGURES["similarity"].figure(dataclasses.replace(bundle, similarities=(empty,))) is None


def test_a_timeline_marks_switches_and_who_was_followed(trained: Bundle) -> None:
    figure = figure_of("timeline", trained)
    axes = figure.axes[0]
    assert axes.get_title() == "fairmot: 1 identity switch"
    assert lines_of(axes)["switches"].tolist() == [[25.0, 0.0]]
    bars = [(bar.get_x() + 0.5, bar.get_width(), bool(bar.get_hatch())) for bar in _bars(axes)]
    assert bars == [(1.0, 20.0, False), (25.0, 36.0, True), (40.0, 61.0, False)]


def test_a_timeline_of_a_crowd_keeps_those_with_switches() -> None:
    people = range(1, 61)
    crowd = Timeline(
        "sort",
        0,
        "S",
        90,
        25.0,
        tuple(Presence(person, person, 90) for person in people),
        (),
        (Switch(60, 70),),
    )
    chosen = chosen_people((crowd,))
    assert len(chosen) == 40
    assert chosen[-1] == 60
    assert chosen[:39] == list(range(1, 40))
