"""Groups, odd and misfiled pictures on the Explore page, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.explore import GalleryMap, Group, draw_map
from tests.browser.browser_app import (
    WIDTHS,
    OpenPage,
    expect_no_error,
    faults,
    photograph,
    running_app,
    screen,
)
from tests.fakes import save_picture

pytestmark = pytest.mark.browser

COLOURS = {"blue": (50, 60, 200), "green": (60, 170, 70), "red": (200, 50, 60)}
IN_FOLDER = 30
WRONG = "blue/red.jpg"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of three colours, a folder each; one of them is in a wrong folder."""
    folder = tmp_path_factory.mktemp("groups")
    for place, (name, colour) in enumerate(COLOURS.items()):
        for number in range(IN_FOLDER):
            path = folder / "library" / name / f"{place}-{number:02}.jpg"
            save_picture(path, 1000 * place + number, colour, (320, 240))
    save_picture(folder / "library" / WRONG, 2500, COLOURS["red"], (320, 240))
    settings = Settings(features=folder / "features", descriptor="hsv")
    ImageSearchEngine(settings).index(folder / "library")
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> GalleryMap:
    engine = ImageSearchEngine(Settings(features=folder / "features"))
    return draw_map(engine.require_snapshot())


@pytest.fixture(scope="module")
def group(found: GalleryMap) -> Group:
    return found.groups[0]


@pytest.fixture(scope="module")
def address(folder: Path, found: GalleryMap) -> Iterator[str]:
    """The running app over that gallery, with its map."""
    with running_app(folder) as address:
        yield address


def test_a_group_is_opened_and_searched_among(
    browse: OpenPage, found: GalleryMap, group: Group
) -> None:
    page = browse("/explore?view=groups")
    groups = page.get_by_role("list", name="Groups of similar pictures")
    expect(groups.get_by_role("listitem")).to_have_count(len(found.groups))
    groups.get_by_role("button", name=group.name).click()
    expect(page.get_by_role("heading", name=group.name)).to_be_visible()
    pictures = page.get_by_role("list", name=f"Pictures of the group {group.name}")
    expect(pictures.get_by_role("listitem")).to_have_count(group.size)
    page.get_by_role("button", name="Search among these").click()
    expect(page).to_have_url(re.compile(rf"/\?.*group={group.name}"))
    expect(page.get_by_text(f"Only: {group.name}")).to_be_visible()
    expect(page.get_by_text(f"closest of {group.size} images")).to_be_visible()
    # The group is still open after Back, and after another page was shown.
    page.go_back()
    expect(pictures.get_by_role("listitem")).to_have_count(group.size)
    page.get_by_role("link", name="How it works").first.click()
    expect(page.get_by_role("heading", name="How it works")).to_be_visible()
    page.get_by_role("link", name="Explore").first.click()
    expect(pictures.get_by_role("listitem")).to_have_count(group.size)
    page.get_by_role("button", name="All groups").click()
    expect(groups.get_by_role("listitem")).to_have_count(len(found.groups))
    expect_no_error(page)


def test_by_keyboard_a_group_is_opened_and_one_of_its_pictures_asked_with(
    browse: OpenPage, group: Group
) -> None:
    page = browse("/explore?view=groups")
    page.get_by_role("button", name=group.name).focus()
    page.keyboard.press("Enter")
    pictures = page.get_by_role("list", name=f"Pictures of the group {group.name}")
    pictures.get_by_role("button").first.focus()
    page.keyboard.press("m")
    expect(page).to_have_url(re.compile(rf"/\?image={group.representative}"))
    expect(page.get_by_role("list", name="Closest images")).to_be_visible()
    expect_no_error(page)


def test_a_group_is_renamed(browse: OpenPage, found: GalleryMap) -> None:
    name = found.groups[-1].name
    page = browse("/explore?view=groups")
    page.get_by_role("button", name=name).click()
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Name of the group").fill("Mine <b>")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Mine <b>")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="All groups").click()
    expect(page.get_by_role("button", name="Mine <b>")).to_be_visible()


def test_a_misfiled_picture_is_searched_with(browse: OpenPage) -> None:
    page = browse("/explore?view=misfiled")
    wrong = page.get_by_role("list", name="Pictures that seem to be in a wrong folder")
    expect(wrong.get_by_role("listitem")).to_have_count(1)
    card = wrong.get_by_role("button")
    expect(card).to_have_text(re.compile("Fits red.*in blue"))
    expect(card).to_have_attribute("title", f"{WRONG} fits red")
    card.click()
    expect(page.get_by_role("list", name="Closest images")).to_be_visible()
    expect_no_error(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_views_are_readable_by_all(
    browse: OpenPage, group: Group, width: str, artifacts: Path
) -> None:
    for name, path in {
        "groups": "/explore?view=groups",
        "group": f"/explore?open={group.representative}",
        "odd": "/explore?view=odd",
        "misfiled": "/explore?view=misfiled",
    }.items():
        page = browse(path, **screen(width))
        photograph(page, f"{name}-{width}", artifacts)
        assert faults(page) == []
