"""Forest plot: differences that are far from the others do not crowd them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.axes import Axes
from reports_samples import make_certainty, make_result, make_run

from mot_bench.reports.figures import FIGURES
from mot_bench.results.bundle import make_bundle

NEAR = {f"run-{place}": 0.6 + 0.01 * place for place in range(8)}


def hota(**others: float) -> Axes:
    """The panel of HOTA against run-0."""
    runs = [make_run(name, value) for name, value in {**NEAR, **others}.items()]
    bundle = make_bundle(make_result(*runs).model_copy(update={"base": "run-0"}))
    figure = FIGURES["forest"].figure(replace(bundle, certainty=make_certainty(bundle)), ("HOTA",))
    assert figure is not None
    return figure.axes[0]


def test_what_is_far_off_stands_at_the_edge_with_its_value() -> None:
    axes = hota(hopeless=0.1)
    assert axes.get_xlim()[0] == pytest.approx(-3, abs=1.5)  # the interval of the nearest: -2 to 4
    assert [text.get_text() for text in axes.texts] == ["\N{LEFTWARDS ARROW} \N{MINUS SIGN}50.0"]
    assert "hopeless" not in {str(line.get_label()) for line in axes.get_lines()}
    assert "hopeless" in [label.get_text() for label in axes.get_yticklabels()]


def test_what_is_better_by_far_stands_at_the_right() -> None:
    axes = hota(**{"given the truth": 0.99})
    assert [text.get_text() for text in axes.texts] == ["+39.0 \N{RIGHTWARDS ARROW}"]
    assert axes.get_xlim()[1] < 15


def test_nothing_is_left_out_where_nothing_is_far_off() -> None:
    axes = hota()
    assert list(axes.texts) == []
    assert set(NEAR) - {"run-0"} <= {str(line.get_label()) for line in axes.get_lines()}
