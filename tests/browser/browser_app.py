"""The running app in a real Chromium: fixtures and helpers of the browser tests."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from PIL import ImageOps
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.flowers import sample_flower
from tests.install_browser import find_browser

ROOT = Path(__file__).parents[2]
READY = "[data-testid=stApp][data-test-script-state=notRunning]"
INDEXING_MS = 240_000
PAGE_MS = 60_000
# Those whose answer differs between the colour schemes.
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
WIDTHS = {"desktop": (1440, 1000), "phone": (390, 844)}
# For ``running_app``: the server has the extractor of the tests, which needs no network.
WITHOUT_NETWORK = (
    "from core.ui import resources\n"
    "from tests.fakes import fake_extractor\n"
    "resources.feature_extractor = fake_extractor"
)

OpenPage = Callable[..., Page]


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
def running_app(
    folder: Path, *, before: str = "", app: Path = ROOT / "app.py", **settings: str
) -> Iterator[str]:
    """The app as ``streamlit run`` serves it, with data folders of its own.

    Args:
        folder: Where these go.
        before: Python to run in the process of the server before it starts.
        app: The script; an installed one runs in ``folder``.
        settings: More variables of the environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if "LOOKALIKE" not in name},
        "LOOKALIKE_FEATURES": str(folder / "features"),
        "LOOKALIKE_SAMPLE": str(folder / "sample"),
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
            [sys.executable, *streamlit, "run", str(app), "--server.port", str(port)],
            cwd=ROOT if app.parent == ROOT else folder,
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
def address(folder: Path) -> Iterator[str]:
    """The running app over the features of the ``folder`` of the module."""
    with running_app(folder) as address:
        yield address


class Pages:
    """Pages of an app, each in a browser of its own; a later test gets them again.

    A page that was used before has the scripts of the app at hand, and opens in half the time.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._free: defaultdict[str, list[Page]] = defaultdict(list)
        self._taken: list[tuple[str, Page]] = []

    def open(self, path: str = "/", **options: Any) -> Page:
        """Open a path of the app, as a new visitor.

        Args:
            path: With its query.
            options: Of the browser context; a wide screen by default.
        """
        options = {**screen("desktop"), **options}
        # The size of a window can be changed later.
        kind = repr(sorted(item for item in options.items() if item[0] != "viewport"))
        free = self._free[kind]
        page = free.pop() if free else self._browser.new_context(**options).new_page()
        self._taken.append((kind, page))
        page.set_viewport_size(options["viewport"])
        page.emulate_media(color_scheme="light")
        page.mouse.move(0, 0)
        return show(page, self._address + path)

    def put_back(self) -> None:
        """Keep the pages that were opened for the next test."""
        for kind, page in self._taken:
            for other in page.context.pages:
                if other is not page:
                    other.close()
            self._free[kind].append(page)
        self._taken.clear()

    def close(self) -> None:
        """Close all browsers."""
        self.put_back()
        for page in itertools.chain.from_iterable(self._free.values()):
            page.context.close()


@pytest.fixture(scope="module")
def pages(browser: Browser, address: str) -> Iterator[Pages]:
    """The pages of the app that the module serves at its ``address``."""
    pages = Pages(browser, address)
    yield pages
    pages.close()


@pytest.fixture
def browse(pages: Pages) -> Iterator[OpenPage]:
    """Opens pages of the app, each in a browser of its own."""
    yield pages.open
    pages.put_back()


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where the screenshots go that ``LOOKALIKE_SCREENSHOTS`` asks for."""
    folder = ROOT / "test-artifacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def my_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flower that is in no gallery: one of the sample gallery, without its edges."""
    path = tmp_path_factory.mktemp("mine") / "my flower.png"
    ImageOps.crop(sample_flower("poppy", 1), 20).save(path)
    return path


def screen(width: str) -> dict[str, Any]:
    """The options of a browser context for a screen of ``WIDTHS``; a phone has a finger."""
    across, down = WIDTHS[width]
    finger = {"has_touch": True, "is_mobile": True} if width == "phone" else {}
    return {"viewport": {"width": across, "height": down}, **finger}


def show(page: Page, address: str) -> Page:
    """Open an address in a page, and wait until the app has answered and the styles are there."""
    page.goto(address)
    page.wait_for_selector(READY, timeout=PAGE_MS)
    # They may come later than the pictures, which then move up.
    page.wait_for_selector(".stHtml style", state="attached", timeout=PAGE_MS)
    return page


def schemes(page: Page) -> Iterator[str]:
    """Put a page into each colour scheme in turn: ``light``, then ``dark``."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
        yield scheme


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


def drop(page: Page, *files: Path) -> None:
    """Bring files by the upload field."""
    # After each drop a new field takes the place of the old one; for a moment there are both.
    field = page.locator("input[type=file]")
    expect(field).to_have_count(1)
    field.set_input_files(files)


def upload(page: Page, file: Path) -> None:
    """Search with a file that is its own closest match."""
    drop(page, file)
    expect(page.locator(".matches .name").first).to_have_text(file.name, timeout=PAGE_MS)
    page.wait_for_selector(READY, timeout=PAGE_MS)


def photograph(page: Page, name: str, artifacts: Path) -> None:
    """Nothing may stick out to the right; on demand take a picture in each colour scheme."""
    assert page.viewport_size
    across = page.evaluate("document.documentElement.scrollWidth")
    assert across <= page.viewport_size["width"]
    if "LOOKALIKE_SCREENSHOTS" in os.environ:
        for scheme in schemes(page):
            page.screenshot(path=artifacts / f"{name}-{scheme}.png")


def faults(page: Page) -> list[str]:
    """What axe-core finds serious in either colour scheme: the scheme, the rule and the places."""
    page.wait_for_selector(READY)
    page.evaluate(f"if (!window.axe) {{\n{AXE_SCRIPT}\n}}")
    found = []
    for scheme in schemes(page):
        # What is new on the page fades in: until then its colours are not its own.
        page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
        rules = {} if scheme == "light" else {"runOnly": COLOUR_RULES}
        violations = page.evaluate(
            "rules => axe.run({ resultTypes: ['violations'], ...rules })"
            ".then(({ violations }) => violations)",
            rules,
        )
        found += [
            f"{scheme}: {rule['id']}: {[node['target'] for node in rule['nodes']]}"
            for rule in violations
            if rule["impact"] in ("serious", "critical")
        ]
    return found
