"""The Index page, and galleries on all pages."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.ui import resources
from core.ui.library.overview import time_ago
from core.ui.text import plain
from tests.fakes import save_picture
from tests.galleries import copy_small_files
from tests.ui.conftest import SECONDS
from tests.ui.pages import ROUTER, button, open_page, texts


def test_index_page_shows_the_gallery_and_its_skipped_files(indexed: Path, few: Path) -> None:
    page = open_page("index")
    shown = {item.label: item.value for item in page.metric}
    assert (shown["Images"], shown["Skipped"], shown["Weights"]) == ("4", "1", "Untrained")
    assert str(few.resolve()) in texts(page)
    skipped = page.dataframe[0].value
    assert list(skipped["File"]) == ["broken.jpg"]
    assert list(skipped["Reason"]) == ["not an image of a known format"]


def test_update_takes_in_a_new_file_and_rebuild_extracts_all(indexed: Path, few: Path) -> None:
    page = open_page("index")
    Image.new("RGB", (40, 40), "navy").save(few / "new.png")
    button(page, "Update")
    resources.jobs().indexing.wait()
    update = resources.jobs().indexing.latest
    assert update is not None and update.result is not None
    assert (update.result.extracted, update.result.unchanged) == (1, 4)
    page.run()
    assert {item.label: item.value for item in page.metric}["Images"] == "5"
    button(page, "Rebuild index")
    resources.jobs().indexing.wait()
    rebuild = resources.jobs().indexing.latest
    assert rebuild is not None and rebuild.result is not None
    assert (rebuild.result.extracted, rebuild.result.generation) == (5, 3)


@pytest.fixture
def folder_of_bytes(tmp_path: Path) -> Path:
    """A folder whose name is no text."""
    folder = tmp_path / "places" / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir(parents=True)
    except OSError:
        pytest.skip("this file system takes no such name")
    return folder


@pytest.mark.parametrize(
    "name", ["search", "index", "duplicates", "quality", "share", "how_it_works"]
)
def test_pages_show_a_gallery_in_a_folder_whose_name_is_no_text(
    name: str, features: Path, folder_of_bytes: Path
) -> None:
    for seed in range(4):
        save_picture(folder_of_bytes / f"kind {seed % 2}" / f"{seed}.png", seed)
    resources.engine().index(folder_of_bytes, descriptor="hsv", gallery="coffee")
    open_page(name)


def test_folder_chooser_leaves_out_folders_whose_name_is_no_text(
    features: Path, folder_of_bytes: Path
) -> None:
    (folder_of_bytes.parent / "beaches").mkdir()
    page = open_page("search")
    page.text_input[0].set_value(str(folder_of_bytes.parent)).run()
    assert not page.exception
    assert page.selectbox[0].options[:2] == [
        f"↑ up to {folder_of_bytes.parents[1].name}",
        "beaches",
    ]


def test_pages_say_that_the_features_are_on_another_machine(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_small_files(indexed, tmp_path / "second")
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "second"))
    monkeypatch.setenv("LOOKALIKE_INDEX_URL", "http://127.0.0.1:1")
    resources.engine.clear()
    resources.jobs.clear()
    page = open_page("quality")
    assert [item.value[:46] for item in page.error] == [
        "The rows of the index are not on this computer"
    ]
    assert len(page.button) == 0
    page = open_page("index")
    assert "This computer has no features of these pictures" in texts(page)
    assert "Index: on the server; the rows are not on this computer" in texts(page)
    assert len(page.radio) == 0


def test_galleries_are_chosen_in_the_sidebar(features: Path, few: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (40, 40), "navy").save(other / "navy.png")
    resources.engine().index(few)
    resources.engine().index(other, gallery="blue things")
    app = AppTest.from_file(ROUTER, default_timeout=SECONDS).run()
    assert not app.exception
    gallery = app.sidebar.selectbox[0]
    assert (gallery.options, gallery.value) == (["blue things", "few"], "blue things")
    assert "1 images" in texts(app)
    gallery.set_value("few").run()
    assert not app.exception
    assert "4 images" in texts(app)


def test_history_shows_the_runs(indexed: Path, few: Path) -> None:
    Image.new("RGB", (40, 40), "navy").save(few / "new.png")
    resources.engine().index(few)
    runs = open_page("index").dataframe[1].value
    assert list(runs["Extracted"]) == [1, 4]
    assert list(runs["Unchanged"]) == [4, 0]


def damage(features: Path, content: str) -> None:
    next(features.glob("*/index.json")).write_text(content)


@pytest.mark.parametrize("name", ["search", "index"])
def test_damaged_index_is_an_error_in_plain_words_with_a_way_out(
    name: str, indexed: Path, few: Path
) -> None:
    damage(indexed, "{")
    page = open_page(name)
    assert "The index cannot be read" in texts(page)
    page.text_input[0].set_value(str(few)).run()
    button(page, "Index this folder")
    resources.jobs().indexing.wait()
    page.run()
    assert "The index cannot be read" not in texts(page)
    assert "4 images" in texts(page) or page.metric[0].value == "4"


@pytest.mark.parametrize("name", ["search", "index", "explore", "how_it_works"])
def test_an_index_of_an_older_version_is_made_anew_by_update(name: str, indexed: Path) -> None:
    damage(indexed, '{"format": "lookalike-index", "version": 3}')
    page = open_page(name)
    assert [item.value for item in page.error] == [
        plain(
            "The index cannot be read: expected a lookalike-index of version 4 with its matrix. "
            f"Received: {next(indexed.glob('*/index.json'))} (lookalike-index of version 3). Press "
            "Update on the Index page, or run `python -m core index`: it is made anew from the "
            "saved features."
        )
    ]
    button(page, "Update")
    resources.jobs().indexing.wait()
    job = resources.jobs().indexing.latest
    assert job is not None and job.result is not None
    assert (job.result.images, job.result.extracted) == (4, 0)
    assert not open_page(name).error


def test_visitor_is_not_offered_the_update(visiting: None, indexed: Path) -> None:
    damage(indexed, '{"format": "lookalike-index", "version": 3}')
    page = open_page("search")
    assert "cannot be searched right now" in texts(page)
    assert "Update" not in [item.label for item in page.button]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (5, "just now"),
        (119, "just now"),
        (180, "3 min ago"),
        (7300, "2 h ago"),
        (200_000, "2 days ago"),
    ],
)
def test_moments_are_told_in_plain_words(seconds: int, expected: str) -> None:
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    assert time_ago(moment.isoformat()) == expected
