"""Where a query stands on a map."""

from __future__ import annotations

import numpy as np
import pytest

from core.explore import GalleryMap, place_query


def test_a_query_is_among_its_nearest_and_not_between_two_parts_of_the_map() -> None:
    positions = np.full((40, 2), 0.1, np.float32)
    positions[30:] = 0.9
    positions[30:37] += np.linspace(0, 0.01, 7, dtype=np.float32)[:, None]
    products = np.linspace(0, 0.1, 40, dtype=np.float32)
    products[30:37], products[:3] = 0.8, 0.8
    found = GalleryMap(positions, np.full(40, -1, np.int32), (), np.ones(40, bool))
    x, y = place_query(found, products)
    assert 0.9 <= x <= 0.91
    assert 0.9 <= y <= 0.91


def test_a_picture_of_the_gallery_is_where_it_is() -> None:
    positions = np.random.default_rng(0).random((50, 2)).astype(np.float32)
    products = np.full(50, 0.9, np.float32)
    products[17] = 1
    found = GalleryMap(positions, np.full(50, -1, np.int32), (), np.ones(50, bool))
    assert place_query(found, products) == pytest.approx(tuple(positions[17]))
