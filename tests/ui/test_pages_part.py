"""Searching for a part on the page: prepared by the owner, drawn on the matches, asked again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.ui import resources, state
from core.ui.sharing import ACCESS
from tests.detail.test_details import HOST, THING, make
from tests.fakes import save_picture
from tests.ui.conftest import SECONDS, come_with
from tests.ui.search_page import open_page

PART = {"find": "part"}


@pytest.fixture
def library(features: Path, tmp_path: Path) -> Iterator[Path]:
    """A gallery in which one picture shows the thing, indexed without details."""
    library = make(tmp_path / "library", 20)
    THING.save(tmp_path / "thing.png")
    resources.engine().index(library)
    yield library


def open_part(tmp_path: Path, **parameters: str) -> AppTest:
    """The search page, asked for the thing as a part."""
    page = open_page(**PART, **parameters)
    content = (tmp_path / "thing.png").read_bytes()
    page.file_uploader[0].set_value(("thing.png", content, "image/png")).run()
    assert not page.exception
    return page


def found(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value["image"]) if page.dataframe else []


def prepare(library: Path) -> None:
    resources.jobs().indexing.describe_parts(resources.engine().require_snapshot())
    resources.jobs().indexing.wait()
    assert library.is_dir()


def test_the_owner_prepares_and_then_finds_the_part(library: Path, tmp_path: Path) -> None:
    page = open_part(tmp_path)
    assert found(page) == []
    assert "Describing the parts of 21 pictures takes about 1 minute" in page.info[0].value
    next(button for button in page.button if button.label == "Prepare").click().run()
    resources.jobs().indexing.wait()
    latest = resources.jobs().indexing.latest
    assert latest is not None
    assert latest.error is None
    page.run()
    assert found(page)[0] == HOST
    assert "best parts of 21 images" in "\n".join(item.value for item in page.caption)
    # The address holds the choice; the whole picture is asked by taking it back.
    (choice,) = (one for one in page.button_group if one.key == state.filter_widget("part"))
    assert choice.value == [True] or choice.value is True


def test_a_visitor_sees_that_there_is_none_and_searches_once_there_is(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_SHARE", "thumbnails")
    resources.engine.clear()
    come_with(ACCESS.visitor, monkeypatch)
    page = open_part(tmp_path)
    assert [item.value for item in page.info] == [
        "Parts cannot be searched for in this gallery yet. Its owner can prepare that."
    ]
    assert all(button.label != "Prepare" for button in page.button)
    prepare(library)
    assert found(open_part(tmp_path))[0] == HOST


def test_new_pictures_are_told_and_the_next_run_describes_them(
    library: Path, tmp_path: Path
) -> None:
    prepare(library)
    save_picture(library / "new.png", 500)
    resources.engine().index(library)
    page = open_part(tmp_path)
    told = "\n".join(item.value for item in page.caption)
    assert "1 of the images have no details yet" in told
    resources.jobs().indexing.index(library)
    resources.jobs().indexing.wait()
    page.run()
    assert "no details yet" not in "\n".join(item.value for item in page.caption)
    assert "best parts of 22 images" in "\n".join(item.value for item in page.caption)


def test_filters_hold_for_parts(library: Path, tmp_path: Path) -> None:
    prepare(library)
    page = open_part(tmp_path, folder="blue")
    assert {image.partition("/")[0] for image in found(page)} == {"blue"}


def test_the_box_of_a_match_becomes_the_question(library: Path) -> None:
    identity = resources.engine().require_snapshot().record(HOST).id

    def take(identity: str, box: object) -> None:
        from core.ui.question import ask_with_image

        ask_with_image(identity, box)

    page = AppTest.from_function(
        take, default_timeout=SECONDS, args=(identity, [0.5, 0.2, 0.75, 0.5])
    )
    page.query_params["find"] = "part"
    page.query_params["right"] = identity
    page.run()
    assert not page.exception
    box = "0.5,0.2,0.75,0.5"
    assert dict(page.query_params) == {"image": identity, "box": box, "find": "part"}
    page = AppTest.from_function(take, default_timeout=SECONDS, args=(identity, "nonsense")).run()
    assert dict(page.query_params) == {"image": identity}


def test_colours_offer_no_search_for_parts(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources.engine().index(library, descriptor="hsv")
    page = open_part(tmp_path)
    assert len(found(page)) == 21
    assert not page.button_group
