"""The folder to keep is named in any usual form; one that is not there is refused."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from core.config import Settings
from core.duplicates import folder_of
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError
from core.feature_store import IndexSnapshot
from tests.fakes import save_picture

ACCENTED = "Été"


@pytest.fixture
def snapshot(tmp_path: Path) -> IndexSnapshot:
    library = tmp_path / "library"
    folders = ("2024", f"2024/{unicodedata.normalize('NFD', ACCENTED)}", "my trip/day 1", "")
    for number, folder in enumerate(folders):
        save_picture(library / folder / f"{number}.png", number)
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    return engine.require_snapshot()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("2024", "2024"),
        ("./2024/", "2024"),
        ("2024//../2024", "2024"),
        ("my trip", "my trip"),
        ("my trip/day 1", "my trip/day 1"),
        (".", ""),
    ],
)
def test_a_folder_is_named_relative_to_the_library_or_by_its_path(
    name: str, folder: str, snapshot: IndexSnapshot
) -> None:
    assert folder_of(snapshot, name) == folder
    assert folder_of(snapshot, str(snapshot.library / name)) == folder


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_unicode_form_of_a_name_does_not_matter(form: str, snapshot: IndexSnapshot) -> None:
    wanted = f"2024/{unicodedata.normalize('NFD', ACCENTED)}"
    assert folder_of(snapshot, f"2024/{unicodedata.normalize(form, ACCENTED)}") == wanted


@pytest.mark.parametrize("name", ["2025", "202", "trip", "..", "/", "../library2"])
def test_a_folder_that_is_not_there_is_refused_with_those_that_are(
    name: str, snapshot: IndexSnapshot
) -> None:
    with pytest.raises(ConfigurationError, match="2024, my trip") as caught:
        folder_of(snapshot, name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
