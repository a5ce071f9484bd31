"""The installed app, in a folder of somebody who has a package ``core``, in a real Chromium."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.browser_app import (
    OpenPage,
    expect_no_error,
    expect_pictures,
    running_app,
    upload,
)
from tests.fakes import save_picture
from tests.wheels import environment, install_wheel, run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("installed")
    site = install_wheel(folder)
    (folder / "core").mkdir()
    (folder / "core" / "__init__.py").write_text("mine = True\n")
    for number in range(4):
        save_picture(folder / "photos" / f"{number}.png", number)
    index = [str(site / "bin" / "lookalike"), "index", "photos", "--descriptor", "hsv"]
    run([sys.executable, *index], folder, **environment(site))
    with running_app(folder, app=site / "lookalike" / "app.py", PYTHONPATH=str(site)) as served:
        yield served


def test_it_searches(browse: OpenPage, tmp_path: Path) -> None:
    page = browse("/")
    upload(page, save_picture(tmp_path / "2.png", 2))
    expect_pictures(page, 4)
    expect_no_error(page)
    page.get_by_role("link", name="Share").click()
    expect(page.get_by_text("lookalike share")).to_be_visible()
