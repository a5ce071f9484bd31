"""The nearest images of the gallery to the picture, as it is or changed."""

from dataclasses import dataclass

import streamlit as st
from PIL import Image

from ...activations import Activations, Change
from ...feature_store import IndexSnapshot
from ...images import ENOUGH_SIDE, QueryPicture
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
        picture = _picture(query, change)
        stored = picture.content_id and snapshot.with_id(picture.content_id)
        with search_queue().place():
            options = SearchOptions(k=SHOWN + 1, ranking=DISTANCE)
            result = engine().search(picture, options, snapshot=snapshot)
            same = change == Change() and found.descriptor == snapshot.space.descriptor
            if same and not stored:
                # The network has seen it already.
                features = snapshot.fit.apply(found.feature[None])
            else:
                features = engine().describe(snapshot, [picture])
        kept[key] = Nearest(picture.pixels, features[0], result)
    st.session_state[state.NEAREST] = kept
    return kept[key]


def _picture(query: Query, change: Change) -> QueryPicture:
    image = query.visible
    if change == Change():
        # A thumbnail is not the picture of the gallery.
        return QueryPicture(image) if query.unseen else query.asked
    # A large picture would take longer to change than to search with.
    return QueryPicture(change.apply(image.reduce(max(min(image.size) // ENOUGH_SIDE, 1))))
