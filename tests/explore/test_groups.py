"""Groups are where a map is dense."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from core.explore import groups
from core.explore.groups import find_groups


def test_two_clouds_are_two_groups_the_larger_first() -> None:
    rng = np.random.default_rng(0)
    clouds = [rng.normal(centre, 0.01, size=(count, 2)) for centre, count in ((0.1, 20), (0.3, 50))]
    alone = [[0.9, 0.9]]
    found = find_groups(np.concatenate([*clouds, alone]).astype(np.float32))
    assert found.dtype == np.int32
    assert set(found[:20].tolist()) == {1}
    assert set(found[20:70].tolist()) == {0}
    assert found[70] == -1


@pytest.mark.parametrize("digits", [9, 2], ids=["apart", "many at the same place"])
def test_the_few_distances_have_the_spanning_tree_of_all_pairs(digits: int) -> None:
    rng = np.random.default_rng(1)
    centres = rng.uniform(size=(20, 2))
    points = (centres[rng.integers(0, 20, 500)] + rng.normal(0, 0.02, (500, 2))).round(digits)
    every = np.maximum(np.linalg.norm(points[:, None] - points, axis=2), groups.LEAST_DISTANCE)
    np.fill_diagonal(every, 0)
    few = groups.distances(points).toarray()
    assert (few > 0).sum() < 15 * len(points)
    assert np.array_equal(few, np.where(few > 0, every, 0))
    assert spanning_tree(few) == pytest.approx(spanning_tree(every))


def spanning_tree(distances: NDArray[np.float64]) -> list[float]:
    """Lengths of the minimum spanning tree of mutual reachability distances; 0 is no distance."""
    known = np.where(distances > 0, distances, np.inf)
    core = np.sort(known, axis=1)[:, groups.SAMPLES - 1]
    reachable = np.maximum(known, np.maximum(core[:, None], core))
    # Of a dense matrix SciPy takes the smallest distances for none.
    tree = minimum_spanning_tree(csr_array(np.where(np.isinf(reachable), 0, reachable)))
    return sorted(tree.data.tolist())


def test_pictures_at_the_same_place_and_on_a_line_are_together() -> None:
    places = np.array([[0.1, 0.5], [0.4, 0.5], [0.9, 0.5]])
    found = find_groups(np.repeat(places, [10, 20, 30], axis=0).astype(np.float32))
    assert found.tolist() == [2] * 10 + [1] * 20 + [0] * 30


@pytest.mark.parametrize("count", [0, 1, 9, 10, 30])
def test_a_few_or_equal_positions_do_no_harm(count: int) -> None:
    found = find_groups(np.full((count, 2), 0.5, np.float32))
    assert found.shape == (count,)
