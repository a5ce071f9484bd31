"""Groups are where a map is dense."""

from __future__ import annotations

import numpy as np
import pytest

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


@pytest.mark.parametrize("count", [0, 1, 9, 10, 30])
def test_a_few_or_equal_positions_do_no_harm(count: int) -> None:
    found = find_groups(np.full((count, 2), 0.5, np.float32))
    assert found.shape == (count,)
