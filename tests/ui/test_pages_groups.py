"""The views of groups, odd and misfiled pictures, and groups as a filter of the search page."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.explore import GalleryMap, draw_map, gallery_map, misfiled
from core.feature_store import IndexSnapshot
from core.ui import resources
from core.ui.explore import groups
from core.ui.sharing import visitor
from tests.fakes import save_picture
from tests.ui.search_page import open_page as open_search

SECONDS = 120


@pytest.fixture
def snapshot(features: Path, library: Path) -> IndexSnapshot:
    """Forty pictures, a folder for each of four colours, one in a wrong folder; with a map."""
    (library / "red" / "red-02.png").rename(library / "blue" / "red-02.png")
    resources.engine().index(library)
    snapshot = resources.engine().require_snapshot()
    draw_map(snapshot)
    return snapshot


def found(snapshot: IndexSnapshot) -> GalleryMap:
    read = gallery_map(snapshot)
    assert read is not None
    return read


def open_view(name: str, **parameters: str) -> AppTest:
    def page(name: str) -> None:
        from core.explore import gallery_map
        from core.ui import resources
        from core.ui.explore import groups

        snapshot = resources.engine().require_snapshot()
        found = gallery_map(snapshot)
        assert found is not None
        if name == "misfiled":
            groups.misfiled_view(snapshot)
        else:
            {"groups": groups.groups_view, "odd": groups.odd_view}[name](snapshot, found)

    view = AppTest.from_function(page, default_timeout=SECONDS, kwargs={"name": name})
    for parameter, value in parameters.items():
        view.query_params[parameter] = value
    view.run()
    assert not view.exception
    return view


def texts(page: AppTest) -> str:
    kinds = (page.caption, page.info, page.error, page.subheader)
    return "\n".join(item.value for kind in kinds for item in kind)


def test_groups_are_counted_and_opened_by_the_address(snapshot: IndexSnapshot) -> None:
    group = found(snapshot).groups[0]
    everything = texts(open_view("groups"))
    assert f"{len(found(snapshot).groups)} groups hold " in everything
    assert " of 40 pictures" in everything
    opened = open_view("groups", open=group.representative)
    assert opened.subheader[0].value == group.name
    assert f"{group.size} pictures, the most typical first" in texts(opened)
    opened.button[0].click().run()
    assert opened.subheader.len == 0
    assert texts(open_view("groups", open="../x")) == everything


def test_the_owner_renames_a_group(snapshot: IndexSnapshot) -> None:
    group, other = found(snapshot).groups[:2]
    view = open_view("groups", open=group.representative)
    view.text_input(key="group_name").set_value("My *best*").run()
    view.button(key="save_group_name").click().run()
    assert not view.exception
    assert view.subheader[0].value == r"My \*best\*"
    assert found(snapshot).groups[0].name == "My *best*"
    view.text_input(key="group_name").set_value(other.name).run()
    view.button(key="save_group_name").click().run()
    assert "Expected a name that no other group has" in texts(view)
    assert found(snapshot).groups[0].name == "My *best*"


def test_a_visitor_sees_groups_and_renames_none(
    snapshot: IndexSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = found(snapshot).groups[0].name
    parameters = {"open": found(snapshot).groups[0].representative}
    owner = open_view("groups", **parameters)
    monkeypatch.setattr(visitor, "is_owner", lambda: False)
    # The page of the owner, to which somebody else sends what the owner presses.
    owner.text_input(key="group_name").set_value("Mine").run()
    owner.button(key="save_group_name").click().run()
    assert "Expected the owner of the gallery" in texts(owner)
    monkeypatch.setattr(groups, "is_owner", lambda: False)
    seen = open_view("groups", **parameters)
    assert seen.subheader[0].value == name
    assert [item.label for item in seen.button] == ["All groups", "Search among these"]
    assert seen.text_input.len == 0
    assert found(snapshot).groups[0].name == name


def test_odd_and_misfiled_pictures_are_counted(snapshot: IndexSnapshot, library: Path) -> None:
    assert [snapshot.images[one.row].path for one in misfiled(snapshot)] == ["blue/red-02.png"]
    assert "1 picture: nearly all pictures that look like it" in texts(open_view("misfiled"))
    assert "No picture is odd" in texts(open_view("odd")) or "in no group" in texts(
        open_view("odd")
    )


def test_a_gallery_without_likenesses_has_no_groups(features: Path, tmp_path: Path) -> None:
    for number in range(4):
        save_picture(tmp_path / "few" / f"{number}.png", number)
    resources.engine().index(tmp_path / "few")
    draw_map(resources.engine().require_snapshot())
    assert "There are no groups" in texts(open_view("groups"))
    assert "No picture seems to be in a wrong folder" in texts(open_view("misfiled"))


def test_a_search_within_a_group(snapshot: IndexSnapshot) -> None:
    group = found(snapshot).groups[0]
    page = open_search(image=group.representative, group=group.name)
    assert f"Only: {group.name}" in [item.value for item in page.caption]
    assert any(f"of {group.size} images" in item.value for item in page.caption)
    (chosen,) = [item for item in page.multiselect if item.label == "Groups"]
    assert chosen.value == [group.name]
    chosen.set_value([]).run()
    assert any("of 40 images" in item.value for item in page.caption)
    unknown = open_search(image=group.representative, group="../x")
    assert any("of 40 images" in item.value for item in unknown.caption)
