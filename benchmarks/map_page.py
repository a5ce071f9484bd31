"""The map of as many drawn pictures as the address says, in round groups."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st

from core.explore import GalleryMap, Group
from core.feature_store import ImageTable, IndexSnapshot
from core.model import NONE, Fit, FitChoice
from core.types import UNTRAINED, FeatureSpace, ImageRecord
from core.ui.explore.colouring import by_group
from core.ui.explore.map import map_component

GROUPS = 80


@lru_cache(1)
def drawn(count: int) -> tuple[IndexSnapshot, GalleryMap]:
    """An index of pictures that are nowhere, and a map of them."""
    draw = np.random.default_rng(0)
    group_of = np.sort(draw.integers(0, GROUPS, count)).astype(np.int32)
    centres = draw.uniform(0.1, 0.9, (GROUPS, 2))
    positions = centres[group_of] + draw.normal(0, 0.02, (count, 2))
    images = ImageTable.of(
        ImageRecord(f"folder/{number:07}.jpg", 1, 1, f"{number:032x}", 4, 3, None)
        for number in range(count)
    )
    space = FeatureSpace("pixels", UNTRAINED, "0" * 64, "avg", 2)
    matrix, fit = positions.astype(np.float32), Fit(FitChoice(NONE), np.zeros(2, np.float32))
    snapshot = IndexSnapshot(Path("nowhere"), space, 1, "", images, matrix, fit)
    sizes = np.bincount(group_of, minlength=GROUPS)
    groups = tuple(Group(one, f"group {one}", int(size), "") for one, size in enumerate(sizes))
    return snapshot, GalleryMap(matrix, group_of, groups, np.ones(count, bool))


snapshot, found = drawn(int(st.query_params["count"]))
map_component(snapshot, found, by_group(found), None, on_more=lambda _: None)
