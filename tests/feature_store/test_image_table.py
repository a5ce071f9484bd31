"""The table of the images of an index against a plain list of records."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feature_store import ImageTable
from core.types import ImageRecord

NAME = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("/.0ä𝄞"), min_size=1)
HEXADECIMAL = st.text("0123456789abcdef", min_size=2, max_size=2)
RECORD = st.builds(
    ImageRecord,
    path=NAME,
    size=st.integers(0, 2**62),
    mtime_ns=st.integers(-(2**62), 2**62),
    id=HEXADECIMAL,
    width=st.integers(1, 2**31 - 1),
    height=st.integers(1, 2**31 - 1),
    taken_at=st.none() | st.sampled_from(["2020-05-04T03:02:01", "99999-01-01T00:00:00", "soon"]),
    checksum=HEXADECIMAL,
)


@st.composite
def galleries(draw: st.DrawFn) -> list[ImageRecord]:
    records = draw(st.lists(RECORD, max_size=20, unique_by=lambda record: record.path))
    return sorted(records, key=lambda record: record.path)


def saved(table: ImageTable) -> ImageTable:
    file = io.BytesIO()
    table.save(file)
    file.seek(0)
    return ImageTable.load(file)


def folders_in(records: list[ImageRecord], folder: str) -> dict[str, int]:
    """The same for one record after the other."""
    parent = f"{folder}/" if folder else ""
    below = [one.path.removeprefix(parent) for one in records if one.path.startswith(parent)]
    return dict(Counter(parent + path.partition("/")[0] for path in below if "/" in path))


@given(galleries(), NAME, HEXADECIMAL)
def test_a_table_is_the_list_of_its_records(
    records: list[ImageRecord], path: str, image_id: str
) -> None:
    for table in (ImageTable.of(records), saved(ImageTable.of(records))):
        assert len(table) == len(records)
        assert list(table) == records
        assert [table[row] for row in range(len(records))] == records
        assert table[1:7:2] == tuple(records[1:7:2])
        assert table == tuple(records)
        assert list(table.paths) == [record.path for record in records]
        with pytest.raises(IndexError):
            table[len(records)]
        known = {record.path: row for row, record in enumerate(records)}
        for wanted in (*known, path):
            assert table.row_of_path(wanted) == known.get(wanted)
            same = [row for row, one in enumerate(records) if one.path.startswith(f"{wanted}/")]
            assert list(table.rows_below(wanted)) == same or wanted != wanted.strip("/")
        for folder in ("", *{record.path.rpartition("/")[0] for record in records}):
            assert table.folders_in(folder) == folders_in(records, folder)
        for wanted in {*(record.id for record in records), image_id, "0" * 99, "ä", ""}:
            same = [row for row, record in enumerate(records) if record.id == wanted]
            assert table.rows_of_ids([wanted]).tolist() == same
            assert table.row_of_id(wanted) == (same[0] if same else None)
        several = {*(record.id for record in records[::2]), image_id, "ä"}
        same = [row for row, record in enumerate(records) if record.id in several]
        assert table.rows_of_ids(several).tolist() == same
        assert table.rows_of_ids([]).tolist() == []
        day = date(2020, 5, 4).toordinal()
        known_days = [day * (record.taken_at or "").startswith("2020") for record in records]
        assert table.days.tolist() == known_days


def test_records_that_are_not_in_order_are_no_table() -> None:
    one, two = (ImageRecord(path, 1, 1, "a", 1, 1, None) for path in "ab")
    with pytest.raises(ValueError, match="not in the order of their paths"):
        ImageTable.of([two, one])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY"])
def test_another_file_is_no_table(content: bytes) -> None:
    with pytest.raises(Exception):  # noqa: B017 - whatever NumPy raises, the index reports
        ImageTable.load(io.BytesIO(content))
