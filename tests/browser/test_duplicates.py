"""The Duplicates page in a real Chromium: found, compared, dismissed, moved away, brought back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageOps
from playwright.sync_api import Locator, Page, expect

from core.config import Settings
from core.engine import ImageSearchEngine
from tests.browser.browser_app import (
    PAGE_MS,
    READY,
    ROOT,
    WIDTHS,
    OpenPage,
    expect_no_error,
    faults,
    photograph,
    running_app,
    screen,
)
from tests.flowers import KINDS, sample_flower

pytestmark = pytest.mark.browser

# More sets than a page shows; every other copy is mirrored.
FLOWERS, COPIES = 16, 14
VERSIONS = COPIES // 2
TICKED = COPIES - VERSIONS
MARKUP = "<b>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flowers, of most of them a copy in a folder of its own, and two pictures of one moment."""
    folder = tmp_path_factory.mktemp("duplicates")
    library = folder / "library"
    for name in ("best", "copies", "burst"):
        (library / name).mkdir(parents=True)
    for number in range(FLOWERS):
        flower = sample_flower(KINDS[number], 1)
        path = library / "best" / f"{number:02} {MARKUP if number == 11 else ''}flower.png"
        flower.save(path)
        copy = library / "copies" / f"{number:02}.jpg"
        if number == 0:
            shutil.copy(path, library / "copies" / path.name)
        elif number < COPIES:
            (ImageOps.mirror(flower) if number % 2 else flower.reduce(2)).save(copy, quality=85)
        elif number == COPIES:
            for second in range(2):
                exif = Image.Exif()
                taken = exif.get_ifd(ExifTags.IFD.Exif)
                taken[ExifTags.Base.DateTimeOriginal] = f"2024:05:04 03:02:0{second}"
                (width, height), bend = flower.size, 30 * (second + 1)
                corners = (0, 0, 0, height, width - bend, height, width, bend)
                bent = flower.transform(flower.size, Image.Transform.QUAD, corners)
                bent.save(library / "burst" / f"{second}.jpg", exif=exif)
    ImageSearchEngine(Settings(features=folder / "features", descriptor="hsv")).index(library)
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The running app over that gallery, with a trash of its own."""
    with running_app(folder, HOME=str(folder), XDG_DATA_HOME=str(folder / "data")) as address:
        yield address


def sets(page: Page) -> Locator:
    return page.locator(".sets > li")


def ready(page: Page) -> None:
    page.wait_for_selector(READY)


def find(page: Page) -> None:
    """Have the duplicates found, unless that was done: whoever comes sees what there is."""
    button = page.get_by_role("button", name="Find duplicates")
    expect(button.or_(sets(page).first)).to_be_visible(timeout=PAGE_MS)
    if button.is_visible():
        button.click()
    expect(sets(page)).to_have_count(12, timeout=PAGE_MS)
    ready(page)


def files(folder: Path) -> set[str]:
    library = folder / "library"
    return {path.relative_to(library).as_posix() for path in library.rglob("*.*")}


@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_and_is_accessible(width: str, browse: OpenPage, artifacts: Path) -> None:
    page = browse("/duplicates", **screen(width))
    find(page)
    expect(page.get_by_role("button", name=f"Move {TICKED} pictures to the trash")).to_be_enabled()
    expect(page.get_by_text("Version: mirrored").first).to_be_visible()
    # A name is text, whatever is in it.
    expect(sets(page).last.locator(".name").first).to_have_text("11 <b>flower.png")
    assert faults(page) == []
    photograph(page, f"duplicates-{width}", artifacts)
    if os.environ.get("LOOKALIKE_README_SCREENSHOT") and width == "desktop":
        page.emulate_media(color_scheme="light")
        page.screenshot(path=ROOT / "docs" / "duplicates.png")
    page.get_by_role("button", name="Compare:").first.click()
    expect(page.get_by_role("dialog", name="Compare")).to_be_visible()
    assert faults(page) == []
    photograph(page, f"duplicates-compared-{width}", artifacts)
    page.keyboard.press("Escape")
    page.get_by_text("The same moment (1)").click()
    expect(sets(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Move 0 pictures to the trash")).to_be_disabled()
    expect(page.locator(".sets input:checked")).to_have_count(0)
    expect_no_error(page)


def test_one_of_each_set_stays_and_ticks_last(browse: OpenPage) -> None:
    page = browse("/duplicates")
    find(page)
    boxes = sets(page).first.get_by_role("checkbox")
    expect(boxes.first).to_be_disabled()
    boxes.last.focus()
    page.keyboard.press("Space")
    expect(boxes.first).to_be_enabled()
    expect(page.get_by_role("button", name=f"Move {TICKED - 1} pictures")).to_be_enabled()
    boxes.first.check()
    expect(boxes.last).to_be_disabled()
    expect(page.get_by_role("button", name=f"Move {TICKED} pictures")).to_be_enabled()
    # Ticks are kept while other sets are shown.
    page.get_by_role("button", name="Page 2").click()
    expect(sets(page)).to_have_count(COPIES - 12)
    page.get_by_role("button", name="Page 1").click()
    expect(sets(page)).to_have_count(12)
    expect(sets(page).first.get_by_role("checkbox").first).to_be_checked()


def test_moved_to_the_trash_and_undone_after_a_reload(browse: OpenPage, folder: Path) -> None:
    page = browse("/duplicates")
    find(page)
    before = files(folder)
    page.get_by_role("button", name=f"Move {TICKED} pictures").click()
    page.get_by_role("button", name="Move them").click()
    expect(page.get_by_text(f"Moved {TICKED} pictures")).to_be_visible(timeout=PAGE_MS)
    assert len(before - files(folder)) == TICKED
    engine = ImageSearchEngine(Settings(features=folder / "features"))
    assert len(engine.require_snapshot().images) == len(before) - TICKED
    page.reload()
    ready(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"{TICKED} pictures are back.")).to_be_visible(timeout=PAGE_MS)
    assert files(folder) == before
    assert len(engine.require_snapshot().images) == len(before)
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    find(page)
    expect_no_error(page)


def test_versions_are_ticked_after_a_warning_and_moved_into_a_folder(
    browse: OpenPage, folder: Path
) -> None:
    page = browse("/duplicates")
    find(page)
    before = files(folder)
    page.get_by_role("combobox", name="Keep of each set").click()
    page.get_by_role("option", name="that in copies").click()
    expect(sets(page).first.locator(".why").first).to_contain_text("in the folder to keep")
    # Only the identical one: the others show less than what would go for them.
    expect(page.get_by_role("button", name="Move 1 picture to the trash")).to_be_enabled(
        timeout=PAGE_MS
    )
    page.get_by_role("button", name=f"Tick {COPIES - 1} versions too").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"{VERSIONS} × mirrored")).to_be_visible()
    page.get_by_role("button", name="Tick them").click()
    page.get_by_role("button", name=f"Move {COPIES} pictures").click()
    expect(dialog.get_by_text(f"{COPIES - 1} of these were ticked by you")).to_be_visible()
    page.get_by_role("textbox", name="Folder instead").fill(str(folder / "elsewhere"))
    page.get_by_role("textbox", name="Folder instead").press("Tab")
    ready(page)
    page.get_by_role("button", name="Move them").click()
    expect(page.get_by_text(f"Moved {COPIES} pictures")).to_be_visible(timeout=PAGE_MS)
    assert {path.split("/")[0] for path in before - files(folder)} == {"best"}
    assert len(list((folder / "elsewhere" / "best").iterdir())) == COPIES
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"{COPIES} pictures are back.")).to_be_visible(timeout=PAGE_MS)
    assert files(folder) == before


def test_copies_are_hidden_in_the_answer(browse: OpenPage, folder: Path) -> None:
    find(browse("/duplicates"))
    snapshot = ImageSearchEngine(Settings(features=folder / "features")).require_snapshot()
    flower = snapshot.record("best/02 flower.png")
    page = browse(f"/?image={flower.id}")
    tiles = page.locator(".matches > li")
    expect(tiles).to_have_count(30)
    expect(page.locator(".copies")).to_have_count(0)
    page.get_by_role("button", name="Results and filters").click()
    page.get_by_text("Hide copies").click()
    expect(tiles).to_have_count(FLOWERS + 2)
    expect(page.locator(".copies")).to_have_count(COPIES)
    expect(tiles.first.locator(".copies")).to_have_text("+1")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator(".copies")).to_have_count(COPIES)
    expect_no_error(page)


def test_not_duplicates_is_remembered(browse: OpenPage) -> None:
    # The last test of the file: the others see all sets.
    page = browse("/duplicates")
    find(page)
    page.get_by_role("button", name="Not duplicates:").first.click()
    expect(page.get_by_text(f"The same picture ({COPIES - 1})")).to_be_visible()
    page.reload()
    expect(page.get_by_text(f"The same picture ({COPIES - 1})")).to_be_visible()
