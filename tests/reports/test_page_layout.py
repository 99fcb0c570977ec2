"""report.html in Chromium: what fits into a window of 1280 pixels, and what stands in narrow cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reports_samples import make_result, make_run, make_whole

from mot_bench.reports.page import page_html
from mot_bench.reports.schema import Reference

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
    assert (
        page.locator("#leaderboard-table thead th").count() == 3 + 1 + 7
    )  # what it is, the difference, figures
    assert page.locator("#leaderboard-table .sides").count() > 0
    assert page.locator("#others-table thead tr:last-child th").count() == 2 + 2 * 5
    wide = """() => [...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth)
        .map((box) => `${box.ariaLabel}: ${box.scrollWidth} in ${box.clientWidth}`)"""
    for width in (1280, 1265):  # without and with a bar for scrolling down
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(wide) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_narrower_window_scrolls_the_table_alone(page: Page) -> None:
    page.set_viewport_size({"width": 800, "height": 900})
    box = page.locator("#leaderboard .scroll").first
    assert box.evaluate("(box) => box.scrollWidth > box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == 800


def test_every_row_of_the_leaderboard_takes_one_line(page: Page) -> None:
    heights = page.locator("#leaderboard-table tbody tr").evaluate_all(
        "(rows) => rows.map((row) => row.clientHeight)"
    )
    assert max(heights) < 45


def test_a_difference_is_told_in_full_to_those_who_hear_the_page(page: Page) -> None:
    cell = page.locator("td.difference", has_text="not distinguishable").first
    assert "not distinguishable here" in (cell.text_content() or "")
    assert (cell.get_attribute("title") or "").startswith("not distinguishable here. p = ")


def test_a_phone_is_told_that_there_are_more_columns(page: Page) -> None:
    hint = page.locator("#leaderboard .sideways").first
    assert not hint.is_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    hint.wait_for(state="visible")
    assert "sideways" in hint.inner_text()


def test_on_paper_no_column_of_the_leaderboard_is_cut(page: Page) -> None:
    page.set_viewport_size(
        {"width": 687, "height": 970}
    )  # A4 at 96 dots an inch, within its margins
    page.emulate_media(media="print")
    right = page.locator("#leaderboard-table").evaluate(
        "(table) => table.getBoundingClientRect().right"
    )
    assert right <= 687


def test_what_is_not_printed_is_said_on_paper_alone(page: Page) -> None:
    said = page.locator("#about .print-only")
    long = page.locator("section.screen-only, div.screen-only")
    assert not said.is_visible()
    assert any(long.nth(place).is_visible() for place in range(long.count()))
    page.emulate_media(media="print")
    assert "Not printed, but shown by the page on a screen" in said.inner_text()
    assert not any(long.nth(place).is_visible() for place in range(long.count()))
