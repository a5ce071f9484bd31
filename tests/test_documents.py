"""JSON files say their format and version; anything else is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.documents import parse_document, read_document, write_document
from core.duplicates.dismissals import read_dismissals
from core.feature_store import library_file

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
)
KEYS = st.text().filter(lambda key: key not in ("format", "version"))


@given(st.dictionaries(KEYS, JSON), st.integers(1, 9))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, object], version: int
) -> None:
    path = tmp_path_factory.mktemp("documents") / "some.json"
    write_document(path, "some-things", version, content)
    read = read_document(path, "some-things", version)
    assert read == {"format": "some-things", "version": version, **content}
    with pytest.raises(ValueError, match=f"some-things of version {version}"):
        read_document(path, "some-things", version + 1)
    with pytest.raises(ValueError, match=f"some-things of version {version}"):
        read_document(path, "other-things", version)


def test_a_version_in_the_name_of_the_format_is_read() -> None:
    text = json.dumps({"format": "some-things-2", "one": 1}).encode()
    content = {"format": "some-things", "version": 2, "one": 1}
    assert parse_document(text, "some-things", 1, 2) == content
    with pytest.raises(ValueError, match="of version 2"):
        parse_document(text, "some-things", 1)


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b"{", b"{}", b'{"format": "some-things"}'])
def test_other_texts_are_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|not an object|of version"):
        parse_document(text, "some-things", 1)


def test_dismissals_of_the_first_format_are_read(tmp_path: Path) -> None:
    path = library_file(tmp_path, tmp_path / "library", "dismissed.json")
    path.parent.mkdir(parents=True)
    path.write_text('{"format": "lookalike-dismissals-1", "library": "", "sets": [["a", "b"]]}')
    assert read_dismissals(tmp_path, tmp_path / "library") == (frozenset({"a", "b"}),)
