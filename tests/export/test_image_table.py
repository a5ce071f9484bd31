"""The table and the projector's files, whatever the names are."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.explore import GalleryMap, Group
from core.export import image_table
from core.export.image_table import write_images
from core.export.projector import (
    sprite_columns,
    tile_side,
    write_config,
    write_metadata,
    write_sprite,
    write_vectors,
)
from core.feature_store import ImageTable, IndexSnapshot, Neighbours, find_neighbours
from core.model import Fit, FitChoice
from core.types import ImageRecord
from tests.fakes import FAKE_SPACE

# Nothing that no file name or no stored path can hold, but all that separates lines and columns.
PATHS = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
    | st.sampled_from(["a\nb", "a\tb\\t", "\r\n", '"', "=1", "a\u2028b", "\\n"]),
    min_size=1,
    max_size=5,
    unique=True,
)
NAMES = st.text(st.characters()) | st.sampled_from(["\ud800", "a\n\udcffb\t"])
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
DATES = st.sampled_from([None, "2021-05-04T03:02:01", "0000-00-00T00:00:00", "2021-02-30T00:00:00"])


def snapshot_of(paths: list[str], taken_at: str | None = None) -> IndexSnapshot:
    records = [
        ImageRecord(path, 1 << 40, 0, f"{number:032x}", 7, 5, taken_at)
        for number, path in enumerate(sorted(paths))
    ]
    rows = np.random.default_rng(0).normal(size=(len(paths), 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return IndexSnapshot(
        Path("/library"),
        FAKE_SPACE,
        generation=1,
        published_at="",
        images=ImageTable.of(records),
        rows=rows,
        fit=Fit(FitChoice("none"), np.zeros(16, np.float32)),
        neighbours=find_neighbours(rows),
    )


def map_of(snapshot: IndexSnapshot, name: str) -> GalleryMap:
    """A map with its first image in a group and the others in none."""
    count = len(snapshot.images)
    group_of = np.full(count, -1, np.int32)
    group_of[0] = 0
    positions = np.random.default_rng(1).random((count, 2), np.float32)
    groups = (Group(0, name, 1, snapshot.images[0].id),)
    return GalleryMap(positions, group_of, groups, np.ones(count, bool))


def utf8(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


@given(PATHS, NAMES, DATES)
def test_every_name_comes_back(paths: list[str], name: str, taken_at: str | None) -> None:
    snapshot = snapshot_of(paths, taken_at)
    found, kinds = map_of(snapshot, name), [name, *[None] * (len(paths) - 1)]
    file = io.BytesIO()
    write_images(file, snapshot, found, kinds)
    images = pd.read_parquet(file)
    assert images.path.tolist() == sorted(paths)
    assert images.bytes.tolist() == [1 << 40] * len(paths)
    assert (images.group[0], images.kind[0]) == (utf8(name), utf8(name))
    assert images.group[1:].isna().all() and images.kind[1:].isna().all()
    assert np.array_equal(images[["x", "y"]].to_numpy(), found.positions)
    dated = taken_at == "2021-05-04T03:02:01"
    assert images.taken_at.notna().tolist() == [dated] * len(paths)


@given(PATHS, NAMES)
def test_every_name_is_on_its_line_of_the_projector(paths: list[str], name: str) -> None:
    snapshot, file = snapshot_of(paths), io.BytesIO()
    kinds = [name, *[None] * (len(paths) - 1)]
    write_metadata(file, snapshot, map_of(snapshot, name), kinds)
    lines = [line.split("\t") for line in file.getvalue().decode().split("\n")]
    assert lines[0] == ["path", "folder", "kind", "group"]
    assert lines.pop() == [""]
    assert [line[0].count("\r") for line in lines] == [0] * len(lines)
    back = [[unescaped(value) for value in line] for line in lines[1:]]
    assert [line[0] for line in back] == sorted(paths)
    assert [line[2:] for line in back] == [[utf8(name)] * 2, *[["", ""]] * (len(paths) - 1)]


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda escape: ESCAPES[escape[1]], text)


def test_the_table_goes_on_in_row_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_table, "ROWS_A_GROUP", 3)
    snapshot, file = snapshot_of([f"{number:02}" for number in range(11)]), io.BytesIO()
    write_images(file, snapshot, None, [None] * 11)
    images = pd.read_parquet(file)
    assert images.path.tolist() == list(snapshot.images.paths)
    assert [len(one["ids"]) for one in images.neighbours] == [10] * 11


def test_neighbours_that_were_not_found_are_left_out() -> None:
    snapshot, file = snapshot_of(["a", "b", "c"]), io.BytesIO()
    rows = np.array([[1, 0], [2, 0], [0, 1]], np.int32)
    products = np.array([[0.5, 0], [0, 0], [1, 0.5]], np.float32)
    neighbours = Neighbours(rows, products, np.ones(3, np.float32))
    write_images(file, replace(snapshot, neighbours=neighbours), None, [None] * 3)
    listed = pd.read_parquet(file).neighbours.tolist()
    assert [one["ids"].tolist() for one in listed] == [[1], [2], [0, 1]]


def test_vectors_are_the_rows() -> None:
    rows, file = snapshot_of(["a", "b"]).matrix, io.BytesIO()
    write_vectors(file, rows)
    file.seek(0)
    assert np.allclose(np.loadtxt(file, delimiter="\t"), rows, atol=1e-7)


def test_each_picture_is_in_its_tile() -> None:
    colours = [(250, 10, 10), (10, 250, 10), (10, 10, 250), None, (250, 250, 10)]
    pictures = [
        colour and Image.new("RGB", (90, 30 + 20 * number), colour)
        for number, colour in enumerate(colours)
    ]
    file = io.BytesIO()
    write_sprite(file, [str(n) for n in range(5)], lambda one: pictures[int(one)])
    sprite = Image.open(file)
    assert (sprite.format, sprite.size) == ("JPEG", (192, 192))
    for place, colour in enumerate([*colours, None]):
        middle = (place % 3 * 64 + 32, place // 3 * 64 + 32)
        assert np.allclose(sprite.getpixel(middle), colour or (128, 128, 128), atol=8)


@given(st.integers(0, 10_000_000))
def test_a_sprite_has_room_for_each_picture_and_browsers_draw_it(count: int) -> None:
    columns, side = sprite_columns(count), tile_side(count)
    assert columns**2 >= max(count, 1) and (columns - 1) ** 2 <= count
    assert 1 <= side <= 64 and columns * side <= 8192


def test_the_configuration_is_a_message_of_the_projector() -> None:
    file = io.BytesIO()
    write_config(file, 9)
    config = projector_config()()
    text_format.Parse(file.getvalue().decode(), config)
    (embedding,) = config.embeddings
    assert (embedding.tensor_path, embedding.metadata_path) == ("vectors.tsv", "metadata.tsv")
    assert (embedding.sprite.image_path, list(embedding.sprite.single_image_dim)) == (
        "sprite.jpg",
        [64, 64],
    )


def projector_config() -> Any:
    """The class of TensorBoard's ``projector_config.proto``, as far as an export needs it."""
    file = descriptor_pb2.FileDescriptorProto(name="projector.proto", package="t", syntax="proto3")
    field = descriptor_pb2.FieldDescriptorProto
    fields: dict[str, list[tuple[str, int, int, str]]] = {
        "Sprite": [
            ("image_path", field.TYPE_STRING, field.LABEL_OPTIONAL, ""),
            ("single_image_dim", field.TYPE_UINT32, field.LABEL_REPEATED, ""),
        ],
        "Embedding": [
            *(
                (name, field.TYPE_STRING, field.LABEL_OPTIONAL, "")
                for name in ("tensor_name", "metadata_path", "tensor_path")
            ),
            ("sprite", field.TYPE_MESSAGE, field.LABEL_OPTIONAL, ".t.Sprite"),
        ],
        "Config": [("embeddings", field.TYPE_MESSAGE, field.LABEL_REPEATED, ".t.Embedding")],
    }
    for message, entries in fields.items():
        added = file.message_type.add(name=message)
        for number, (name, kind, label, type_name) in enumerate(entries, 1):
            added.field.add(
                name=name, number=number, type=kind, label=label, type_name=type_name or None
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Config"))
