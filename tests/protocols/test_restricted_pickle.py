"""Only pickles of names and numbers are read."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LibraryError
from core.protocols import read_pickle


def plain(value: Any) -> Any:
    """With arrays and numbers of NumPy as lists and numbers."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


ARRAYS = st.builds(
    lambda numbers, kind: np.array(numbers, kind),
    st.lists(st.integers(0, 100)),
    st.sampled_from(["<i8", ">i4", "<f4", "<f8", "u1", ">f8"]),
)
LEAVES = (
    st.text() | st.integers() | st.floats(allow_nan=False) | ARRAYS | ARRAYS.map(lambda a: a.sum())
)
CONTENT = st.dictionaries(st.text(), LEAVES | st.lists(LEAVES))


@given(CONTENT, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_names_and_numbers_come_back(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any], version: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "content.pkl"
    file.write_bytes(pickle.dumps(content, version))
    assert read_pickle(file) == plain(content)


def test_a_pickle_of_python_2_is_read(tmp_path: Path) -> None:
    file = tmp_path / "content.pkl"
    # {'imlist': ['a']} with byte strings, and an array [7] by the names of an older NumPy.
    file.write_bytes(
        b"\x80\x02}q\x00(U\x06imlist]U\x01aaU\x04easycnumpy.core.multiarray\n_reconstruct\n"
        b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x01\x85cnumpy\ndtype\nU\x02i8K\x00K\x01\x87R"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        b"U\x08\x07\x00\x00\x00\x00\x00\x00\x00tbu."
    )
    assert read_pickle(file) == {"imlist": ["a"], "easy": [7]}


class Calls:
    """Pickles as a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("version", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("function", [os.mkdir, eval, np.save, np.fromfile, getattr])
def test_nothing_else_is_called(tmp_path: Path, version: int, function: Any) -> None:
    file, made = tmp_path / "hostile.pkl", tmp_path / "made"
    argument = f"__import__('os').mkdir({str(made)!r})" if function is eval else str(made)
    content = {"imlist": [Calls(function, argument)]}
    file.write_bytes(pickle.dumps(content, version))
    with pytest.raises(LibraryError, match=r"hostile\.pkl \(it names .*ground truth does not need"):
        read_pickle(file)
    assert not made.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "pickle exhausted"),
        (b"not a pickle", "."),
        (pickle.dumps(np.array([{}], object)), "not of numbers"),
        (pickle.dumps(np.zeros(3, "V8")), "not of numbers"),
        (pickle.dumps(np.arange(9))[:-20], "."),
        (b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x04\x00\x00\x00zlibtR.", "encodes as 'zlib'"),
        (b"\x80\x02c__builtin__\nexec\n.", "names __builtin__.exec"),
        (b"\x80\x02\x82\x01.", "."),
        (b"\x80\x02]r\x00\x00\x00\x01.", "more objects than it has"),
        (b"]p16777216\n.", "more objects than it has"),
        (b"Pspam\n.", "persistent"),
        (b"\x80\x02cnumpy\ndtype\n)\x81}b.", "."),
    ],
)
def test_a_damaged_or_made_up_pickle_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "hostile.pkl"
    file.write_bytes(content)
    with pytest.raises(LibraryError, match=reason) as caught:
        read_pickle(file)
    assert "\n" not in str(caught.value)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.pkl"
    with file.open("wb") as out:
        out.truncate(1 << 30)
    with pytest.raises(LibraryError, match="more than 16,777,216 bytes"):
        read_pickle(file)
