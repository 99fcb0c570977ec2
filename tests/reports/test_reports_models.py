"""What reports make of models, groups, seeds and calibration."""

from __future__ import annotations

import csv
import functools
import io

import pytest
from reports_samples import EVIL, MODELS, RATIOS, make_result, make_trained
from rich.console import Console

from mot_bench.records.results import SuiteResult
from mot_bench.reporting.write_reports import terminal_table
from mot_bench.reports.ablation import difference_parts
from mot_bench.reports.balance import fairness, runs_of, specialist_of, sweep_of
from mot_bench.reports.figures import FIGURES
from mot_bench.reports.page import page_html
from mot_bench.reports.schema import Bundle
from mot_bench.reports.sections import findings
from mot_bench.reports.tables import (
    csv_text,
    differences_frame,
    groups_frame,
    leaderboard_frame,
    models_frame,
)
from mot_bench.reports.variants import main_variants, ranked_variants
from mot_bench.results.bundle import make_bundle


@functools.cache
def trained_bundle() -> Bundle:
    """What a report shows of the trained samples; no test changes it."""
    return make_bundle(make_trained())


def rows_of(text: str | None) -> list[dict[str, str]]:
    assert text is not None
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def with_status(result: SuiteResult, name: str, seed: int, status: str) -> SuiteResult:
    runs = [
        run.model_copy(
            update={"status": status, "combined": None, "groups": {}, "error": "it broke"}
        )
        if (run.run, run.seed) == (name, seed)
        else run
        for run in result.runs
    ]
    return result.model_copy(update={"runs": runs})


def test_suites_without_models_have_none_of_it() -> None:
    bundle = make_bundle(make_result())
    assert (
        csv_text(models_frame(bundle))
        is csv_text(groups_frame(bundle))
        is csv_text(differences_frame(bundle))
        is None
    )
    assert all(
        FIGURES[name].svg(bundle) is None for name in ("fairness", "sweep", "training", "groups")
    )
    html = page_html(bundle)
    assert not any(f'id="{name}"' in html for name in ("models", "groups"))


def test_fairness_is_a_fraction_of_the_specialist_of_the_same_seed() -> None:
    bundle = trained_bundle()
    model = next(one for one in bundle.models if (one.model, one.seed) == ("fairmot", 2))
    specialist = specialist_of(bundle, model, "reid")
    assert specialist is not None
    assert (specialist.model, specialist.seed) == ("reid-only", 2)
    assert fairness(bundle, model, "reid") == pytest.approx(0.856 / 0.916)
    assert fairness(bundle, model, "detection", "hard") == pytest.approx(
        (0.944 - 0.06) / (0.964 - 0.06)
    )
    assert fairness(bundle, specialist, "detection") is None


def test_models_have_a_row_for_each_seed_and_group() -> None:
    rows = rows_of(csv_text(models_frame(trained_bundle())))
    assert len(rows) == len(MODELS) * 3 * 4
    assert [row["group"] for row in rows[:4]] == ["all", "easy", "mid", "hard"]
    wanted = {
        "model": "fairmot",
        "ap_visible": "93.600",
        "tpr": "86.400",
        "input_width": "320",
        "tpr_of_specialist": "0.9351",
    }
    assert wanted.items() <= rows[0].items()
    assert {row["tpr"] for row in rows if row["model"] == "no-reid"} == {""}


def test_groups_and_where_rows_come_from_are_in_tables() -> None:
    bundle = trained_bundle()
    rows = rows_of(csv_text(groups_frame(bundle)))
    assert [row["group"] for row in rows[:3]] == ["easy", "mid", "hard"]
    row = next(
        row for row in rows_of(csv_text(leaderboard_frame(bundle))) if row["run"] == "fairmot"
    )
    assert {"model": "fairmot", "calibrated": "yes", "trained": "yes"}.items() <= row.items()


