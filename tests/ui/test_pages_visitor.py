"""What the pages of a share show its visitors, and the Share page its owner."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.ui import resources
from core.ui.sharing import ACCESS
from core.ui.text import plain
from tests.ui.conftest import SECONDS, come_with
from tests.ui.pages import ROUTER, open_page, picture_file, texts


@pytest.mark.parametrize("name", ["search", "index", "duplicates", "quality", "share"])
def test_visitor_of_an_empty_app_is_offered_nothing(name: str, visiting: None) -> None:
    page = open_page(name)
    assert (len(page.button), len(page.text_input)) == (0, 0)
    assert "owner" in texts(page)


def test_visitor_searches_and_reads_no_folder(visiting: None, few: Path) -> None:
    resources.engine().index(few)
    page = open_page("search")
    assert "among 4 images, or" in texts(page)
    assert str(few.parent) not in texts(page)
    page.file_uploader[0].set_value(picture_file(sorted(few.glob("*.png"))[0])).run()
    assert not page.exception
    assert len(page.dataframe[0].value) == 4


@pytest.mark.parametrize("name", ["index", "duplicates", "quality", "share"])
def test_pages_of_the_owner_show_a_visitor_one_line(name: str, visiting: None, few: Path) -> None:
    resources.engine().index(few)
    page = open_page(name)
    assert texts(page) == "This page is for the owner of the gallery. You can search it."
    assert (len(page.button), len(page.metric), len(page.code)) == (0, 0, 0)


def visitor_starts_everything() -> None:
    from pathlib import Path

    from core.ui.library import start_indexing

    start_indexing(Path("/no/such/folder"))
    start_indexing(Path("/no/such/folder"), gallery="few", fit="none")


def test_what_starts_a_job_refuses_a_visitor_whoever_calls_it(visiting: None) -> None:
    page = AppTest.from_function(visitor_starts_everything, default_timeout=SECONDS).run()
    assert not page.exception
    assert [item.value[:36] for item in page.error] == ["Expected the owner of the gallery. R"] * 2
    assert resources.jobs().indexing.latest is None


def test_visitor_sees_the_gallery_that_was_there_first(
    visiting: None, few: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (40, 40), "navy").save(other / "navy.png")
    resources.engine().index(few)
    assert "among 4 images" in texts(open_page("search"))
    resources.engine().index(other, gallery="private")
    app = AppTest.from_file(ROUTER, default_timeout=SECONDS).run()
    assert not app.exception
    assert len(app.sidebar.selectbox) == 0
    assert "among 4 images" in texts(app)


def errors_of_pages() -> None:
    import streamlit as st

    from core.errors import LookalikeError
    from core.ui.library.indexing_panel import start_run

    name = st.query_params["name"]

    def fail() -> None:
        raise LookalikeError(f"Expected a picture. Received: {name}.")

    start_run(fail)


NAMES = ["[x](http://evil)", "**bold**", "![](http://evil/pixel.png)", ":red[x]", "a\n\n# b", "$x$"]


@pytest.mark.parametrize("name", NAMES)
def test_names_in_error_boxes_are_shown_as_they_are(name: str, features: Path) -> None:
    page = AppTest.from_function(errors_of_pages, default_timeout=SECONDS)
    page.query_params["name"] = name
    page.run()
    assert not page.exception
    shown = " ".join(name.splitlines())
    assert [item.value for item in page.error] == [plain(f"Expected a picture. Received: {shown}.")]


def test_visitor_is_not_told_what_an_error_says_of_folders(
    visiting: None, features: Path, few: Path
) -> None:
    resources.engine().index(few)
    next(features.glob("*/index.json")).write_text("{")
    page = open_page("search")
    assert "cannot be searched right now" in texts(page)
    assert str(features) not in texts(page)


def notes_of_a_server() -> None:
    from core.types import SearchResult
    from core.ui.question import Question
    from core.ui.results import answer_notes

    answer_notes(
        SearchResult((), 4, warning="http://milvus.lan is of another generation."), Question(())
    )


def test_owner_is_warned_of_another_generation_on_the_server(features: Path) -> None:
    page = AppTest.from_function(notes_of_a_server, default_timeout=SECONDS).run()
    told = "http://milvus.lan is of another generation."
    assert [item.value for item in page.warning] == [plain(told)]


def test_visitor_reads_no_address_of_an_index_server(visiting: None) -> None:
    page = AppTest.from_function(notes_of_a_server, default_timeout=SECONDS).run()
    assert not page.exception
    assert texts(page) == ""


def test_share_page_tells_how_to_share(features: Path) -> None:
    page = open_page("share")
    assert [item.value for item in page.code] == ["make share", "python -m core share"]


def test_share_page_shows_the_address_of_visitors(
    features: Path, few: Path, visiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_with(ACCESS.owner, monkeypatch)
    monkeypatch.setenv("LOOKALIKE_SHARE", "thumbnails")
    monkeypatch.setenv("LOOKALIKE_SHARE_ADDRESS", "https://pictures.example/")
    resources.engine().index(few)
    page = open_page("share")
    assert page.code[0].value == f"https://pictures.example/?key={ACCESS.visitor}"
    assert ACCESS.owner not in str(page.main)
    assert "the gallery **few**" in texts(page)
    assert "thumbnails, never the files" in texts(page)
