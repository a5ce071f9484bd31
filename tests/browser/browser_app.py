"""The running app in a real Chromium: fixtures and helpers of the browser tests."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.install_browser import find_browser

ROOT = Path(__file__).parents[2]
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
    expect.set_options(timeout=PAGE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--disable-background-networking",
                "--disable-component-update",
                # A camera that shows a test picture, and may be used without a question.
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
            ],
        )
        yield browser
        browser.close()


@contextmanager
def running_app(folder: Path, *, before: str = "", **settings: str) -> Iterator[str]:
    """The app as ``streamlit run app.py`` serves it, with data folders of its own.

    Args:
        folder: Where these go.
        before: Python to run in the process of the server before it starts.
        settings: More variables of the environment.
    """
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
        **settings,
    }
    streamlit = ["-m", "streamlit"]
    if before:
        streamlit = ["-c", f"{before}\nfrom streamlit.web.cli import main; main()"]
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, *streamlit, "run", "app.py", "--server.port", str(port)],
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
    page.screenshot(path=artifacts / "onboarding-desktop.png")
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


@contextmanager
def browsing(
    browser: Browser, address: str, *, permissions: Sequence[str] = ()
) -> Iterator[Callable[..., Page]]:
    """Open pages of an app in browsers of their own.

    Args:
        browser: Gives each page a context.
        address: Of the app.
        permissions: That each context has.

    Yields:
        What opens a path, with options of the context over a wide screen.
    """
    contexts: list[BrowserContext] = []

    def make(path: str = "/", **options: Any) -> Page:
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1440, "height": 1000}, **options})
        )
        contexts[-1].grant_permissions(list(permissions))
        return open_page(contexts[-1], address + path)

    try:
        yield make
    finally:
        for context in contexts:
            context.close()


def open_page(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(READY, timeout=PAGE_MS)
    return page


def expect_pictures(page: Page, count: int, *, timeout: int = PAGE_MS) -> None:
    expect(page.locator(".matches img")).to_have_count(count, timeout=timeout)
    # Of more than 30, the later ones are fetched when they are scrolled to.
    page.locator(".matches").evaluate(
        "list => Promise.all("
        "[...list.querySelectorAll('img[loading=eager]')].map(image => image.decode()))"
    )


def expect_no_error(page: Page) -> None:
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator("[data-testid=stAlertContentError]").count() == 0


def upload(page: Page, file: Path) -> None:
    # After each file a new field takes the place of the old one; for a moment there are both.
    field = page.locator("input[type=file]")
    expect(field).to_have_count(1)
    field.set_input_files(file)
    expect(page.locator(".matches .name").first).to_have_text(file.name, timeout=PAGE_MS)
    page.wait_for_selector(READY, timeout=PAGE_MS)


def sample_folder(page: Page) -> Path:
    """The folder that the Index page shows."""
    return Path(page.locator("code").first.inner_text(timeout=PAGE_MS))


def faults(page: Page) -> list[str]:
    """What axe-core finds serious: the rule and the places."""
    page.wait_for_selector(READY)
    page.wait_for_selector(".stHtml style", state="attached")
    # What is new on the page fades in: until then its colours are not its own.
    page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {[node['target'] for node in rule['nodes']]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
