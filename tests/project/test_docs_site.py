"""The site that ``make docs`` has built: it loads nothing from elsewhere, its links lead somewhere, nothing is cut."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from docs.narrow_screens import readable_on_a_phone

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SITE = Path(__file__).parents[2] / "build" / "site"


def test_pages_can_be_read_on_a_phone() -> None:
    """Cells of tables with three or more columns know their heading, and options of commands stay in one piece."""
    row = "<tr><td>1</td><td style='x'>2</td><td></td></tr>"
    three = f"<table><tr><th>a</th><th>b <em>c</em></th><th></th></tr>{row}</table>"
    found = readable_on_a_phone(three)
    assert '<td data-heading="a">1</td>' in found
    assert "<td data-heading=\"b c\" style='x'>2</td>" in found
    two = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    assert readable_on_a_phone(two) == two
    code = 'run<span class="w"> </span>--data<span class="w"> </span>x--y\n'
    command = f'<div class="language-sh highlight"><code>{code}</code></div>'
    assert '<span class="option">--data</span>' in readable_on_a_phone(command)
    assert readable_on_a_phone(command).count("option") == 1
    assert readable_on_a_phone(command.replace("sh", "toml")) == command.replace("sh", "toml")


class Links(HTMLParser):
    """What a page loads, where it leads, and its anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids.update(found[name] for name in ("id", "name") if name in found)
        if tag in ("script", "img", "source", "iframe") and "src" in found:
            self.loads.append(found["src"])
        if tag == "link" and found.get("rel") not in ("canonical", "next", "prev", "edit"):
            self.loads.append(found.get("href", ""))
        if tag == "a" and "href" in found:
            self.leads.append(found["href"])


@pytest.fixture(scope="module")
def site() -> dict[Path, Links]:
    if not (SITE / "index.html").is_file():
        pytest.skip("the site is not built (make docs)")
    found = {}
    for path in SITE.rglob("*.html"):
        found[path] = Links()
        found[path].feed(path.read_text(encoding="utf-8"))
    return found


def test_the_site_loads_nothing_from_elsewhere(site: dict[Path, Links]) -> None:
    for path, links in site.items():
        if path.name == "404.html":
            continue
        for target in links.loads:
            assert "://" not in target, f"{path.name}: {target}"
            assert not target.startswith("//"), f"{path.name}: {target}"
            assert (path.parent / unquote(target.partition("?")[0].partition("#")[0])).exists(), (
                f"{path.name}: {target}"
            )
    for path in SITE.rglob("*.css"):
        assert not re.search(
            r"(?:url\(|@import )[\"']?(?:https?:)?//", path.read_text(encoding="utf-8")
        ), path.name


def test_links_of_the_site_lead_somewhere(site: dict[Path, Links]) -> None:
    for path, links in site.items():
        if path.name == "404.html":
            continue
        for target in links.leads:
            if "://" in target or target.startswith("mailto:"):
                continue
            place, _, anchor = unquote(target).partition("#")
            to = (path.parent / place).resolve() if place else path
            to = to / "index.html" if to.is_dir() else to
            assert to.is_file(), f"{path.name}: {target}"
            assert not anchor or to.suffix != ".html" or anchor in site[to].ids, (
                f"{path.name}: {target}"
            )


@pytest.mark.browser
@pytest.mark.usefixtures("site")
def test_the_site_opens_from_disk_and_can_be_searched(browser: Browser) -> None:
    errors: list[str] = []
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((SITE / "index.html").as_uri())
    page.locator("[data-md-component=search-query]").first.click(timeout=20_000)
    page.get_by_text("Type to start searching").wait_for(timeout=20_000)
    page.locator("[data-md-component=search-query]").first.press_sequentially("motion_weight")
    page.locator(".md-search-result__item").first.wait_for(timeout=20_000)
    found = page.locator(".md-search-result__list").inner_text()
    page.close()
    assert "fairmot" in found
    assert errors == []
    assert [url for url in asked if url.startswith("http")] == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_no_table_and_no_command_of_the_site_is_cut(
    browser: Browser, site: dict[Path, Links], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    cut = """() => [document.documentElement,
        ...document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset__table, .language-sh pre > code")]
        .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.textContent.trim().slice(0, 60))"""
    found = {}
    for path in sorted(site):
        if path.name != "404.html":
            page.goto(path.as_uri())
            found[path.relative_to(SITE).as_posix()] = page.evaluate(cut)
    page.close()
    assert {name: texts for name, texts in found.items() if texts} == {}
