"""viewer.html in a real browser: themes, widths, names of controls, screens with more pixels, no pictures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from accessibility import violations
from rich.console import Console
from viewer_browser import errors_ready, ready
from viewer_samples import HARMFUL, open_folder, write_folder

from mot_bench.viewing.write import ViewerOptions, write_viewer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_themes_and_widths(browser: Browser, viewer: str, theme: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=theme)  # type: ignore[arg-type]
    page.goto(viewer)
    errors_ready(page)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 200) == (theme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    narrow = (
        page.locator("#canvas-1").evaluate("canvas => canvas.getBoundingClientRect().left") < 100
    )
    assert narrow == (width == 390)
    page.close()


def test_every_control_has_a_name_and_nothing_harmful_is_run(page: Page, viewer: str) -> None:
    page.goto(viewer)
    errors_ready(page)
    for control in page.locator("button:visible, select:visible, input:visible").all():
        name = control.evaluate(
            "one => one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.[0]?.textContent"
        )
        assert name
    assert page.locator("#name-1").inner_text() == f"B · {HARMFUL}"
    assert page.locator("img").count() == 0
    assert '<img src=x onerror="alert(2)">' in page.locator("#cause").inner_text()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_crisp_where_the_screen_has_more_pixels(browser: Browser, viewer: str) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 600}, device_scale_factor=2)
    page.goto(viewer)
    ready(page)
    assert page.locator("#canvas-0").evaluate(
        "one => one.width / one.clientWidth"
    ) == pytest.approx(2, abs=0.01)
    page.close()


def test_without_pictures_boxes_are_on_an_empty_stage(page: Page, tmp_path: Path) -> None:
    out = write_folder(tmp_path, pictures=False, sequences=("walk",), length=30, events=False)
    write_viewer(open_folder(out), ViewerOptions(width=960), Console(quiet=True))
    page.goto((out / "viewer.html").as_uri())
    ready(page)
    assert (
        page.locator("#unexplained")
        .inner_text()
        .startswith("No errors are known of base and <script>")
    )
    colours = page.locator("#canvas-0").evaluate(
        """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    assert colours > 10
    assert not (out / "viewer" / "pictures").exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["viewer.html", "gallery.html"])
def test_axe_finds_nothing(
    page: Page, viewer: str, name: str, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(viewer.replace("viewer.html", name))
    if name == "viewer.html":
        ready(page)
        errors_ready(page)
    assert violations(page) == []
