"""report.html as text: what it holds, and what it never holds. In a browser: test_page_browser."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from dataclasses import replace

import pytest
from reports_samples import (
    EVIL,
    make_few_trained,
    make_result,
    make_run,
    make_timing,
    make_trained,
    make_whole,
)

from mot_bench.reports.certainty import Certainty, Comparison
from mot_bench.reports.page import page_html
from mot_bench.results.bundle import make_bundle


@functools.cache
def whole_page() -> str:
    return page_html(make_whole())


def data_of(html: str, name: str) -> dict[str, list[list[float]]]:
    found = re.search(rf'id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, list[list[float]]] = json.loads(found.group(1))
    return data


@pytest.mark.parametrize("trained", [False, True])
def test_nothing_is_fetched_and_no_date_is_told(trained: bool) -> None:
    html = page_html(make_whole(make_few_trained() if trained else None))
    links = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert links
    assert all(link.startswith("#") for link in links)
    assert "url(http" not in html
    assert "@import" not in html
    assert "<metadata" not in html


def test_ids_are_unique_and_links_lead_somewhere() -> None:
    html = page_html(make_whole(make_few_trained((0, 1))))
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'href="#([^"]*)"', html)) | set(re.findall(r"url\(#([^)]*)\)", html))
    assert targets <= set(ids)


def test_everything_from_outside_is_escaped() -> None:
    runs = [make_run(EVIL, 0.5), make_run("$\\frac{x$ & <i>", 0.6), make_run("</script><b>", 0.4)]
    html = page_html(make_whole(make_result(*runs).model_copy(update={"base": "</script><b>"})))
    assert EVIL not in html
    assert "<i>" not in html
    assert "</script><b>" not in html
    assert html.count("<script") == html.count("</script>") == 4


def test_the_same_bundle_gives_the_same_bytes() -> None:
    assert page_html(make_whole()) == whole_page()


def test_sections_are_there_where_there_is_something_to_show() -> None:
    bare, whole = page_html(make_bundle(make_result())), whole_page()
    for name in ("timing", "errors", "slices"):
        assert f'id="{name}"' not in bare
        assert f'href="#{name}"' not in bare
        assert f'id="{name}"' in whole
    assert "two cores" in whole
    assert "Nobody wrote down with what these results were made" in bare


@pytest.mark.parametrize("runs", [0, 1, 40])
def test_any_number_of_runs_makes_a_page(runs: int) -> None:
    rows = [make_run(f"run-{number}", 0.5 + number / 200, number) for number in range(runs)]
    html = page_html(make_bundle(make_result().model_copy(update={"runs": rows})))
    assert html.count('href="#run-') == runs
    assert ("other runs" in html) == (runs > 17)


def test_each_run_tells_how_it_is_made_again() -> None:
    runs = [make_run("a run; rm -rf", 0.5, seed=seed) for seed in (3, 1)]
    html = page_html(make_whole(make_result(*runs)))
    assert (
        "mot-bench run --suite association --only &#39;a run; rm -rf&#39; --seeds 3,1</code>"
        in html
    )
    assert "--only" not in page_html(make_bundle(make_result(*runs)))


def test_comparisons_are_embedded_once_a_pair_with_the_verdict_that_the_interval_gives() -> None:
    bundle = make_whole()
    board = data_of(page_html(bundle), "board-data")
    finished = 3
    assert len(board["pairs"]) == finished * (finished - 1) / 2 * 4
    assert bundle.certainty is not None
    names = [run["name"] for run in board["runs"]]  # type: ignore[call-overload]
    metrics = [metric["name"] for metric in board["metrics"]]  # type: ignore[call-overload]
    texts: list[str] = board["texts"]  # type: ignore[assignment]
    ways = {"better": 1, "worse": -1, "not distinguishable here": 0}
    for run, base, metric, difference, low, high, _, way, text in board["pairs"]:
        one = bundle.certainty.comparison(names[int(run)], names[int(base)], metrics[int(metric)])
        assert one is not None
        assert one.interval is not None
        assert [difference, low, high] == pytest.approx(
            [100 * one.difference, 100 * one.interval.low, 100 * one.interval.high], abs=1e-5
        )
        assert way == ways[one.verdict]
        assert texts[int(text)] == one.needed


def test_where_chance_is_not_judged_the_page_says_why_once_and_shows_no_verdict() -> None:
    bundle = make_bundle(make_result())
    silent = Comparison("sort", "bytetrack", "HOTA", -0.05, reason="Two sequences are too few.")
    html = page_html(
        replace(bundle, certainty=Certainty("", "sequence", 2, 1, comparisons=(silent,)))
    )
    assert "One seed. No statement about chance: Two sequences are too few." in html
    assert "What would settle" not in html
    assert data_of(html, "board-data")["certain"] is False  # type: ignore[comparison-overlap]


def test_several_seeds_are_one_row() -> None:
    bundle = make_bundle(make_trained())
    html = page_html(replace(bundle, models=()))
    assert html.count('href="#run-') == 12
    assert '<td class="number">67.00</td>' in html


def test_times_of_seeds_are_one_row() -> None:
    timing = make_timing()
    runs = (timing.runs[0], dataclasses.replace(timing.runs[0], seed=1, associating_s=4.0))
    html = page_html(make_bundle(make_result(), timing.model_copy(update={"runs": runs})))
    assert html.count('data-value="225.0"') == 1


def test_a_run_shows_the_digest_of_its_trackers_source() -> None:
    result = make_result()
    runs = [run.model_copy(update={"tracker_source": "0123456789abcdef"}) for run in result.runs]
    html = page_html(make_bundle(result.model_copy(update={"runs": runs})))
    assert "<dt>source of the tracker</dt><dd>0123456789ab</dd>" in html
    assert "source of the tracker" not in page_html(make_bundle(result))
