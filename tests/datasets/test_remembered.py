"""Labels that are given by marking matches: a file for each gallery, which labels are read from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets import labels_of, remember, remembered_labels, teaching
from core.datasets.labels import read_label_table
from core.errors import ConfigurationError, FeatureStoreError

PATHS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
        lambda path: not path.startswith("./")
    ),
    min_size=1,
    unique=True,
)


@given(PATHS, PATHS)
def test_what_is_remembered_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, right: list[str], wrong: list[str]
) -> None:
    file = remembered_labels(tmp_path_factory.mktemp("features"), "holidays")
    wrong = [path for path in wrong if path not in right]
    remember(file, " roses ", right, wrong)
    expected = dict.fromkeys(right, "roses") | dict.fromkeys(wrong, "not roses")
    assert read_label_table(str(file)) == expected


def test_marks_of_several_searches_add_up(tmp_path: Path) -> None:
    file = remembered_labels(tmp_path, "holidays")
    remember(file, "roses", ["a", "b"], ["c", "d"])
    remember(file, "tulips", ["c", "e"], ["a", "f"])
    # What is right for one stays so; a wrong one that turns out right counts as right.
    assert read_label_table(str(file)) == {
        "a": "roses",
        "b": "roses",
        "c": "tulips",
        "d": "not roses",
        "e": "tulips",
        "f": "not tulips",
    }
    # What a picture is not holds all kinds of things, which teach nothing together.
    labels = labels_of(["a", "b", "c", "d", "e", "f", "g"], str(file))
    assert labels[3:6] == ("not roses", "tulips", "not tulips")
    assert teaching(labels) == ("roses", "roses", "tulips", None, "tulips", None, None)
    remember(file, "roses", [], ["a"])
    assert read_label_table(str(file))["a"] == "not roses"


def test_each_gallery_has_its_own_file(tmp_path: Path) -> None:
    names = ["a/b", "a_b", "ä" * 200, "ä" * 201, "", "con"]
    files = {remembered_labels(tmp_path, name) for name in names}
    assert len(files) == len(names)
    for file in files:
        remember(file, "x", ["1"])
        assert file.parent == tmp_path / "labels"


@pytest.mark.parametrize(("label", "right"), [(" ", ["a"]), ("roses", [])])
def test_a_name_and_marks_are_needed(tmp_path: Path, label: str, right: list[str]) -> None:
    file = tmp_path / "labels.csv"
    with pytest.raises(ConfigurationError, match="Expected a name and images that are marked"):
        remember(file, label, right)
    assert not file.exists()


def test_a_damaged_file_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(b"\xff\xfe nothing")
    with pytest.raises(ConfigurationError, match="The labels cannot be read"):
        remember(file, "roses", ["a"])
    assert file.read_bytes() == b"\xff\xfe nothing"


def test_labels_that_cannot_be_written_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "labels").write_text("in the way")
    with pytest.raises(FeatureStoreError, match=r"The labels cannot be saved.*in the way|labels"):
        remember(remembered_labels(tmp_path, "holidays"), "roses", ["a"])
