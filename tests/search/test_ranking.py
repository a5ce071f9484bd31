"""Ranking by neighbourhood against a slow reference written from its formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feature_store.neighbours import find_neighbours
from core.model import l2_normalise
from core.search import rank_by_neighbourhood, ranking
from core.types import Array


def unit(vector: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vector)
    return vector / length if length else vector


def with_nearest(vector: np.ndarray, matrix: np.ndarray, allowed: list[int]) -> np.ndarray:
    """A vector plus its ten nearest rows, each times its cosine to the third, of length 1."""
    nearest = sorted(allowed, key=lambda row: -float(matrix[row] @ vector))[:10]
    return unit(vector + sum((max(float(matrix[n] @ vector), 0) ** 3) * matrix[n] for n in nearest))


def slow_scores(matrix: Array, query: Array, without: set[int]) -> np.ndarray:
    rows = matrix.astype(float)
    everything = range(len(rows))
    augmented = []
    for row in everything:
        others = [other for other in everything if other != row]
        nearest = sorted(others, key=lambda other: -float(rows[other] @ rows[row]))[:10]
        counted = [other for other in nearest if other not in without]
        augmented.append(with_nearest(rows[row], rows, counted))
    allowed = [row for row in everything if row not in without]
    asked = with_nearest(query.astype(float), np.array(augmented), allowed)
    return np.array([asked @ one for one in augmented])


@st.composite
def searches(draw: st.DrawFn) -> tuple[Array, Array]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, queries = draw(st.integers(2, 45)), draw(st.integers(1, 3))
    centres = rng.normal(size=(draw(st.integers(1, 4)), 12))
    matrix = centres[rng.integers(len(centres), size=count)] + rng.normal(size=(count, 12))
    asked = centres[rng.integers(len(centres), size=queries)] + rng.normal(size=(queries, 12))
    return l2_normalise(matrix.astype(np.float32)), l2_normalise(asked.astype(np.float32))


@given(searches(), st.sampled_from(["all", "any"]), st.integers(1, 50), st.data())
@pytest.mark.parametrize("large", [False, True])
def test_the_order_is_that_of_the_formulas(
    large: bool, search: tuple[Array, Array], combine: str, k: int, data: st.DataObject
) -> None:
    matrix, queries = search
    rows = range(len(matrix))
    among = sorted(data.draw(st.sets(st.sampled_from(rows))))
    without = data.draw(st.sets(st.sampled_from(rows), max_size=3))
    limit = data.draw(st.sampled_from([np.inf, 0.7, 1.2]))
    together = min if combine == "all" else max
    farthest = max if combine == "all" else min
    slow = [slow_scores(matrix, query, without) for query in queries]
    scores = {row: together(one[row] for one in slow) for row in among}
    distances = {
        row: farthest(float(np.linalg.norm(matrix[row] - query)) for query in queries)
        for row in among
    }
    expected = [row for row in among if row not in without and distances[row] <= limit]
    expected.sort(key=lambda row: -scores[row])
    with pytest.MonkeyPatch.context() as patch:
        if large:
            # Ranked by the rows that are needed alone, as in a large gallery.
            patch.setattr(ranking, "SMALL", 0)
        found_distances, found = rank_by_neighbourhood(
            matrix,
            find_neighbours(matrix),
            queries,
            k,
            combine=combine,
            among=np.array(among, np.int64),
            without=np.array(sorted(without), np.int64),
            farthest=limit,
        )
    assert sorted(found) == sorted(set(found))
    assert len(found) == min(k, len(expected))
    # Scores that are equal but for rounding may come in either order.
    np.testing.assert_allclose(
        [scores[row] for row in found], [scores[row] for row in expected[:k]], atol=1e-5
    )
    np.testing.assert_allclose(found_distances, [distances[row] for row in found], atol=1e-5)


@given(searches())
def test_a_picture_of_the_gallery_finds_itself_first(search: tuple[Array, Array]) -> None:
    matrix, _ = search
    neighbours = find_neighbours(matrix)
    for row in range(len(matrix)):
        distances, found = rank_by_neighbourhood(matrix, neighbours, matrix[row : row + 1], 3)
        assert distances[0] < 1e-3
        np.testing.assert_allclose(matrix[found[0]], matrix[row], atol=1e-3)


def test_a_large_gallery_ranks_the_nearest_anew_as_the_whole_order_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    matrix = l2_normalise(rng.normal(size=(300, 12)).astype(np.float32))
    query = l2_normalise(rng.normal(size=(1, 12)).astype(np.float32))
    neighbours = find_neighbours(matrix)
    monkeypatch.setattr(ranking, "MOST_RANKED", 50)
    _, whole = rank_by_neighbourhood(matrix, neighbours, query, 300)
    monkeypatch.setattr(ranking, "SMALL", 100)
    _, found = rank_by_neighbourhood(matrix, neighbours, query, 300)
    nearest = set(np.argsort(np.linalg.norm(matrix - query, axis=1))[:50].tolist())
    assert found.tolist() == [row for row in whole if row in nearest]
