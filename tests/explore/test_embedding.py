"""Close features are close on the map, which is the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import Cancelled
from core.explore.embedding import embed, principal_components
from core.types import Array, Progress
from tests.explore.indexes import WIDTH, blobs


def quiet(_: Progress) -> None:
    """No progress is shown."""


def test_two_kinds_are_apart() -> None:
    positions = embed(blobs([60, 40]), quiet)
    one, other = positions[:60], positions[60:]
    between = np.linalg.norm(one[:, None] - other[None], axis=2).min()
    for kind in (one, other):
        steps = np.linalg.norm(kind[:, None] - kind[None], axis=2)
        np.fill_diagonal(steps, np.inf)
        assert steps.min(axis=1).max() < between


def test_the_same_rows_have_the_same_positions() -> None:
    features = blobs([30, 30])
    np.testing.assert_array_equal(embed(features, quiet), embed(features.copy(), quiet))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 29, 30, 31])
@pytest.mark.parametrize("same", [True, False])
def test_a_few_pictures_have_a_map(count: int, same: bool) -> None:
    features = np.repeat(blobs([1]), count, axis=0) if same else blobs([count])
    positions = embed(features, quiet)
    assert positions.shape == (count, 2)
    assert positions.dtype == np.float32
    assert ((positions >= 0) & (positions <= 1)).all()
    if count > 1 and not same:
        assert np.isclose(np.ptp(positions, axis=0).max(), 1)
        assert len(np.unique(positions, axis=0)) == count


def test_many_copies_of_a_picture_do_no_harm() -> None:
    features = np.concatenate([np.repeat(blobs([1]), 120, axis=0), blobs([30, 30], seed=1)])
    positions = embed(features, quiet)
    copies, others = positions[:120], positions[120:]
    assert np.isfinite(positions).all()
    assert np.ptp(copies, axis=0).max() < np.ptp(others, axis=0).max()


def test_the_longer_side_has_length_1_and_the_aspect_is_kept() -> None:
    features = np.zeros((3, WIDTH), np.float32)
    features[:, 0], features[1, 1] = (0, 4, 8), 2
    positions = embed(features, quiet)
    np.testing.assert_allclose(np.ptp(positions, axis=0), [1, 0.25], atol=1e-6)
    np.testing.assert_allclose(positions[[0, 2], 1], 0.375, atol=1e-6)


def test_components_keep_distances_where_none_is_left_out() -> None:
    features = blobs([20, 20])
    points = principal_components(features, 50)

    def squares(rows: Array) -> Array:
        return np.square(rows[:, None] - rows[None]).sum(axis=2)

    np.testing.assert_allclose(squares(points), squares(features), atol=1e-5)
    assert (np.diff(points.var(axis=0)) <= 1e-9).all()
    np.testing.assert_allclose(principal_components(features, 3), points[:, :3])


def test_progress_rises_to_the_end_and_can_cancel() -> None:
    steps: list[Progress] = []
    embed(blobs([30, 30]), steps.append)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert (done[0], done[-1], steps[-1].total, steps[-1].stage) == (0, 60, 60, "mapping")

    def stop(step: Progress) -> None:
        if step.done > 30:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        embed(blobs([30, 30]), stop)
