"""report.html, as text and in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reports_samples import EVIL, make_result, make_run, make_timing, write_results

from mot_bench.bundle import make_bundle, write_reports
from reports.page import page_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"


def test_nothing_is_fetched_and_no_date_is_told() -> None:
    html = page_html(make_bundle(make_result(), make_timing()))
    links = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert links
    assert all(link.startswith("#") for link in links)
    assert "url(http" not in html
    assert "@import" not in html
    assert "<metadata" not in html


def test_ids_are_unique_and_links_lead_somewhere() -> None:
    html = page_html(make_bundle(make_result(), make_timing()))
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'href="#([^"]*)"', html)) | set(re.findall(r"url\(#([^)]*)\)", html))
    assert targets <= set(ids)


def test_everything_from_outside_is_escaped() -> None:
    runs = [make_run(EVIL, 0.5), make_run("$\\frac{x$ & <i>", 0.6), make_run("</script><b>", 0.4)]
    html = page_html(make_bundle(make_result(*runs)))
    assert EVIL not in html
    assert "<i>" not in html
    assert "</script><b>" not in html
    assert html.count("<script") == html.count("</script>") == 3


def test_times_are_shown_where_there_are_any() -> None:
    assert 'id="timing"' not in page_html(make_bundle(make_result()))
    assert "two cores" in page_html(make_bundle(make_result(), make_timing()))


@pytest.mark.parametrize("runs", [0, 1, 40])
def test_any_number_of_runs_makes_a_page(runs: int) -> None:
    rows = [make_run(f"run-{number}", 0.5 + number / 200, number) for number in range(runs)]
    html = page_html(make_bundle(make_result().model_copy(update={"runs": rows})))
    assert html.count('href="#run-') == runs
    assert ("other runs" in html) == (runs > 17)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium found")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    write_reports(write_results(tmp_path, timing=make_timing()))
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.goto((tmp_path / "report.html").as_uri())
    yield page
    page.close()
    assert faults == []


def names(page: Page) -> list[str]:
    return page.locator("#leaderboard-table tbody th a").all_inner_texts()


@pytest.mark.browser
def test_sorting_by_mouse_and_keyboard(page: Page) -> None:
    assert names(page) == ["deepsort", "bytetrack", "sort", EVIL, "needy"]
    heading = page.locator("#leaderboard-table th", has_text="IDSW").first
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert names(page) == ["deepsort", "bytetrack", "sort", EVIL, "needy"]
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert names(page) == ["sort", "bytetrack", "deepsort", EVIL, "needy"]
    assert page.locator('#leaderboard-table th[aria-sort="descending"]').count() == 1


@pytest.mark.browser
def test_a_name_made_to_harm_is_text(page: Page) -> None:
    assert page.get_by_role("link", name=EVIL).is_visible()
    assert page.locator(".errors").inner_text().count("<b>y</b>") == 1


@pytest.mark.browser
def test_columns_and_differences_can_be_switched(page: Page) -> None:
    heads = page.locator("#leaderboard-table thead tr:last-child th")
    assert "FP" not in " ".join(heads.all_inner_texts())
    assert page.locator("td small").first.inner_text() == "+3.62"
    page.get_by_text("Columns", exact=True).first.click()
    page.locator("#board-columns input[value=CLR_FP]").check()
    page.locator("#board-columns input[value=DetA]").uncheck()
    page.keyboard.press("Escape")
    page.get_by_label("differences", exact=True).uncheck()
    texts = heads.all_inner_texts()
    assert "FP" in texts
    assert "DetA %" not in texts[:5]
    assert page.locator("td small").count() == 0


@pytest.mark.browser
def test_the_metric_of_the_sequences_can_be_switched(page: Page) -> None:
    page.locator("#sequences").scroll_into_view_if_needed()
    first = page.locator("#sequence-table tbody tr").first.locator("td")
    first.first.wait_for()
    assert first.all_inner_texts() == ["71.4", "71.4", "72.4"]
    page.locator("#sequence-metric").select_option("IDSW")
    page.locator("#sequence-table th button").first.click()
    assert first.all_inner_texts() == ["77", "0", "1"]


@pytest.mark.browser
def test_a_link_to_a_run_opens_it(page: Page) -> None:
    page.get_by_role("link", name="bytetrack").first.click()
    assert page.locator("#run-2 .parameters").is_visible()
    assert "a<b" in page.locator("#run-2 .parameters").inner_text()


@pytest.mark.browser
def test_a_phone_shows_no_sideways_scrolling(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
