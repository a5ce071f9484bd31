"""The nearest images of the gallery to the picture, as it is or changed."""

from dataclasses import dataclass

import streamlit as st
from PIL import Image

from ...activations import Activations, Change
from ...feature_store import IndexSnapshot
from ...images import ENOUGH_SIDE
from ...search import SearchOptions
from ...types import DISTANCE, Array, SearchResult
from .. import state
from ..question import Query
from ..resources import engine, index_key, search_queue

SHOWN = 8


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest images to a picture.

    Attributes:
        image: The picture, RGB.
        feature: Its fitted feature, ``(d,)`` float32.
        result: One match more than ``SHOWN``, because the picture may be of the gallery.
    """

    image: Image.Image
    feature: Array
    result: SearchResult


def nearest(query: Query, found: Activations, change: Change, snapshot: IndexSnapshot) -> Nearest:
    """The nearest images to a changed picture; asked for once, while the change is the same."""
    asked = (query.id, index_key(snapshot))
    known: dict[tuple[object, ...], Nearest] = st.session_state.get(state.NEAREST, {})
    kept = {key: one for key, one in known.items() if key in ((*asked, Change()), (*asked, change))}
    key = (*asked, change)
    if key not in kept:
        image = _changed(query.visible, change)
        with search_queue().place():
            options = SearchOptions(k=SHOWN + 1, ranking=DISTANCE)
            result = engine().search(image, options, snapshot=snapshot)
            if change == Change() and found.descriptor == snapshot.space.descriptor:
                # The network has seen it already.
                features = snapshot.fit.apply(found.feature[None])
            else:
                features = engine().describe(snapshot, [image])
        kept[key] = Nearest(image, features[0], result)
    st.session_state[state.NEAREST] = kept
    return kept[key]


def _changed(image: Image.Image, change: Change) -> Image.Image:
    if change == Change():
        return image
    # A large picture would take longer to change than to search with.
    return change.apply(image.reduce(max(min(image.size) // ENOUGH_SIDE, 1)))
