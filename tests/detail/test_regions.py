"""Regions of maps against loops, and their compression."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.detail.compression import Compression, learn_compression
from core.detail.localisation import locate
from core.detail.regions import all_regions, coarse_regions, fine_regions, pool_regions
from core.model import l2_normalise
from core.types import Array

SIDES = st.integers(1, 15)


def rows(count: int, channels: int = 24, seed: int = 0) -> Array:
    """Unit rows near a plane, as descriptors of pictures are."""
    rng = np.random.default_rng(seed)
    spread = rng.normal(size=(channels, channels)) / np.arange(1, channels + 1)[:, None]
    return l2_normalise((rng.normal(size=(count, channels)) @ spread + 1).astype(np.float32))


@given(SIDES, SIDES)
def test_regions_are_squares_within_the_maps_and_cover_them(height: int, width: int) -> None:
    boxes = all_regions(height, width)
    coarse, fine = coarse_regions(height, width), fine_regions(height, width)
    assert boxes.tolist() == [*coarse.tolist(), *fine.tolist()]
    covered = np.zeros((height, width), bool)
    for top, left, bottom, right in boxes.tolist():
        assert 0 <= top < bottom <= height
        assert 0 <= left < right <= width
        covered[top:bottom, left:right] = True
    assert covered[: min(height, 14), : min(width, 14)].all()


def test_a_square_picture_has_50_large_and_144_small_regions() -> None:
    assert (len(coarse_regions(14, 14)), len(fine_regions(14, 14))) == (50, 144)


@given(SIDES, SIDES, st.integers(0, 9))
def test_a_region_is_the_maximum_of_each_channel(height: int, width: int, seed: int) -> None:
    maps = np.random.default_rng(seed).random((height, width, 5), np.float32)
    boxes = all_regions(height, width)
    pooled = pool_regions(maps, boxes)
    for row, (top, left, bottom, right) in zip(pooled, boxes.tolist(), strict=True):
        expected = maps[top:bottom, left:right].max(axis=(0, 1))
        assert row == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


@given(
    arrays(
        np.float32, st.tuples(st.integers(1, 40), st.just(6)), elements=st.floats(0, 1, width=32)
    )
)
def test_any_descriptors_can_be_compressed(descriptors: Array) -> None:
    compression = learn_compression(l2_normalise(descriptors), 4)
    reduced = compression.reduce(l2_normalise(descriptors))
    decoded = compression.decode(compression.encode(l2_normalise(descriptors)))
    assert reduced.shape == decoded.shape == (len(descriptors), 4)
    assert np.isfinite(decoded).all()


def test_what_codes_stand_for_is_near_what_was_encoded() -> None:
    compression, others = learn_compression(rows(2000), 12), rows(500, seed=1)
    decoded = compression.decode(compression.encode(others))
    cosines = (decoded * compression.reduce(others)).sum(axis=1)
    assert np.quantile(cosines, 0.01) > 0.98


def test_products_are_those_of_the_decoded_rows() -> None:
    compression, queries = learn_compression(rows(2000), 12), rows(3, seed=2)
    codes = compression.encode(rows(100, seed=1))
    lengths = np.linalg.norm(compression.products(codes, np.eye(12, dtype=np.float32)), axis=1)
    reduced = compression.reduce(queries)
    expected = compression.decode(codes) @ reduced.T * lengths[:, None]
    assert compression.products(codes, reduced) == pytest.approx(expected, abs=1e-5)
    assert lengths == pytest.approx(1, abs=0.1)


def test_a_compression_is_read_as_it_was_saved() -> None:
    compression, file = learn_compression(rows(200), 12), io.BytesIO()
    compression.save(file)
    file.seek(0)
    read = Compression.load(file)
    assert read.digest == compression.digest
    assert (read.encode(rows(9)) == compression.encode(rows(9))).all()


def test_another_archive_is_no_compression() -> None:
    file = io.BytesIO()
    np.savez(file, mean=np.zeros(3), basis=np.zeros((2, 2)), step=np.float64(1))
    file.seek(0)
    with pytest.raises(ValueError, match="compression"):
        Compression.load(file)


def test_a_box_lies_where_the_regions_match_and_is_as_large_as_the_query() -> None:
    boxes = fine_regions(14, 14)
    products = np.full((len(boxes), 2), 0.1, np.float32)
    middle = [box == [4, 8, 7, 11] for box in boxes.tolist()].index(True)
    products[middle] = (0.5, 0.9)
    left, top, right, bottom = locate(products, boxes, np.array([[96, 64], [128, 64]]))
    assert ((left + right) / 2 * 14, (top + bottom) / 2 * 14) == pytest.approx((9.5, 5.5), abs=0.01)
    assert ((right - left) * 448, (bottom - top) * 448) == pytest.approx((128, 64), abs=0.01)


def test_of_two_places_where_the_regions_match_the_box_lies_at_the_better_one() -> None:
    boxes = fine_regions(14, 14)
    products = np.full((len(boxes), 1), 0.1, np.float32)
    products[boxes.tolist().index([0, 0, 3, 3])] = 0.9
    products[boxes.tolist().index([10, 10, 13, 13])] = 0.89
    left, top, right, bottom = locate(products, boxes, np.array([[64, 64]]))
    centre = ((left + right) / 2 * 14, (top + bottom) / 2 * 14)
    assert centre == pytest.approx((1.5, 1.5), abs=0.01)
