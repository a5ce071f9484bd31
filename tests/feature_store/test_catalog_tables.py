"""What the catalog keeps comes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import FeatureStoreError
from core.feature_store import Catalog
from core.types import Drive, ImageRecord, IndexReport, Skipped
from tests.fakes import FAKE_SPACE
from tests.feature_store.records import DIMENSION, record, records


def report(**changes: Any) -> IndexReport:
    values: dict[str, Any] = {
        "library": "/library",
        "images": 4,
        "extracted": 4,
        "unchanged": 0,
        "moved": 0,
        "removed": 0,
        "skipped": (Skipped("bad.jpg", "the file is empty"),),
        "seconds": 1.5,
        "images_per_second": 2.5,
        "space": FAKE_SPACE,
        "dimension": DIMENSION,
        "generation": 1,
        "fit": "neighbours",
    }
    return IndexReport(**(values | changes))


def catalog_of(folder: Path) -> Catalog:
    folder.mkdir(parents=True, exist_ok=True)
    return Catalog(folder / "catalog.sqlite")


def test_images_of_the_catalog_come_back_in_the_order_of_their_paths(tmp_path: Path) -> None:
    images = [
        ImageRecord("b.jpg", 2**40, -1, "0" * 32, 1, 2, "2024-05-06T07:08:09"),
        ImageRecord("a/new\nline.jpg", 0, 2**62, "1" * 32, 3, 4, None),
        *(record(name) for name in ("é.jpg", "🌸.jpg", "Z.jpg", "a.jpg", "\uffff.jpg")),
    ]
    with catalog_of(tmp_path) as catalog:
        catalog.add_images(images[:1])
        catalog.add_images(images[1:])
    with catalog_of(tmp_path) as catalog:
        assert catalog.images() == tuple(sorted(images, key=lambda image: image.path))


def test_an_image_added_again_replaces_itself(tmp_path: Path) -> None:
    with catalog_of(tmp_path) as catalog:
        catalog.add_images([record("a.jpg", content=1), record("b.jpg")])
        catalog.add_images([record("a.jpg", content=2)])
        assert catalog.images() == (record("a.jpg", content=2), record("b.jpg"))
        catalog.remove_images(["a.jpg", "never.jpg"])
        assert catalog.images() == (record("b.jpg"),)


def test_the_list_of_skipped_files_is_replaced(tmp_path: Path) -> None:
    first = [Skipped("b.jpg", "damaged"), Skipped("a.jpg", "the file is empty")]
    with catalog_of(tmp_path) as catalog:
        catalog.set_skipped(first)
        assert catalog.skipped() == tuple(reversed(first))
        catalog.set_skipped([Skipped("c.jpg", "damaged"), Skipped("c.jpg", "again")])
        assert catalog.skipped() == (Skipped("c.jpg", "again"),)
        catalog.set_skipped([])
        assert catalog.skipped() == ()


def test_the_list_of_drives_is_replaced(tmp_path: Path) -> None:
    with catalog_of(tmp_path) as catalog:
        assert catalog.drives() == ()
        catalog.set_drives([Drive("usb", linked=False), Drive("albums/été", linked=True)])
        expected = (Drive("albums/été", linked=True), Drive("usb", linked=False))
        assert catalog.drives() == expected
        catalog.set_drives([Drive("usb", linked=True)])
        assert catalog.drives() == (Drive("usb", linked=True),)


def test_runs_come_newest_first(tmp_path: Path) -> None:
    with catalog_of(tmp_path) as catalog:
        for generation in range(1, 6):
            catalog.add_run(report(generation=generation))
    with catalog_of(tmp_path) as catalog:
        runs = catalog.runs(3)
    assert [run["generation"] for run in runs] == [5, 4, 3]
    assert runs[0]["skipped"] == 1
    assert runs[0]["space"]["model"] == FAKE_SPACE.model
    assert len(runs[0]["finished_at"]) == len("YYYY-MM-DD HH:MM:SS")


def test_a_catalog_is_opened_to_read(tmp_path: Path) -> None:
    with catalog_of(tmp_path) as catalog:
        catalog.add_images(records())
    with Catalog(tmp_path / "catalog.sqlite", reading=True) as catalog:
        assert catalog.images() == records()
    (tmp_path / "folder").mkdir()
    with pytest.raises(FeatureStoreError, match="folder"):
        Catalog(tmp_path / "folder", reading=True)


def zeros_in_the_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[200:] = bytes(len(content) - 200)
    path.write_bytes(content)


def other_tables(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE images (name)")
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [lambda path: path.write_text("not a catalog" * 100), zeros_in_the_middle, other_tables],
    ids=["text", "zeros", "tables"],
)
def test_a_damaged_catalog_is_an_error_that_names_it(
    tmp_path: Path, damage: Callable[[Path], Any]
) -> None:
    with catalog_of(tmp_path) as catalog:
        catalog.add_images([record(f"{number}.jpg") for number in range(500)])
    damage(tmp_path / "catalog.sqlite")
    with pytest.raises(FeatureStoreError) as caught, catalog_of(tmp_path) as catalog:
        catalog.images()
    assert str(tmp_path / "catalog.sqlite") in str(caught.value)
