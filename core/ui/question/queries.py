"""The pictures that the address searches with: uploads, and images of the gallery.

``/?image=<id>`` names an image of the gallery, and may occur several times. Pictures that are
uploaded together have a name, ``file``, ``file2`` and so on, so that Back leads to earlier uploads;
an address without ``image=`` means ``file``. The crop of a single picture stands there as well.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import ImageError
from core.feature_store import IndexSnapshot
from core.images import FRAMING_PARAMETERS, Framing, box_of
from core.ui import state
from core.ui.question import address
from core.ui.question.query import Query, query_of_gallery
from core.ui.question.uploads import (
    FIRST,
    MOST_QUERIES,
    is_upload,
    replace_uploads,
    upload_panel,
    uploaded,
)
from core.ui.sharing import NOT_SHARED, is_owner, may_see, page_cookies, sees_full_pictures

# What a further picture replaces: only a single picture has a crop and turns.
_SINGLE_PICTURE = (address.IMAGE, *FRAMING_PARAMETERS)


def ask(snapshot: IndexSnapshot | None, bar: DeltaGenerator) -> tuple[Query, ...]:
    """Show the uploader, and return the pictures to search with, at most ``MOST_QUERIES``.

    Args:
        snapshot: The index whose images may be searched with; ``None`` before there is one.
        bar: Gets the uploader.
    """
    address.come_back()
    with bar:
        upload_panel()
    queries = _queries(snapshot, _named())
    return (_framed(queries[0]),) if len(queries) == 1 else queries


def last_queries() -> tuple[Query, ...]:
    """The pictures that the search page asked with when it was last shown; it may be none."""
    last = st.session_state.get(state.SEARCH_ADDRESS, {})
    known: dict[tuple[str, bool], Query] = st.session_state.get(state.GALLERY_QUERIES, {})
    of_gallery = {name: query for (name, _), query in known.items()}
    queries: dict[str, Query] = {}
    for name in last.get(address.IMAGE, []) or [FIRST]:
        if is_upload(name):
            queries |= {query.content_id: query for query in uploaded(name)}
        elif name in of_gallery:
            queries[name] = of_gallery[name]
    framed: Query | None = st.session_state.get(state.FRAMED_QUERY)
    asked = tuple(queries.values())
    if framed and len(asked) == 1 and framed.picture is asked[0].picture:
        return (framed,)
    return asked[:MOST_QUERIES]


def ask_for_one(snapshot: IndexSnapshot | None) -> Query | None:
    """Show the uploader of a page that looks at one picture, and return that picture.

    It is the first that the address names, else an example of the gallery; ``None`` without any.
    """
    upload_panel("Look at another picture", "Drop a picture, browse for one, or paste it.")
    queries = _queries(snapshot, _named())
    if not queries and snapshot and len(snapshot.images):
        queries = _queries(snapshot, [snapshot.images[len(snapshot.images) // 2].id])
    return queries[0] if queries else None


def ask_with_image(image_id: str) -> None:
    """Search with an image of the gallery, given by its id."""
    st.session_state.pop(state.UPLOAD_PROBLEM, None)
    address.ask_anew({address.IMAGE: image_id})


def ask_with_part(image_id: str, box: Any) -> None:
    """Search with a part of an image of the gallery.

    Args:
        image_id: Of the image.
        box: Its edges, as a browser sends them; see ``box_of``.
    """
    st.session_state.pop(state.UPLOAD_PROBLEM, None)
    address.ask_anew({address.IMAGE: image_id, **Framing(box=box_of(box)).parameters()})


def add_image(image_id: str) -> None:
    """Search with an image of the gallery, given by its id, beside the present pictures."""
    st.session_state.pop(state.UPLOAD_PROBLEM, None)
    # Uploads that are no longer kept do not count.
    images = [image for image in _named() if not is_upload(image) or uploaded(image)]
    if image_id in images:
        return
    count = sum(len(uploaded(image)) if is_upload(image) else 1 for image in images)
    if count >= MOST_QUERIES:
        st.session_state[state.UPLOAD_PROBLEM] = (
            f"{MOST_QUERIES} pictures are the most to ask with at once: remove one first."
        )
        return
    address.change({address.IMAGE: [*images, image_id]}, instead_of=_SINGLE_PICTURE)


def remove(content_id: str) -> None:
    """Search without one of the present pictures; the last one stays."""
    left = {
        name: tuple(query for query in uploaded(name) if query.content_id != content_id)
        for name in _named()
        if is_upload(name)
    }
    images = [image for image in _named() if image != content_id and left.get(image) != ()]
    if images:
        replace_uploads(left)
        address.change(
            {} if images == [FIRST] else {address.IMAGE: images}, instead_of=(address.IMAGE,)
        )


def framing() -> Framing:
    """The crop, turns and mirroring that the address names."""
    return Framing.from_parameters(st.query_params.to_dict())


def set_framing(framing: Framing) -> None:
    """Search with the same picture in another framing."""
    address.change(framing.parameters(), instead_of=FRAMING_PARAMETERS)


def _named() -> list[str]:
    """Ids of images of the gallery and names of uploads in the address."""
    named = dict.fromkeys(filter(None, st.query_params.get_all(address.IMAGE)))
    return list(named) or [FIRST]


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
            if not may_see(snapshot, name, page_cookies()):
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


def _framed(base: Query) -> Query:
    framed: Query | None = st.session_state.get(state.FRAMED_QUERY)
    if framed is None or framed.picture is not base.picture or framed.framing != framing():
        framed = dataclasses.replace(base, framing=framing())
        st.session_state[state.FRAMED_QUERY] = framed
    return framed
