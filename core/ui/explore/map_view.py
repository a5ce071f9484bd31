"""The map on the Explore page: its colours, the query on it, what is chosen."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ...errors import LookalikeError
from ...explore import GalleryMap, place_query
from ...feature_store import IndexSnapshot
from ...types import Array
from .. import state
from ..question import Query, last_queries
from ..resources import engine, index_key, search_queue
from .chosen import chosen_pictures
from .colouring import (
    CLOSENESS,
    DATE,
    FOLDER,
    GROUP,
    Colouring,
    by_closeness,
    by_date,
    by_folder,
    by_group,
)
from .map import map_component
from .search_page import ask_on_search_page

_LABELS = {FOLDER: "Folder", DATE: "Date", GROUP: "Group", CLOSENESS: "Closeness to your picture"}


def map_view(snapshot: IndexSnapshot, found: GalleryMap) -> None:
    """Show the map, and below it the pictures that are chosen on it."""
    products = _products(snapshot, last_queries())
    colouring = _colouring(snapshot, found, products)
    query = None if products is None else place_query(found, products)
    map_component(snapshot, found, colouring, query, on_more=ask_on_search_page)
    st.caption(
        "Points that are close are alike. Distances between groups, and their sizes, mean little."
    )
    chosen_pictures(snapshot)


def _colouring(snapshot: IndexSnapshot, found: GalleryMap, products: Array | None) -> Colouring:
    choices = [GROUP, FOLDER]
    if snapshot.images.days.any():
        choices.append(DATE)
    if products is not None:
        choices.append(CLOSENESS)
    by = st.segmented_control(
        "Colours by",
        choices,
        default=GROUP,
        required=True,
        format_func=_LABELS.__getitem__,
        key=f"map_colours_{len(choices)}",
    )
    if by == FOLDER:
        return by_folder(snapshot.images)
    if by == DATE:
        return by_date(snapshot.images)
    if by == CLOSENESS and products is not None:
        return by_closeness(products)
    return by_group(found)


def _products(snapshot: IndexSnapshot, queries: Sequence[Query]) -> Array | None:
    """Inner products ``(n,)`` of the rows with the mean of the queries; ``None`` without any.

    The same holds where the pictures cannot be described now: the map shows without them.
    """
    if not queries:
        return None

    def products() -> Array:
        with search_queue().place():
            features = engine().describe(snapshot, [query.asked for query in queries])
        mean = features.mean(axis=0)
        return np.asarray(np.asarray(snapshot.matrix) @ (mean / max(np.linalg.norm(mean), 1e-12)))

    asked = ([query.id for query in queries], index_key(snapshot))
    try:
        return state.once(state.MAP_QUERY, asked, products)
    except LookalikeError:
        return None
