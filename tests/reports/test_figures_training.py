"""Training curves: of networks that do both tasks, of specialists, and of separate ReID networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.typing import NDArray
from reports_samples import make_few_trained, make_model, make_trained

from mot_bench.reports.figures import FIGURES
from mot_bench.reports.page import page_html
from mot_bench.reports.schema import Bundle, Model
from mot_bench.results.bundle import make_bundle

STEPS = (10.0, 20.0, 30.0)


def panels(bundle: Bundle) -> dict[str, Axes]:
    figure = FIGURES["training"].figure(bundle)
    assert figure is not None
    return {axes.get_ylabel(): axes for axes in figure.axes}


def lines_of(axes: Axes) -> dict[str, NDArray[np.float64]]:
    """(N, 2) points of each line."""
    return {str(line.get_label()): np.asarray(line.get_xydata()) for line in axes.get_lines()}


def reid_model(name: str, *, triplet: bool = False) -> Model:
    """A separate ReID network as training it writes it down: no detection, no AP."""
    rows = [
        {"step": step, "reid": 6 - step / 10, "right": step / 100, "total": 7 - step / 10}
        for step in STEPS
    ]
    rows = [{**row, "triplet": 1.0} for row in rows] if triplet else rows
    return Model(name, 0, kind="reid", trained=True, steps=30, curve=tuple(rows))


def test_training_curves_leave_out_what_was_not_trained() -> None:
    by_term = {term: lines_of(axes) for term, axes in panels(make_bundle(make_trained())).items()}
    assert list(by_term) == [
        "total loss",
        "detection loss",
        "ReID loss",
        "AP, calibration frames (%)",
    ]
    assert "reid-only" not in by_term["detection loss"]
    assert by_term["total loss"]["fairmot"][0] == pytest.approx([50, 9 * 0.996**50])


def test_separate_reid_networks_show_their_loss_and_what_they_get_right() -> None:
    bundle = replace(make_bundle(make_few_trained()), models=(reid_model("osnet"),))
    found = panels(bundle)
    assert list(found) == ["ReID loss", "right person (% of training crops)"]
    assert lines_of(found["ReID loss"])["osnet"].tolist() == [[10, 5], [20, 4], [30, 3]]
    right = found["right person (% of training crops)"]
    assert lines_of(right)["osnet"] == pytest.approx(np.array([[10, 10], [20, 20], [30, 30]]))
    assert right.get_xlim()[1] < 40
    with_triplet = replace(bundle, models=(reid_model("osnet", triplet=True),))
    assert {"total loss", "triplet loss"} <= set(panels(with_triplet))


def test_they_stand_beside_the_others_in_what_they_share() -> None:
    bundle = make_bundle(make_few_trained())
    found = panels(replace(bundle, models=(*bundle.models, reid_model("osnet"))))
    assert "osnet" in lines_of(found["ReID loss"])
    assert "osnet" not in lines_of(found["total loss"])
    assert list(lines_of(found["right person (% of training crops)"])) == ["osnet"]


def test_the_page_shows_the_curve_of_each_network_and_leads_there_from_its_runs() -> None:
    result = make_few_trained()
    osnet = make_model("hrnet").model_copy(
        update={"model": "osnet", "kind": "reid", "recipe": {"loss": {}}}
    )
    rows = [
        {"step": 10.0, "reid": 6.0, "right": 0.1, "total": 6.0},
        {"step": 20.0, "reid": 5.0, "right": 0.2},
    ]
    osnet = osnet.model_copy(update={"curve": rows})
    runs = [
        run.model_copy(update={"embeddings": "model:osnet"})
        for run in result.runs
        if run.run == "hrnet"
    ]
    html = page_html(
        make_bundle(result.model_copy(update={"runs": runs, "models": [*result.models, osnet]}))
    )
    assert "<summary>osnet</summary>" in html
    assert 'data-figure="model-4"' in html
    assert "its curve is not in these results" not in html
