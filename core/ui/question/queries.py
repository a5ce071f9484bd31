"""The pictures that the address searches with: uploads, and images of the gallery.

``/?image=<id>`` names an image of the gallery, and may occur several times. Pictures that are
uploaded together have a name, ``file``, ``file2`` and so on, so that Back leads to earlier uploads;
an address without ``image=`` means ``file``. The crop of a single picture stands there as well.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ...access import NOT_SHARED
from ...errors import ImageError
from ...feature_store import IndexSnapshot
from ...images import Framing, box_of
from .. import state
from ..sharing import is_owner, page_cookies, seen_by_reader, sees_full_pictures
from .address import MOST_QUERIES
from .navigation import change_address, come_back, go_to, present_address
from .query import Query, query_of_gallery
from .question import Question, question_of
from .uploads import is_upload, replace_uploads, upload_panel, uploaded


def ask(snapshot: IndexSnapshot | None, bar: DeltaGenerator) -> Question | None:
    """Show the uploader in a bar, and return the question of the address to a gallery, if any.

    ``None`` without a picture.
    """
    address = come_back()
    with bar:
        upload_panel()
    queries = _queries(snapshot, address.images)
    if len(queries) == 1:
        (whole,), framing = queries, address.framing
        same = (last for last in last_queries() if last.picture is whole.picture)
        # What the last run showed has its crop already.
        framed = next((last for last in same if last.framing == framing), None)
        queries = (framed or dataclasses.replace(whole, framing=framing),)
    st.session_state[state.QUERIES] = queries
    if not queries or snapshot is None:
        return Question(queries) if queries else None
    return question_of(address, queries, snapshot)


def last_queries() -> tuple[Query, ...]:
    """The pictures that the search page asked with when it was last shown; it may be none."""
    queries: tuple[Query, ...] = st.session_state.get(state.QUERIES, ())
    return queries


def ask_for_one(snapshot: IndexSnapshot | None) -> Query | None:
    """Show the uploader of a page that looks at one picture, and return that picture.

    It is the first that the address names, else an example of the gallery; ``None`` without any.
    """
    upload_panel("Look at another picture", "Drop a picture, browse for one, or paste it.")
    queries = _queries(snapshot, present_address().images)
    if not queries and snapshot and len(snapshot.images):
        queries = _queries(snapshot, [snapshot.images[len(snapshot.images) // 2].id])
    return queries[0] if queries else None


def ask_with_image(image_id: str, box: Any = None) -> None:
    """Search with an image of the gallery, or with a part of it, as a browser sends its box."""
    st.session_state.pop(state.UPLOAD_PROBLEM, None)
    go_to(present_address().about(image_id, Framing(box=box_of(box))))


def add_image(image_id: str) -> None:
    """Search with an image of the gallery, given by its id, beside the present pictures."""
    st.session_state.pop(state.UPLOAD_PROBLEM, None)
    # Uploads that are no longer kept do not count.
    images = [name for name in present_address().images if not is_upload(name) or uploaded(name)]
    if image_id in images:
        return
    count = sum(len(uploaded(name)) if is_upload(name) else 1 for name in images)
    if count >= MOST_QUERIES:
        st.session_state[state.UPLOAD_PROBLEM] = (
            f"{MOST_QUERIES} pictures are the most to ask with at once: remove one first."
        )
        return
    # Only a single picture has a crop and turns.
    change_address(images=(*images, image_id), framing=Framing())


def remove(content_id: str) -> None:
    """Search without one of the present pictures; the last one stays."""
    named = present_address().images
    left = {
        name: tuple(query for query in uploaded(name) if query.content_id != content_id)
        for name in named
        if is_upload(name)
    }
    images = tuple(name for name in named if name != content_id and left.get(name) != ())
    if images:
        replace_uploads(left)
        change_address(images=images)


def _queries(snapshot: IndexSnapshot | None, names: Sequence[str]) -> tuple[Query, ...]:
    if snapshot is None:
        return uploaded(names[0])
    full = sees_full_pictures(page_cookies())
    known: dict[tuple[str, bool], Query] = st.session_state.get(state.GALLERY_QUERIES, {})
    of_gallery: dict[tuple[str, bool], Query] = {}
    queries: dict[str, Query] = {}
    for name in names:
        if len(queries) >= MOST_QUERIES:
            break
        if is_upload(name):
            queries |= {query.content_id: query for query in uploaded(name)}
            continue
        key = (name, full)
        try:
            if not seen_by_reader(snapshot)(name):
                raise ImageError(NOT_SHARED)
            of_gallery[key] = known.get(key) or query_of_gallery(
                snapshot,
                name,
                full=full,
                remedy=f"{'Press Update on the Index page, or drop' if is_owner() else 'Drop'} "
                "a picture above.",
            )
            queries[name] = of_gallery[key]
        except ImageError as error:
            st.error(str(error), icon=":material/broken_image:")
    st.session_state[state.GALLERY_QUERIES] = of_gallery
    return tuple(queries.values())[:MOST_QUERIES]
