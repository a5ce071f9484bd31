"""Names of files that are made of what a person named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.file_names import distinct_name, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cats", "cats"),
        ("my cats/2", "my_cats_2"),
        ("Größe.1-2", "Größe.1-2"),
        ("", ""),
        ("?", "_"),
    ],
)
def test_a_safe_name_can_be_read(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text())
def test_a_safe_name_is_short_and_names_no_folder(name: str) -> None:
    safe = safe_name(name)
    assert len(safe.encode()) <= 60
    assert not set(safe) & set('/\\:*?"<>|\0\n ')


def test_files_of_a_library_keep_their_names() -> None:
    # What people decided is in files of these names.
    assert distinct_name("my cats", b"/home/me/my cats", 8) == "my_cats-5db62ce29fedd430"
    assert distinct_name("my cats", b"my cats", 4) != distinct_name("my cats", b"my/cats", 4)
