"""The running app in a real Chromium: what a person does, and what it looks like."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.install_browser import find_browser

pytestmark = [pytest.mark.browser, pytest.mark.model]

ROOT = Path(__file__).parents[1]
READY = "[data-testid=stApp][data-test-script-state=notRunning]"
SAMPLE_COUNT = 48
INDEXING_MS = 240_000
PAGE_MS = 60_000
WIDTHS = {"desktop": (1440, 1000), "phone": (390, 844)}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium; without one the tests are skipped, or fail where one is demanded."""
    executable = find_browser()
    if executable is None:
        reason = "no Chromium: run `python tests/install_browser.py`"
        if os.environ.get("LOOKALIKE_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=["--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@contextmanager
def running_app(folder: Path) -> Iterator[str]:
    """The app as ``streamlit run app.py`` serves it, with data folders of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if "LOOKALIKE" not in name},
        "LOOKALIKE_FEATURES": str(folder / "features"),
        "LOOKALIKE_SAMPLE": str(folder / "sample"),
        "LOOKALIKE_SAMPLE_COUNT": str(SAMPLE_COUNT),
        # As on a machine without internet: nothing in the cache, nobody answers.
        "LOOKALIKE_WEIGHTS_URL": "http://127.0.0.1:9/",
        "KERAS_HOME": str(folder / "keras"),
    }
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)
    written = log.read_text()
    assert "http://localhost:" in written
    assert "Traceback" not in written
    assert "ScriptRunContext" not in written


def wait_until_served(address: str, server: subprocess.Popen[bytes]) -> None:
    # Retrying a refused connection is the only signal there is; each try lasts until the answer.
    while True:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=30) as answer:
                assert answer.status == 200
                return
        except OSError:
            continue


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One running app for the tests that build on each other."""
    with running_app(tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture(scope="module")
def sample(app: str, browser: Browser, artifacts: Path) -> Iterator[Page]:
    """The page on which somebody pressed "draw a sample gallery" and waited."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = open_page(context, app)
    page.screenshot(path=artifacts / "doors-desktop.png")
    page.get_by_role("button", name="Draw a sample gallery").click()
    expect(page.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    expect(page.get_by_text(re.compile(r"Extracting features: \d+ of 48"))).to_be_visible(
        timeout=INDEXING_MS
    )
    page.screenshot(path=artifacts / "progress-desktop.png")
    expect_pictures(page, 30, timeout=INDEXING_MS)
    yield page
    context.close()


@pytest.fixture(scope="module")
def artifacts() -> Path:
    """Where the screenshots go, for a person to look at."""
    folder = ROOT / "test-artifacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def new_page(browser: Browser, app: str, sample: Page) -> Iterator[Callable[..., Page]]:
    """Open pages of the app in browsers of their own, once there is a gallery."""
    contexts: list[BrowserContext] = []

    def make(path: str = "/", **options: object) -> Page:
        contexts.append(browser.new_context(**options))  # type: ignore[arg-type]
        return open_page(contexts[-1], app + path)

    yield make
    for context in contexts:
        context.close()


def open_page(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(READY, timeout=PAGE_MS)
    return page


def expect_pictures(page: Page, count: int, *, timeout: int = PAGE_MS) -> None:
    expect(page.locator(".matches img")).to_have_count(count, timeout=timeout)
    page.wait_for_function(
        "[...document.querySelectorAll('.matches img')].every(i => i.complete && i.naturalWidth)",
        timeout=PAGE_MS,
    )


def expect_no_error(page: Page) -> None:
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator("[data-testid=stAlertContentError]").count() == 0


def upload(page: Page, file: Path) -> None:
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator(".matches figcaption .name").first).to_have_text(file.name, timeout=PAGE_MS)
    page.wait_for_selector(READY, timeout=PAGE_MS)


def sample_folder(page: Page) -> Path:
    """The folder that the Index page shows."""
    return Path(page.locator("code").first.inner_text(timeout=PAGE_MS))


@pytest.mark.parametrize("path", ["/", "/search", "/index"])
def test_deep_link_right_after_a_start_shows_the_menu_of_the_app(
    path: str, browser: Browser, tmp_path: Path
) -> None:
    with running_app(tmp_path) as address:
        context = browser.new_context()
        page = open_page(context, address + path)
        for name in ("Search", "Index"):
            expect(page.get_by_role("link", name=name).first).to_be_visible(timeout=PAGE_MS)
        heading = "Index" if path == "/index" else "Search by image"
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        expect(page.get_by_text("Page not found")).to_have_count(0)
        expect(page.get_by_role("link", name="main", exact=True)).to_have_count(0)
        context.close()


def test_sample_gallery_by_one_button_ends_in_a_first_search(sample: Page) -> None:
    expect(sample.locator(".matches .distance").first).to_have_text("0.0000")
    expect(sample.get_by_text(f"30 closest of {SAMPLE_COUNT} images")).to_be_visible()
    expect(sample.get_by_test_id("stDataFrame")).to_be_visible()
    expect(sample.get_by_text("Searching with the starter weights")).to_be_visible()
    expect_no_error(sample)


def test_better_weights_that_cannot_be_had_leave_the_index_as_it_is(
    new_page: Callable[..., Page],
) -> None:
    page = new_page(viewport={"width": 1440, "height": 1000})
    page.get_by_role("button", name="Get the ImageNet weights (59 MB)").click()
    expect(page.get_by_text("The ImageNet weights could not be downloaded")).to_be_visible(
        timeout=PAGE_MS
    )
    expect(page.get_by_text("Searching with the starter weights")).to_be_visible()
    expect(page.get_by_text(f"among {SAMPLE_COUNT} images")).to_be_visible()


def test_uploaded_file_is_its_own_first_match(
    new_page: Callable[..., Page], artifacts: Path
) -> None:
    folder = sample_folder(new_page("/index"))
    query = sorted(folder.rglob("*.jpg"))[20]
    page = new_page(viewport={"width": 1440, "height": 1000})
    upload(page, query)
    expect_pictures(page, 30)
    assert float(page.locator(".matches .distance").first.inner_text()) < 0.01
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(page.locator(".st-key-query_side img")).to_be_visible()
    expect_no_error(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save matches as CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "rank,image,distance,width,height"
    assert len(lines) == 31
    assert query.relative_to(folder).as_posix() in lines[1]


def test_query_survives_a_page_change(new_page: Callable[..., Page]) -> None:
    page = new_page("/index")
    query = sorted(sample_folder(page).rglob("*.jpg"))[9]
    page.get_by_role("link", name="Search").first.click()
    page.wait_for_selector("input[type=file]", state="attached", timeout=PAGE_MS)
    upload(page, query)
    page.get_by_role("link", name="Index").first.click()
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
    page.get_by_role("link", name="Search").first.click()
    expect(page.locator(".matches figcaption .name").first).to_have_text(query.name)


def test_file_that_is_no_picture_is_told_in_plain_words(
    new_page: Callable[..., Page], tmp_path: Path
) -> None:
    notes = tmp_path / "notes.jpg"
    notes.write_text("no picture")
    page = new_page()
    page.locator("input[type=file]").set_input_files(notes)
    expect(page.get_by_text("“notes.jpg” cannot be used")).to_be_visible(timeout=PAGE_MS)


def test_search_goes_on_while_another_browser_rebuilds(
    new_page: Callable[..., Page],
) -> None:
    owner = new_page("/index")
    queries = sorted(sample_folder(owner).rglob("*.jpg"))[:4]
    visitor = new_page()
    owner.get_by_role("button", name="Rebuild index").click()
    expect(owner.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    for query in queries:
        upload(visitor, query)
        expect_pictures(visitor, 30)
        expect_no_error(visitor)
    expect(owner.get_by_text("The index is ready")).to_be_visible(timeout=INDEXING_MS)
    upload(visitor, queries[0])
    expect_no_error(visitor)


def test_running_job_survives_page_change_reload_and_a_second_browser_cancels_it(
    new_page: Callable[..., Page],
) -> None:
    first = new_page("/index")
    first.get_by_role("button", name="Rebuild index").click()
    expect(first.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    expect(first.get_by_role("button", name="Rebuild index")).to_be_disabled(timeout=PAGE_MS)
    first.get_by_role("link", name="Search").first.click()
    expect(first.get_by_role("heading", name="Search by image")).to_be_visible(timeout=PAGE_MS)
    expect(first.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    first.reload()
    expect(first.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    second = new_page("/index")
    second.get_by_role("button", name="Cancel").click()
    expect(second.get_by_text("what was extracted is kept")).to_be_visible(timeout=INDEXING_MS)
    expect(first.locator(".st-key-job")).to_have_count(0, timeout=INDEXING_MS)
    expect_no_error(second)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_screen(
    width: str, scheme: str, new_page: Callable[..., Page], artifacts: Path
) -> None:
    across, down = WIDTHS[width]
    page = new_page("/index", viewport={"width": across, "height": down}, color_scheme=scheme)
    query = sorted(sample_folder(page).rglob("*.jpg"))[33]
    expect(page.get_by_test_id("stMetric")).to_have_count(4, timeout=PAGE_MS)
    expect_fit(page, across)
    page.screenshot(path=artifacts / f"index-{width}-{scheme}.png")
    page.goto(page.url.replace("/index", "/"))
    page.wait_for_selector("input[type=file]", state="attached", timeout=PAGE_MS)
    upload(page, query)
    expect_pictures(page, 30)
    expect_fit(page, across)
    page.screenshot(path=artifacts / f"search-{width}-{scheme}.png")
    if os.environ.get("LOOKALIKE_README_SCREENSHOT") and (width, scheme) == ("desktop", "light"):
        page.screenshot(path=ROOT / "docs" / "screenshot.png")


def expect_fit(page: Page, across: int) -> None:
    """Nothing sticks out to the right, and no two pictures or captions overlap."""
    assert page.evaluate("document.documentElement.scrollWidth") <= across
    boxes = page.evaluate(
        "[...document.querySelectorAll('.matches li')].map(e => e.getBoundingClientRect())"
        ".map(b => [b.left, b.top, b.right, b.bottom])"
    )
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert right <= across
        for other in boxes[number + 1 :]:
            apart = other[0] >= right or other[2] <= left or other[1] >= bottom or other[3] <= top
            assert apart
