"""viewer.html in a real browser: links into it, from itself and from the gallery."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import pytest
from viewer_browser import errors_ready, frame
from viewer_samples import HARMFUL

from mot_bench.viewing.server import FolderServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def test_a_link_leads_to_frame_and_error(page: Page, viewer: str, browser: Browser) -> None:
    page.goto(viewer)
    errors_ready(page)
    page.locator("#sequence").select_option("walk")
    page.locator("#errors-body tr").nth(1).click()
    page.locator("#layout").select_option("over")
    page.locator("#follow").select_option("truth:2")
    page.get_by_role("button", name="Copy link").click()
    address = page.evaluate("location.href")
    assert "alert(1)" not in address.replace("%3Cscript%3Ealert%281%29%3C%2Fscript%3E", "")
    other = browser.new_page()
    other.goto(address)
    errors_ready(other)
    other.wait_for_function("document.querySelector('#errors-body tr[aria-current]')")
    assert frame(other) == 42
    assert other.locator("#run-b").input_value() == HARMFUL
    assert other.locator("#layout").input_value() == "over"
    assert other.locator("#follow").input_value() == "truth:2"
    assert (
        "track 2 before, 5 now · person 2 is 100 % visible" in other.locator("#note").inner_text()
    )
    other.evaluate("location.hash = '#frame=7&a=base&b=none&sequence=walk'")
    other.wait_for_function("document.getElementById('frame').value === '7'")
    assert other.locator("figure:visible").count() == 1
    assert other.locator("#follow").input_value() == ""
    other.close()


@pytest.mark.parametrize(
    "address", ["#frame=99999", "#frame=x&error=y&follow=z", "#sequence=none&a=none&b=gone", "#%E0"]
)
def test_an_address_that_fits_nothing_does_no_harm(page: Page, viewer: str, address: str) -> None:
    page.goto(viewer + address)
    page.wait_for_function("document.getElementById('frames').textContent === 'of 260'")
    assert 1 <= frame(page) <= 260


def test_the_gallery_leads_into_the_viewer_and_both_are_served(page: Page, viewer: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    out = Path(unquote(urlparse(viewer).path)).parent
    with FolderServer(out, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            page.goto(server.address + "gallery.html")
            assert page.locator("section[data-run]:visible").count() == 1
            page.locator("#run").select_option(HARMFUL)
            assert page.locator("section[data-run]:visible h2").inner_text() == HARMFUL
            page.locator("section[data-run]:visible article a").first.click()
            sync_api.expect(page.locator("#counts-0")).to_contain_text("3 tracks")
            sync_api.expect(page.locator("#errors-body tr")).to_have_count(3)
            sync_api.expect(page.locator("#follow")).to_have_value("truth:2")
            assert frame(page) == 40
            assert page.locator("#run-a").input_value() == HARMFUL
        finally:
            server.shutdown()
            thread.join()
