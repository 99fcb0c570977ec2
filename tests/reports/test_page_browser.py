"""report.html in Chromium: sorting, filtering, another base run, copying, links, themes, a phone, and harmful names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from accessibility import violations
from reports_samples import EVIL, make_few_trained, make_model, make_result, make_run, make_whole

from mot_bench.reports.page import page_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With intervals, causes, times and environment; one run failed, one was skipped."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page_html(make_whole()))
    return path


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Open]:
    """Opens a report, at a place in it, in a window.

    It must not complain, ask for anything, or open a dialog.
    """
    contexts = []
    faults: list[str] = []

    def open_page(place: str = "", path: Path = report, width: int = 1280, **window: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **window)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.on(
            "request",
            lambda request: (
                faults.append(request.url) if not request.url.startswith("file:") else None
            ),
        )
        page.goto(path.as_uri() + place)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def board(page: Page) -> Locator:
    return page.locator("#leaderboard-table")


def names(page: Page) -> list[str]:
    return board(page).locator("tbody th a").all_inner_texts()


def heads(page: Page) -> list[str]:
    texts = board(page).locator("thead tr:last-child th").all_inner_texts()
    return [text.split()[0] for text in texts]


def row(page: Page, name: str) -> str:
    return (
        board(page)
        .locator("tbody tr", has=page.get_by_role("link", name=name, exact=True))
        .inner_text()
    )


def test_sorting_by_mouse_and_keyboard(opened: Open) -> None:
    page = opened()
    assert names(page) == ["deepsort", "bytetrack", "sort", EVIL, "needy"]
    heading = board(page).locator("th[data-column=IDSW]")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert names(page) == ["deepsort", "bytetrack", "sort", EVIL, "needy"]
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert names(page) == ["sort", "bytetrack", "deepsort", EVIL, "needy"]
    assert board(page).locator('th[aria-sort="descending"]').count() == 1
    assert "sorted by IDSW, descending" in page.locator("#board-state").inner_text()


def test_filtering_by_name_tracker_and_badge(opened: Open) -> None:
    page = opened()
    for words, found in (
        ("deepsort", ["deepsort"]),
        ("BASE", ["bytetrack"]),
        ("sort published", None),
        ("nobody", []),
    ):
        page.get_by_label("Find").fill(words)
        assert names(page) == (["deepsort", "sort"] if found is None else found)
    assert page.locator("#board-state").inner_text().startswith("0 of 5 runs")


def test_another_base_run_changes_differences_intervals_and_verdicts(opened: Open) -> None:
    page = opened()
    assert "+3.62" in row(page, "deepsort")
    assert "\u22120.4 to +7.6" in row(page, "deepsort")
    assert "not distinguishable here" in row(page, "deepsort")
    assert "worse" in row(page, "sort")
    page.locator("#board-base").select_option("sort")
    assert "+8.71" in row(page, "deepsort")
    assert "+4.7 to +12.7" in row(page, "deepsort")
    assert "better" in row(page, "deepsort")
    assert "+5.08" in row(page, "bytetrack")
    assert "better" in row(page, "bytetrack")
    assert "base" in row(page, "sort")
    assert "base" not in row(page, "bytetrack")
    page.locator("#board-base").select_option("")
    assert "+" not in row(page, "deepsort")


def test_figures_of_others_stand_in_a_table_of_their_own_with_their_source(opened: Open) -> None:
    page = opened()
    assert board(page).locator("td.other").count() == 0
    theirs = page.locator("#others-table tbody tr", has_text="bytetrack").first
    assert "67.8" in theirs.locator("td.other").all_inner_texts()
    theirs.get_by_role("link", name="Source").click()
    assert page.locator(".notes li:target").count() == 1


def test_columns_can_be_chosen(opened: Open) -> None:
    page = opened()
    assert heads(page) == [
        "Run", "Tracker", "Detections", "HOTA", "\u0394", "AssA", "DetA", "IDF1", "MOTA", "IDSW", "Tracker",
    ]  # fmt: skip
    page.locator("#board-columns summary").click()
    page.locator("#board-columns input[value=CLR_FP]").check()
    page.locator("#board-columns input[value=DetA]").uncheck()
    assert "FP" in heads(page)
    assert "DetA" not in heads(page)
    assert page.locator("#board-columns fieldset").evaluate(
        "e => e.getBoundingClientRect().right <= innerWidth"
    )
    page.locator("#board-columns input[value=CLR_FP]").focus()
    page.keyboard.press("Escape")
    assert not page.locator("#columns-all").is_visible()
    assert page.locator("#leaderboard-table td:not(.difference) small").count() == 0
    page.locator("#board-base").select_option("")
    shown = board(page).locator("tbody tr").first.inner_text().split()
    assert shown[:8] == ["deepsort", "deepsort", "det", "71.43", "74.43", "83.43", "81.43", "77"]


def test_differences_and_intervals_of_every_column_are_shown_on_request(opened: Open) -> None:
    page = opened()
    cells = (
        board(page)
        .locator("tbody tr", has=page.get_by_role("link", name="deepsort", exact=True))
        .locator("td")
    )
    mota = cells.nth(heads(page).index("MOTA") - 1)
    assert mota.inner_text() == "81.43"
    page.locator("#board-more summary").click()
    page.locator("#show-differences").check()
    assert "+3.62" in mota.inner_text()
    page.locator("#show-intervals").check()
    assert " to " in cells.nth(2).inner_text()


def test_a_link_keeps_the_view(opened: Open) -> None:
    page = opened()
    page.locator("#board-base").select_option("sort")
    page.get_by_label("Find").fill("sort")
    board(page).locator("th[data-column=IDSW] button").click()
    again = opened("#" + page.url.partition("#")[2])
    assert names(again) == ["deepsort", "sort"]
    assert again.locator("#board-base").input_value() == "sort"
    assert board(again).locator('th[aria-sort="ascending"]').get_attribute("data-column") == "IDSW"
    assert opened("#base=nobody&sort=x&columns=,").locator("tbody tr").count() > 0


def copied(page: Page, button: str) -> str:
    page.evaluate("window.written = null")
    page.locator(button).click()
    page.wait_for_function("window.written !== null")
    return str(page.evaluate("window.written"))


CATCH = """Object.defineProperty(navigator, 'clipboard',
{value: {writeText: async (text) => { window.written = text; }}})"""
REFUSE = """Object.defineProperty(navigator, 'clipboard', {value: undefined});
document.execCommand = (name) => { window.written = %s ? String(document.activeElement.value) : null; return %s; }"""


def test_each_button_copies_what_is_shown_in_its_order(opened: Open) -> None:
    page = opened()
    page.evaluate(CATCH)
    page.get_by_label("Find").fill("sort")
    board(page).locator("th[data-column=HOTA] button").click()
    markdown = copied(page, "#copy-markdown").splitlines()
    assert markdown[0].startswith(
        "| Run | Tracker | Detections | HOTA (%) | HOTA difference to bytetrack | AssA (%) |"
    )
    assert [line.split(" | ")[0] for line in markdown[2:]] == ["| sort", "| deepsort"]
    assert "| **71.43** | +3.62 [\u22120.4 to +7.6] ○ | " in markdown[3]
    latex = copied(page, "#copy-latex")
    sort, deepsort = (latex.index(f"\n{name} & {name} & det & ") for name in ("sort", "deepsort"))
    assert (
        sort
        < latex.index(" & $-$5.08$^{\\ast}$ {\\scriptsize ")
        < deepsort
        < latex.index("\\textbf{71.43}")
    )
    assert "\\toprule" in latex
    lines = copied(page, "#copy-csv").splitlines()
    changes = "HOTA (%) difference,HOTA (%) interval of difference,HOTA (%) verdict"
    assert lines[0].startswith(f"run,tracker,detections,base,{changes},HOTA (%),AssA (%),DetA (%)")
    assert lines[1].startswith(
        "sort,sort,det,bytetrack,-5.08,-9.1 to -1.1,worse,62.72,65.72,60.72,"
    )
    assert copied(page, "#copy-link").endswith("report.html#sort=HOTA&filter=sort")


def test_names_cannot_break_what_is_copied(opened: Open, tmp_path: Path) -> None:
    odd = 'a|b_c, "d" & 5%'
    (tmp_path / "report.html").write_text(
        page_html(make_whole(make_result(make_run(odd, 0.5), make_run("b", 0.4))))
    )
    page = opened(path=tmp_path / "report.html")
    page.evaluate(CATCH)
    assert '| a\\|b\\_c, "d" & 5% |' in copied(page, "#copy-markdown")
    assert 'a\\textbar{}b\\_c, "d" \\& 5\\% &' in copied(page, "#copy-latex")
    assert '\n"a|b_c, ""d"" & 5%",' in copied(page, "#copy-csv")


def test_latex_has_nothing_that_plain_latex_stumbles_over(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(
        page_html(make_whole(make_result(make_run("[x]*", 0.5), make_run("y", -0.4))))
    )
    page = opened(path=tmp_path / "report.html")
    page.evaluate(CATCH)
    latex = copied(page, "#copy-latex")
    assert latex.isascii()
    assert "\n{[}x{]}{*} & {[}x{]}{*} & det & \\textbf{50.00} " in latex
    assert "\ny & y & det & $-$40.00 " in latex
    assert "\n\\resizebox{\\textwidth}{!}{\\begin{tabular}" in latex


def test_without_a_clipboard_what_is_selected_is_copied_or_shown(opened: Open) -> None:
    page = opened()
    page.evaluate(REFUSE % ("true", "true"))
    assert copied(page, "#copy-csv").startswith("run,tracker,")
    assert not page.locator("#copy-by-hand").is_visible()
    page.evaluate(REFUSE % ("false", "false"))
    page.locator("#copy-csv").click()
    assert page.locator("#copy-by-hand textarea").input_value().startswith("run,tracker,")


def test_a_command_is_copied(opened: Open) -> None:
    page = opened("#run-2")
    page.evaluate(CATCH)
    assert page.locator("#run-2 .parameters").is_visible()
    assert "a<b" in page.locator("#run-2 .parameters").inner_text()
    wanted = "mot-bench run --suite association --only bytetrack --seeds 0"
    assert copied(page, "#run-2 [data-copy]") == wanted


def test_the_table_by_sequence(opened: Open) -> None:
    page = opened("#sequences")
    first = page.locator("#sequence-table tbody tr").first
    first.wait_for()
    assert first.inner_text().split() == ["deepsort", "71.4", "71.4", "72.4"]
    page.locator("#sequence-metric").select_option("IDSW")
    page.locator("#sequence-table th button").nth(1).click()
    assert first.inner_text().split() == ["deepsort", "77", "0", "1"]
    page.locator("#sequence-metric").select_option("HOTA")
    page.get_by_label("minus the leaderboard").check()
    assert first.inner_text().split() == ["deepsort", "+3.6", "+3.6", "+3.6"]
    page.locator("#board-base").select_option("deepsort")
    assert (
        page.locator("#sequence-table tbody tr", has_text="bytetrack").inner_text().split()[1]
        == "\u22123.6"
    )


def test_two_runs_cause_by_cause(opened: Open) -> None:
    page = opened("#errors")
    switches = page.locator("#cause-table tbody tr", has_text="after occlusion")
    assert switches.inner_text().split()[-4:] == ["30", "+3.00", "40", "+4.00"]
    page.locator("#cause-one").select_option("sort")
    assert switches.inner_text().split()[-4:] == ["20", "+2.00", "40", "+4.00"]
    page.locator("#cause-table th", has_text="Cause").locator("button").click()
    assert page.locator("#cause-table tbody tr").first.inner_text().split()[2:4] == [
        "after",
        "occlusion",
    ]


def evil_report(out: Path) -> Path:
    """Every text from outside is made to harm."""
    result = make_few_trained()
    runs = [
        run.model_copy(
            update={"run": name, "title": EVIL, "tracker": EVIL, "detections": f"model:{EVIL}"}
        )
        for run, name in zip(
            result.runs, (EVIL, "</script><b>x", "<img src=x onerror=alert(1)>"), strict=False
        )
    ]
    models = [
        make_model("fairmot").model_copy(
            update={"model": EVIL, "title": EVIL, "note": EVIL, "training": EVIL}
        )
    ]
    sequences = [
        one.model_copy(update={"name": f"{EVIL}{n}"})
        for n, one in enumerate(result.dataset.sequences)
    ]
    dataset = result.dataset.model_copy(
        update={"name": EVIL, "sequences": sequences, "split": EVIL}
    )
    texts = {"suite": EVIL, "title": EVIL, "description": EVIL, "base": "</script><b>x"}
    bundle = make_whole(
        result.model_copy(update={"runs": runs, "models": models, "dataset": dataset, **texts})
    )
    (out / "report.html").write_text(page_html(bundle))
    return out / "report.html"


def test_names_made_to_harm_are_text(opened: Open, tmp_path: Path) -> None:
    page = opened(path=evil_report(tmp_path))
    page.evaluate(CATCH)
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    page.locator("#board-base").select_option(EVIL)
    page.locator("#cause-other").select_option(label="<img src=x onerror=alert(1)>")
    page.locator("#sequences").scroll_into_view_if_needed()
    page.locator("#sequence-table tbody tr").first.wait_for()
    for button in ("#copy-markdown", "#copy-latex", "#copy-csv"):
        assert "alert" in copied(page, button)
    for section in (
        "#answer",
        "#leaderboard",
        "#ablation",
        "#errors",
        "#models",
        "#sequences",
        "#runs",
    ):
        assert EVIL in page.locator(section).inner_text()
    assert page.locator("img, b:text-is('x')").count() == 0
    assert page.evaluate("document.scripts.length") == 4


def test_without_a_script_the_figures_are_there(opened: Open) -> None:
    page = opened(java_script_enabled=False)
    assert "71.43" in row(page, "deepsort")
    assert not page.locator("#board-base").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_no_sideways_scrolling(opened: Open, scheme: str) -> None:
    page = opened(width=390, color_scheme=scheme)
    page.evaluate(
        "document.querySelectorAll('details:not(.panel)').forEach((part) => (part.open = true))"
    )
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    wanted = "rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 23, 27)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == wanted


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened: Open, scheme: str) -> None:
    page = opened("#sequences", color_scheme=scheme)
    page.locator("#sequence-table tbody tr").first.wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    assert violations(page) == []
