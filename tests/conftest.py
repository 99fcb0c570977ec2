"""Fixtures for all tests: real data where it is, a small dataset on disk where it is not."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REPOSITORY = Path(__file__).resolve().parents[1]
# No test uses the store of the user; a test that looks into a store has one of its own.
STORE = tempfile.mkdtemp(prefix="mot-bench-tests-store-")
os.environ["MOT_BENCH_STORE"] = STORE
atexit.register(shutil.rmtree, STORE, ignore_errors=True)
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
)


# Tests run on every core already: libraries that start threads of their own would only wait for one
# another. Said before any of them is imported; processes that tests start inherit it.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

# A shell ignores Ctrl-C in what it runs in the background, and so would the commands that tests
# interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the whole of every matrix of cases."""
    parser.addoption(
        "--exhaustive", action="store_true", help="run the tests marked exhaustive, too"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out exhaustive tests unless they are asked for, and begin with the slowest files."""
    if not config.getoption("exhaustive"):
        left_out = [item for item in items if item.get_closest_marker("exhaustive")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo a ``--store`` of a command that an earlier test ran in this process."""
    monkeypatch.setenv("MOT_BENCH_STORE", STORE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; skips where there is none."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install playwright"
    )
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium found")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must not complain."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    yield page
    page.close()
    assert faults == []


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a viewer of two sequences and two runs."""
    from viewer_browser import whole_viewer

    return whole_viewer(tmp_path_factory.mktemp("viewer"))


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The real data: ``$MOT_BENCH_DATA``, else ``../shared/data`` beside the checkout.

    Skips where there is none.
    """
    root = Path(os.environ.get("MOT_BENCH_DATA") or REPOSITORY.parent / "shared" / "data")
    if not root.is_dir():
        pytest.skip(f"no real data at {root} (set MOT_BENCH_DATA)")
    return root


MakeSequence = Callable[..., Path]


@pytest.fixture
def make_sequence() -> MakeSequence:
    """Writes a sequence folder: ``make_sequence(folder, truth=..., length=..., ...)`` gives the folder back."""

    def make(
        folder: Path,
        *,
        truth: str
        | None = "1,1,10,10,20,40,1,1,1\n2,1,12,10,20,40,1,1,1\n2,2,50,10,20,40,1,1,0.5\n4,1,16,10,20,40,1,1,1\n",
        detections: str | None = None,
        length: int | None = 4,
        info: str = "",
    ) -> Path:
        folder.mkdir(parents=True)
        if length is not None:
            (folder / "seqinfo.ini").write_text(
                f"[Sequence]\nname={folder.name}\nimDir=img1\nframeRate=25\nseqLength={length}\n"
                f"imWidth=160\nimHeight=120\nimExt=.png\n{info}"
            )
        for place, content in (("gt/gt.txt", truth), ("det/det.txt", detections)):
            if content is not None:
                (folder / place).parent.mkdir()
                (folder / place).write_text(content)
        return folder

    return make
