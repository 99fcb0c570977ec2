"""report.html leads to the viewer and the gallery beside it: to each run that these show, and to no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reports_samples import make_run
from rich.console import Console
from viewer_samples import BASE, HARMFUL, open_folder, write_folder

from mot_bench.records.results import SuiteResult
from mot_bench.reporting.write_reports import write_reports
from mot_bench.results.bundle import load_bundle
from mot_bench.results.folder import ResultsFolder
from mot_bench.viewing.make import make_viewer
from mot_bench.viewing.write import ViewerOptions, write_viewer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VIEWED = r'href="(viewer\.html#a=[^"]*)"'
GALLERY = r'href="(gallery\.html#run=[^"]*)"'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results with a viewer, a gallery and a report."""
    out = write_folder(
        tmp_path_factory.mktemp("links"), sequences=("walk",), pictures=False, length=60
    )
    write_viewer(open_folder(out), ViewerOptions(), Console(quiet=True))
    write_reports(ResultsFolder(out), ("html",))
    return out


def test_each_run_leads_to_its_viewer_and_gallery(folder: Path) -> None:
    html = (folder / "report.html").read_text()
    harmful = "%3Cscript%3Ealert%281%29%3C%2Fscript%3E"
    assert set(re.findall(VIEWED, html)) == {f"viewer.html#a={BASE}", f"viewer.html#a={harmful}"}
    assert set(re.findall(GALLERY, html)) == {
        f"gallery.html#run={BASE}",
        f"gallery.html#run={harmful}",
    }


def test_without_these_pages_nothing_leads_there(tmp_path: Path) -> None:
    out = write_folder(tmp_path, sequences=("walk",), pictures=False, length=60)
    html = write_reports(ResultsFolder(out), ("html",))["report.html"].decode()
    assert "viewer.html" not in html
    assert "gallery.html" not in html


def test_seeds_are_told_apart(tmp_path: Path) -> None:
    out = write_folder(tmp_path, sequences=("walk",), pictures=False, length=60)
    result = SuiteResult.model_validate_json((out / "results.json").read_bytes())
    result.runs.append(make_run(BASE, 0.5, seed=7).model_copy(update={"sequences": {}}))
    (out / "results.json").write_text(result.model_dump_json())
    write_viewer(open_folder(out), ViewerOptions(), Console(quiet=True))
    bundle = load_bundle(ResultsFolder(out))
    assert bundle.watched[BASE, 0] == f"{BASE}, seed 0"
    assert (BASE, 7) not in bundle.watched  # it has no tracks
    html = write_reports(ResultsFolder(out), ("html",))["report.html"].decode()
    assert f"viewer.html#a={BASE}%2C+seed+0" in re.findall(VIEWED, html)


def test_a_viewer_of_fewer_runs_changes_the_report_that_is_there(tmp_path: Path) -> None:
    out = write_folder(tmp_path, sequences=("walk",), pictures=False, length=60)
    write_reports(ResultsFolder(out), ("html",))
    for names, count in ((None, 2), ([BASE], 1)):
        make_viewer(out, ViewerOptions(runs=names), tmp_path, None, Console(quiet=True))
        assert len(set(re.findall(VIEWED, (out / "report.html").read_text()))) == count


@pytest.mark.parametrize(
    "page", ["nothing of ours", '<script type="application/json" id="index">[1]</script>']
)
def test_a_viewer_that_is_none_of_ours_is_linked_as_it_is(tmp_path: Path, page: str) -> None:
    out = write_folder(tmp_path, sequences=("walk",), pictures=False, length=60)
    (out / "viewer.html").write_text(page)
    html = write_reports(ResultsFolder(out), ("html",))["report.html"].decode()
    assert 'href="viewer.html"' in html
    assert re.findall(VIEWED, html) == []


@pytest.mark.browser
def test_links_land_on_the_run(browser: Browser, folder: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(10_000)
    page.goto((folder / "report.html").as_uri())
    runs = page.locator("details.run")
    mine = runs.filter(has=page.locator("summary b", has_text=HARMFUL))
    mine.locator("summary").click()
    mine.get_by_role("link", name=f"Viewer of {HARMFUL}").click()
    page.wait_for_function("document.getElementById('counts-0').textContent.includes('3 tracks')")
    assert page.locator("#run-a").input_value() == HARMFUL
    page.go_back()
    row = page.locator("#leaderboard-table tbody tr", has_text=HARMFUL)
    row.get_by_role("link", name="switches: the costliest").click()
    page.locator("#choice").wait_for()
    assert page.locator("section[data-run]:visible h2").all_inner_texts() == [HARMFUL]
    page.close()
