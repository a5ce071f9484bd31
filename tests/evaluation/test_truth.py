"""Labels from folders, from numbers in names and from label files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationError
from core.evaluation import GroundTruth, ground_truth
from core.feature_store import ImageTable, IndexSnapshot
from core.model import NONE, FitChoice, learn_fit
from core.types import ImageRecord
from tests.datasets.flower_files import labels_file, publish
from tests.fakes import FAKE_SPACE


def snapshot_of(paths: list[str]) -> IndexSnapshot:
    images = ImageTable.of(
        [ImageRecord(path, 1, 1, f"{row:032x}", 1, 1, None) for row, path in enumerate(paths)]
    )
    matrix = np.zeros((len(paths), FAKE_SPACE.dimension), np.float32)
    fit = learn_fit(matrix, FitChoice.of(NONE))
    return IndexSnapshot(
        Path("/library"), FAKE_SPACE, 1, "2024-01-01T00:00:00+00:00", images, matrix, fit
    )


def labels(paths: list[str], source: object) -> tuple[str | None, ...]:
    truth = ground_truth(snapshot_of(sorted(paths)), str(source))
    assert truth.paths == tuple(sorted(paths))
    assert len(set(truth.ids)) == len(paths)
    of_path = dict(zip(truth.paths, truth.labels, strict=True))
    return tuple(of_path[path] for path in paths)


def test_the_folder_of_an_image_is_its_label() -> None:
    snapshot = snapshot_of(["a/1.jpg", "a/b/1.jpg", "a/b/2.jpg", "top.jpg"])
    truth = ground_truth(snapshot)
    assert truth == GroundTruth(
        paths=("a/1.jpg", "a/b/1.jpg", "a/b/2.jpg", "top.jpg"),
        labels=("a", "a/b", "a/b", ""),
        ids=tuple(f"{row:032x}" for row in range(4)),
    )


def test_ukbench_has_four_of_each_object() -> None:
    paths = [f"full/ukbench{number:05}.jpg" for number in (0, 3, 4, 7, 10199)]
    assert labels([*paths, "full/readme.png"], "ukbench") == ("0", "0", "1", "1", "2549", None)


def test_holidays_counts_within_a_scene_with_two_digits() -> None:
    paths = ["100000.jpg", "jpg/100001.jpg", "jpg/100100.jpg", "jpg/149901.jpg"]
    assert labels(paths, "holidays") == ("1000", "1000", "1001", "1499")


def test_labels_of_oxford_flowers_belong_to_the_numbers_in_the_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = labels_file([77, 73, 12])
    publish(monkeypatch, b"", content)
    file = tmp_path / "imagelabels.mat"
    file.write_bytes(content)
    paths = ["jpg/image_00001.jpg", "jpg/image_00003.jpg", "jpg/image_00004.jpg", "new.jpg"]
    assert labels(paths, file) == ("77", "12", None, None)


def test_label_file_names_some_of_the_images(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(
        '\ufefflabel,note,image\nrose,,a/1.jpg\n"tulip, red",x,./b.jpg\n,empty,c.jpg\nrose\n'
        "rose,,gone.jpg\n",
        encoding="utf-8",
    )
    paths = ["a/1.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert labels(paths, file) == ("rose", "tulip, red", None, None)


@given(
    st.dictionaries(
        # Characters that file systems allow in names; CSV has no single carriage return.
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1),
        min_size=1,
        max_size=8,
    )
)
def test_label_file_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, table: dict[str, str]
) -> None:
    file = tmp_path_factory.mktemp("labels") / "labels.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("image", "label"), *((f"./{a}", b) for a, b in table.items())])
    assert labels(list(table), file) == tuple(table.values())


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"picture,label\na.jpg,x\n", "no column image"),
        (b"", "no column image, label"),
        (b"image,label\n\xff\xfe,x\n", "invalid start byte"),
        (b"image,label\n" + b"a" * 200_000 + b",x\n", "field larger"),
        (None, "No such file"),
    ],
)
def test_an_unreadable_label_file_is_an_error(
    content: bytes | None, detail: str, tmp_path: Path
) -> None:
    file = tmp_path / "labels.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="expected one of folders, ukbench") as told:
        labels(["a.jpg"], file)
    assert detail in str(told.value)
    assert "\n" not in str(told.value)


def test_another_mat_file_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "setid.mat"
    file.write_bytes(labels_file([1], name="trnid"))
    with pytest.raises(ConfigurationError, match=r"not the imagelabels\.mat of Oxford Flowers 102"):
        labels(["image_00001.jpg"], file)


@pytest.mark.parametrize("source", ["ukbench", "holidays", "file"])
def test_labels_for_none_of_the_images_are_an_error(source: str, tmp_path: Path) -> None:
    if source == "file":
        file = tmp_path / "labels.csv"
        file.write_text("image,label\nelsewhere/rose.jpg,rose\n")
        source = str(file)
    with pytest.raises(ConfigurationError, match=r"No image has a label.*such as 'rose\.jpg'"):
        labels(["rose.jpg", "tulip.jpg"], source)
