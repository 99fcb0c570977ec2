"""report.html in Chromium: what fits into a window of 1280 pixels, and what stands in narrow cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reports_samples import make_result, make_run, make_whole

from mot_bench.results import Reference
from reports.page import page_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
FIGURES = {"HOTA": 67.803, "MOTA": 77.789, "IDF1": 79.893, "IDSW": 170}
NAMES = ("bytetrack", "botsort-no-cmc", "deepsort", "ocsort", "sort-age30")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With as many figures of others as the suite ``association`` has."""
    original = Reference(kind="original", source="their code", metrics=FIGURES)
    published = Reference(kind="published", source="a paper", metrics={**FIGURES, "AssA": 69.64})
    runs = [
        make_run(name, 0.6 + 0.02 * place, 1200 - 200 * place, references=(original, published))
        for place, name in enumerate(NAMES)
    ]
    path = tmp_path_factory.mktemp("layout") / "report.html"
    path.write_text(page_html(make_whole(make_result(*runs))))
    return path


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(report.as_uri())
    yield page
    page.close()


def test_every_table_fits_a_window_of_1280_pixels(page: Page) -> None:
    assert page.locator("#leaderboard-table thead th").count() == 1 + 7 + 4 + 5 + 3  # groups: three
    assert page.locator("#leaderboard-table .sides").count() > 0
    wide = """() => [...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth)
        .map((box) => `${box.ariaLabel}: ${box.scrollWidth} in ${box.clientWidth}`)"""
    for width in (1280, 1265):  # without and with a bar for scrolling down
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(wide) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_narrower_window_scrolls_the_table_alone(page: Page) -> None:
    page.set_viewport_size({"width": 800, "height": 900})
    box = page.locator("#leaderboard .scroll")
    assert box.evaluate("(box) => box.scrollWidth > box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == 800


def test_a_verdict_takes_two_lines_at_most_and_is_told_in_full(page: Page) -> None:
    cell = page.locator("td.verdict", has_text="not distinguishable").first
    words = cell.locator("span").first
    lines = words.evaluate("(one) => new Set([...one.getClientRects()].map((line) => Math.round(line.top))).size")
    assert 1 <= lines <= 2
    assert (words.text_content() or "") == "not distinguishable here"
    assert (cell.get_attribute("title") or "").startswith("not distinguishable here. p = ")
    assert {text.split("\n")[0] for text in page.locator("td.verdict").all_inner_texts()} <= {
        "base", "better", "worse", "not distinguishable",
    }  # fmt: skip
