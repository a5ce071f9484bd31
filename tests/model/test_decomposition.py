"""What the positions of a map add to a descriptor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.errors import ConfigurationError
from core.model import DESCRIPTORS, WITH_POSITIONS, check_positions, positions_of
from core.types import Array

MAPS = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=4, max_dims=4, max_side=6),
    elements=st.one_of(st.just(0.0), st.floats(0.0009765625, 1e3, width=32)),
)


@pytest.mark.parametrize("name", WITH_POSITIONS)
@given(MAPS)
def test_the_parts_of_all_positions_are_the_descriptor(name: str, maps: Array) -> None:
    parts = positions_of(name, maps)
    assert parts.shape == maps.shape
    assert parts.dtype == np.float32
    assert np.allclose(parts.sum(axis=(1, 2)), DESCRIPTORS[name].describe(maps), atol=1e-5)
    # Where nothing is, nothing comes from.
    assert not parts[maps == 0].any()


def test_each_descriptor_of_maps_has_positions_and_no_other() -> None:
    of_maps = {name for name, one in DESCRIPTORS.items() if one.layer and not one.needs_top}
    assert set(WITH_POSITIONS) == of_maps
    for name in DESCRIPTORS.keys() - of_maps:
        with pytest.raises(ConfigurationError, match=rf"Received: {name}, which does not keep"):
            check_positions(name)


def test_a_maximum_comes_from_where_it_is() -> None:
    maps = np.zeros((1, 3, 3, 2), np.float32)
    maps[0, 0, 1] = (3, 0)
    maps[0, 2, 2] = (1, 4)
    parts = positions_of("max", maps)
    assert np.allclose(parts[0, 0, 1], (0.6, 0))
    assert np.allclose(parts[0, 2, 2], (0, 0.8))
    assert np.count_nonzero(parts) == 2