def test_a_failed_seed_leaves_no_mean() -> None:
    bundle = make_bundle(with_status(make_trained(), "hrnet", 1, "failed"))
    variant = next(one for one in ranked_variants(bundle) if one.name == "hrnet")
    assert variant.status == "failed"
    assert variant.summary("HOTA") is None
    assert ranked_variants(bundle)[-1].name == "hrnet"
    assert "hrnet" not in {row["run"] for row in rows_of(csv_text(differences_frame(bundle)))}
    assert "it broke" in page_html(bundle)


def test_differences_are_by_seed_and_say_who_agrees() -> None:
    result = make_trained()
    for run in result.runs:
        if (run.run, run.seed) == ("hrnet", 2):
            run.groups["hard"].metrics["AssA"] += 0.2
    bundle = make_bundle(result)
    rows = {
        (row["run"], row["group"], row["metric"]): row
        for row in rows_of(csv_text(differences_frame(bundle)))
    }
    easy, hard = rows["hrnet", "easy", "AssA"], rows["hrnet", "hard", "AssA"]
    assert (easy["mean"], easy["seeds"], easy["seeds_with_the_sign_of_the_mean"]) == (
        "-2.000",
        "3",
        "3",
    )
    assert (hard["mean"], hard["max"], hard["seeds_with_the_sign_of_the_mean"]) == (
        "4.667",
        "18.000",
        "1",
    )
    assert rows["oracle", "all", "HOTA"]["seeds"] == "3"
    assert dict(findings(bundle))["hrnet"] == "lower HOTA, AssA (all, easy, mid), IDF1, MOTA"
    assert dict(findings(bundle))["fixed-0.1"] == "seeds agree on nothing"


def test_one_seed_says_nothing_about_chance() -> None:
    bundle = make_bundle(make_trained(seeds=(4,)))
    assert findings(bundle) == ()
    assert difference_parts(bundle)[0].rows[0].changes[0].below == ""
    assert "One seed. No statement about chance: no intervals were computed" in page_html(bundle)


def test_rows_with_published_thresholds_stay_out_of_comparisons() -> None:
    names = [variant.name for variant in main_variants(trained_bundle())]
    assert "fairmot" in names
    assert "fairmot-default" not in names


def test_a_sweep_is_found_where_only_a_weight_differs() -> None:
    bundle = trained_bundle()
    sweep = sweep_of(bundle)
    assert sweep is not None
    assert tuple(ratio for ratio, _ in sweep.points) == RATIOS
    assert sweep.learned is not None
    assert sweep.learned.name == "fairmot"
    assert sweep.ratio == pytest.approx(1.4 / 3, rel=1e-3)
    assert {run.run for run in runs_of(bundle, sweep.learned)} == {"fairmot"}
    few = make_trained()
    kept = [
        model
        for model in few.models
        if not model.model.startswith("fixed") or model.model in ("fixed-1", "fixed-3")
    ]
    assert sweep_of(make_bundle(few.model_copy(update={"models": kept}))) is None


def test_figures_are_plain_text_and_repeat() -> None:
    bundle = trained_bundle()
    for name in ("fairness", "sweep", "training"):
        one, other = (FIGURES[name].svg(bundle) for _ in range(2))
        assert one == other
        assert one is not None
        assert "math" not in one
    figure = FIGURES["fairness"].svg(bundle)
    assert figure is not None
    assert "reid-only" not in figure
    assert all(
        name in figure for name in ("fairmot", "ReID specialist 92.0", "detection specialist 96.0")
    )


def test_names_of_models_are_escaped() -> None:
    result = make_trained(seeds=(0,))
    models = [
        model.model_copy(
            update={
                "model": EVIL,
                "title": EVIL,
                "training": EVIL,
                "architecture": EVIL,
                "note": EVIL,
            }
        )
        if model.model == "hrnet"
        else model
        for model in result.models
    ]
    html = page_html(make_bundle(result.model_copy(update={"models": models})))
    assert EVIL not in html
    assert "&lt;script&gt;" in html


def test_the_terminal_shows_means_and_models_within_100_columns() -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(terminal_table(make_trained(), None))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 100
    for part in ("67.000", "66.0-68.0", "models", "0.98", "0.93"):
        assert part in text
