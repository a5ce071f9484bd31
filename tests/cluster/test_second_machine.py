"""A machine with the library and only the small files of an index, which a Milvus server searches.

Another folder of features stands for the other machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from core.cli import main
from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import load_image
from core.search import Filters, SearchOptions
from tests.browser.browser_app import (
    PAGE_MS,
    READY,
    Pages,
    drop,
    expect_no_error,
    expect_pictures,
    running_app,
    show,
)
from tests.cluster.milvus_server import PASSWORD, MilvusServer
from tests.fakes import feedback_on, save_picture
from tests.galleries import COLOURS, copy_small_files, make_mixed_gallery

pytestmark = pytest.mark.cluster

ROWS_MISSING = "The rows of the index are not on this computer: expected matrix-000001.npy"
FEATURES_MISSING = "The features of the images are not on this computer: expected "


@pytest.fixture
def first(milvus: MilvusServer, tmp_path: Path) -> ImageSearchEngine:
    """The machine that indexes; the small files of its index are in ``features``."""
    make_mixed_gallery(tmp_path / "first")
    settings = Settings(
        features=tmp_path / "first" / "features", index_url=milvus.url, index_token=PASSWORD
    )
    engine = ImageSearchEngine(settings)
    engine.index()
    copy_small_files(settings.features, tmp_path / "features")
    return engine


@pytest.fixture
def query(tmp_path: Path) -> Path:
    """A picture that is in no gallery."""
    return save_picture(tmp_path / "query.png", 777, COLOURS["red"], (160, 120))


@pytest.fixture
def exact(first: ImageSearchEngine, query: Path) -> Callable[..., list[str]]:
    """Paths and distances of the answer by all rows, on the first machine."""

    def ask(**options: Any) -> list[str]:
        found = first.search(load_image(query).pixels, SearchOptions(exact=True, **options))
        return [f"{match.image} {match.distance:.4f}" for match in found.matches]

    return ask


def expect_answer(page: Page, answer: list[str]) -> None:
    distances = [line.rpartition(" ")[2] for line in answer]
    expect(page.locator(".matches .distance")).to_have_text(distances, timeout=PAGE_MS)
    page.wait_for_selector(READY, timeout=PAGE_MS)
    shown = page.locator(".matches li").evaluate_all(
        "all => all.map(one => one.querySelector('.open').title + ' '"
        " + one.querySelector('.distance').textContent)"
    )
    assert shown == answer
    expect_no_error(page)


def test_the_app_answers_from_the_server_and_tells_in_one_line_that_it_is_gone(
    first: ImageSearchEngine,
    exact: Callable[..., list[str]],
    query: Path,
    milvus: MilvusServer,
    browser: Browser,
    tmp_path: Path,
) -> None:
    settings = {"LOOKALIKE_INDEX_URL": milvus.url, "LOOKALIKE_INDEX_TOKEN": PASSWORD}
    with running_app(tmp_path, **settings) as address:
        pages = Pages(browser, address)
        page = pages.open()
        drop(page, query)
        expect_pictures(page, 30)
        expect_answer(page, exact())

        page.locator(".matches .open").nth(2).click()
        large = page.get_by_role("dialog")
        expect(large.get_by_text("3 of 30", exact=True)).to_be_visible()
        picture = large.locator("figure img").nth(1)
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        page.keyboard.press("Escape")

        wrong = exact()[0].rpartition(" ")[0]
        page.locator(".matches li").first.get_by_role("button", name="Wrong: ").click()
        page.get_by_role("button", name="Search again").click()
        expect(page.get_by_text("Results follow ")).to_be_visible()
        feedback = feedback_on(first.require_snapshot(), wrong=[wrong])
        expect_answer(page, exact(feedback=feedback))

        page.get_by_role("button", name="Results and filters").click()
        page.get_by_role("button", name="PNG", exact=True).click()
        page.keyboard.press("Escape")
        expect(page.get_by_text("Only: PNG")).to_be_visible()
        answer = exact(feedback=feedback, filters=Filters(formats=("PNG",)))
        expect_answer(page, answer)

        milvus.kill()
        page.get_by_role("button", name="Clear filters").click()
        alert = page.get_by_test_id("stAlert")
        line = re.compile(r"^The index server does not answer: expected Milvus at [^\n]+$")
        expect(alert).to_have_text(line, timeout=PAGE_MS)
        assert page.get_by_test_id("stException").count() == 0

        milvus.start()
        milvus.wait()
        # It may still be loading; the button goes away with the answer.
        again = page.get_by_role("button", name="Try again")
        while page.locator(".matches li").count() == 0:
            with suppress(TimeoutError):
                again.click(timeout=5000)
            page.wait_for_selector(READY, timeout=PAGE_MS)
        expect_answer(page, exact(feedback=feedback))

        # The first machine goes on without this one.
        save_picture(tmp_path / "first" / "library" / "new.png", 888)
        first.index()
        image = first.require_snapshot().images[0]
        show(page, f"{address}/?image={image.id}")
        expect(alert).to_contain_text(
            f"The index at {milvus.url} is of another generation: expected 1. Received: 2. "
            "Update the gallery, or copy its index files here."
        )
        # The picture that only the server knows has no thumbnail here.
        expect(page.locator(".matches li")).to_have_count(30)
        pages.close()


def test_the_commands_use_the_server_or_say_which_files_they_need(
    first: ImageSearchEngine,
    exact: Callable[..., list[str]],
    query: Path,
    milvus: MilvusServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LOOKALIKE_INDEX_URL", milvus.url)
    monkeypatch.setenv("LOOKALIKE_INDEX_TOKEN", PASSWORD)
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "features"))

    def run(*arguments: str) -> Any:
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    matches = run("search", str(query))["matches"]
    assert [f"{match['image']} {match['distance']:.4f}" for match in matches] == exact()
    info = run("info")
    assert (info["index"], info["images"], info["remote"]["vectors"]) == ("server", 61, 61)
    report = run("doctor")
    assert report["damaged_unknown"].startswith(FEATURES_MISSING)
    assert report["server_unknown"].startswith(ROWS_MISSING)
    for arguments, line in (
        (["search", str(query), "--exact"], ROWS_MISSING),
        (["evaluate"], ROWS_MISSING),
        (["evaluate", "--compare"], FEATURES_MISSING),
        (["doctor", "--repair"], FEATURES_MISSING),
    ):
        assert main(arguments) == 2
        (said,) = capsys.readouterr().err.splitlines()
        assert line in said
