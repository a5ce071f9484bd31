"""Search results as files: each is opened again with a usual tool."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image

from core.feature_store import IndexSnapshot
from core.media import DiskCache, copies, images_table, make_contact_sheet, matches_table
from core.media.archive import MISSING, copy_name
from core.media.table import COLUMNS
from core.types import Closeness, ImageRecord, Match
from tests.fakes import picture, save_picture
from tests.media.test_thumbnails import snapshot_of


def matches_of(snapshot: IndexSnapshot) -> list[Match]:
    return [Match(rank, image, rank / 8) for rank, image in enumerate(reversed(snapshot.images), 1)]


def record(path: str, taken_at: str | None = None) -> ImageRecord:
    return ImageRecord(path, 1234, 0, repr(path).encode().hex()[:32], 640, 480, taken_at)


def archive_of(images: tuple[ImageRecord, ...], library: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(copies(images, library))))


def test_table_has_a_line_for_each_match() -> None:
    quoted, comma = record('"quoted"\n.jpg'), record("cats/a,b.jpg", "2021-05-06T07:08:09")
    content = matches_table(
        [Match(1, quoted, 0.0, Closeness(1)), Match(2, comma, 0.5, Closeness(0.75))]
    )
    lines = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert ",".join(COLUMNS) == "rank,image,distance,closer_than,width,height,bytes,taken_at"
    assert lines == [
        list(COLUMNS),
        ["1", '"quoted"\n.jpg', "0.000000", "1.00000", "640", "480", "1234", ""],
        ["2", "cats/a,b.jpg", "0.500000", "0.75000", "640", "480", "1234", "2021-05-06T07:08:09"],
    ]


def test_table_of_images_has_a_line_for_each() -> None:
    images = [record("cats/a,b.jpg", "2021-05-06T07:08:09"), record("=SUM(1).jpg")]
    lines = list(csv.reader(io.StringIO(images_table(images).decode(), newline="")))
    assert lines == [
        ["image", "width", "height", "bytes", "taken_at"],
        ["cats/a,b.jpg", "640", "480", "1234", "2021-05-06T07:08:09"],
        ["./=SUM(1).jpg", "640", "480", "1234", ""],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_table_holds_no_formula(start: str) -> None:
    path = f"{start}HYPERLINK(1).jpg"
    (_, line) = matches_table([Match(1, record(path), 0.0)]).decode().splitlines()
    assert line.split(",")[1] == f"./{path}"


def test_table_keeps_names_that_are_no_text() -> None:
    path = b"caf\xe9.jpg".decode(errors="surrogateescape")
    assert b"caf\xe9.jpg" in matches_table([Match(1, record(path), 0.0)])


def test_archive_has_a_copy_of_each_match_in_their_order(photos: Path) -> None:
    images = tuple(reversed(snapshot_of(photos).images))
    with archive_of(images, photos) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(archive.namelist())
        assert len(archive.namelist()) == 6
        for name, image in zip(archive.namelist(), images, strict=True):
            assert archive.read(name) == (photos / image.path).read_bytes()
            assert name.endswith(image.path.rpartition("/")[2])


def test_archive_lists_what_cannot_be_copied(photos: Path) -> None:
    images = snapshot_of(photos).images
    (photos / images[1].path).unlink()
    with archive_of(images, photos) as archive:
        assert len(archive.namelist()) == 6
        assert archive.read(MISSING).decode().startswith(f"{images[1].path}: No such file")


@pytest.mark.parametrize("same_size", [True, False])
def test_archive_lists_a_file_that_is_not_the_indexed_one(same_size: bool, photos: Path) -> None:
    images = snapshot_of(photos).images
    changed = photos / images[1].path
    state = changed.stat()
    changed.write_bytes(bytes(state.st_size if same_size else 2 * state.st_size))
    os.utime(changed, ns=(state.st_atime_ns, state.st_mtime_ns))
    with archive_of(images, photos) as archive:
        assert archive.testzip() is None
        assert [name[:3] for name in archive.namelist()] == [
            "001",
            "003",
            "004",
            "005",
            "006",
            "mis",
        ]
        listed = archive.read(MISSING).decode()
        assert listed == f"{images[1].path}: its file has changed since it was indexed"


def test_archive_holds_the_content_that_was_checked(tmp_path: Path) -> None:
    """The file is overwritten while its copy is on its way."""
    library = tmp_path / "library"
    library.mkdir()
    file = library / "a.jpg"
    content = bytes(range(256)) * (1 << 14)
    file.write_bytes(content)
    pieces = copies(snapshot_of(library).images, library)
    start = next(pieces)
    assert len(start) < len(content)
    file.write_bytes(bytes(len(content)))
    with zipfile.ZipFile(io.BytesIO(start + b"".join(pieces))) as archive:
        assert archive.read("001 a.jpg") == content


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (1900, (1980, 1, 1, 0, 0, 0)),
        (1979, (1980, 1, 1, 0, 0, 0)),
        (2000, (2000, 7, 1, 12, 0, 0)),
        (2107, (2107, 7, 1, 12, 0, 0)),
        (2108, (2107, 12, 31, 23, 59, 58)),
        (2262, (2107, 12, 31, 23, 59, 58)),
    ],
)
def test_archive_has_dates_that_it_can_hold(
    year: int, expected: tuple[int, ...], photos: Path
) -> None:
    # Up to the last year that 64 bits of nanoseconds hold.
    moment = datetime(year, 7, 1, 12) if year < 2262 else datetime(2262, 4, 1)
    image = dataclasses.replace(
        snapshot_of(photos).images[0], mtime_ns=int(moment.timestamp()) * 10**9
    )
    with archive_of((image,), photos) as archive:
        assert archive.testzip() is None
        assert archive.infolist()[0].date_time == expected


@pytest.mark.parametrize(("seconds", "year"), [(-(10**12), 1980), (10**12, 2107)])
def test_archive_takes_times_of_no_year(seconds: int, year: int, photos: Path) -> None:
    image = dataclasses.replace(snapshot_of(photos).images[0], mtime_ns=seconds * 10**9)
    with archive_of((image,), photos) as archive:
        assert archive.infolist()[0].date_time[0] == year


def test_archive_of_one_name_in_many_folders_has_no_collision(tmp_path: Path) -> None:
    for number in range(12):
        save_picture(tmp_path / str(number) / "IMG_0001.JPG", number)
    with archive_of(snapshot_of(tmp_path).images, tmp_path) as archive:
        assert len({name.casefold() for name in archive.namelist()}) == 12


@pytest.mark.parametrize(("files", "size"), [(20, 1), (1, 20)])
def test_archive_is_never_whole_in_memory(files: int, size: int, tmp_path: Path) -> None:
    megabyte = 1 << 20
    for number in range(files):
        (tmp_path / f"{number}.jpg").write_bytes(bytes([number]) * megabyte * size)
    images = snapshot_of(tmp_path).images
    tracemalloc.start()
    written = sum(len(piece) for piece in copies(images, tmp_path))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert written > 20 * megabyte
    assert most < 6 * megabyte


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("cats/a.jpg", "007 a.jpg"),
        ("../../etc/passwd", "007 passwd"),
        ("a\\..\\b.jpg", "007 a_.._b.jpg"),
        ("C:b.jpg", "007 C_b.jpg"),
        ("x\u202egpj.exe", "007 x_gpj.exe"),
        ("line\nbreak.jpg", "007 line_break.jpg"),
        ("dots. . .", "007 dots"),
        (".hidden", "007 .hidden"),
        ("ü.jpg", "007 ü.jpg"),
        ("b\udce9d.jpg", "007 b_d.jpg"),
    ],
)
def test_copy_has_a_name_that_is_safe_to_unpack(path: str, expected: str) -> None:
    assert copy_name(7, path) == expected


@hypothesis.given(st.integers(1, 300), st.text(st.characters(), min_size=1))
def test_copy_stays_in_its_folder_whatever_its_image_is_called(rank: int, path: str) -> None:
    name = copy_name(rank, path)
    assert name.startswith(f"{rank:03}")
    assert not set(name) & set('<>:"/\\|?*\0\n\r')
    assert len(name.encode()) < 255
    assert name.rstrip(". ") == name


@pytest.mark.parametrize("count", [1, 6, 30, 300])
def test_sheet_is_one_page_for_any_number_of_matches(
    count: int, photos: Path, tmp_path: Path
) -> None:
    snapshot = snapshot_of(photos)
    matches = [Match(rank, snapshot.images[rank % 6], 0.1) for rank in range(1, count + 1)]
    cache = DiskCache(tmp_path / "cache")
    content = make_contact_sheet(picture(9), "query.jpg", matches, snapshot, cache)
    with Image.open(io.BytesIO(content)) as page:
        assert page.format == "JPEG"
        assert page.height < 2.2 * page.width
        assert page.width * page.height < 60_000_000


def test_sheet_shows_the_query_and_each_match(photos: Path, tmp_path: Path) -> None:
    for path, colour in zip(sorted(photos.rglob("*.*")), ("red", "lime"), strict=False):
        Image.new("RGB", (40, 40), colour).save(path)
    snapshot = snapshot_of(photos)
    cache = DiskCache(tmp_path / "cache")
    query = Image.new("RGB", (60, 60), "blue")
    matches = [Match(rank, snapshot.images[rank - 1], 0.1) for rank in (1, 2)]
    content = make_contact_sheet(query, "query.jpg", matches, snapshot, cache)
    with Image.open(io.BytesIO(content)) as page:
        pixels = np.asarray(page, int)
    shown = {
        name: (np.abs(pixels - colour).sum(axis=2) < 60).sum()
        for name, colour in (("red", [255, 0, 0]), ("lime", [0, 255, 0]), ("blue", [0, 0, 255]))
    }
    assert shown["blue"] > 50_000
    assert shown["red"] > 40_000
    assert shown["lime"] > 40_000


def test_sheet_has_an_empty_place_for_a_missing_image(photos: Path, tmp_path: Path) -> None:
    snapshot = snapshot_of(photos)
    for image in snapshot.images[1:]:
        (photos / image.path).unlink()
    content = make_contact_sheet(
        picture(9), "query.jpg", matches_of(snapshot), snapshot, DiskCache(tmp_path / "cache")
    )
    with Image.open(io.BytesIO(content)) as page:
        assert page.format == "JPEG"


@pytest.mark.parametrize("name", ["x" * 400, "\u202e\0\n", "b\udce9d", "日本語.jpg", ""])
def test_sheet_takes_any_name(name: str, photos: Path, tmp_path: Path) -> None:
    snapshot = snapshot_of(photos)
    cache = DiskCache(tmp_path / "cache")
    content = make_contact_sheet(picture(9), name, matches_of(snapshot), snapshot, cache)
    assert content.startswith(b"\xff\xd8")
