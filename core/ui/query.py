"""The picture that is asked with: a file that was brought, or an image of the gallery.

The address says which: ``/?image=<id>`` asks with an image of the gallery, ``/`` with the last
file. So Back, a reload and a shared link lead to the same question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from PIL import Image

from core.errors import ImageError
from core.extractor import ENOUGH_SIDE
from core.feature_store import IndexSnapshot
from core.images import image_id as id_of
from core.images import load_image, read_file
from core.ui.plain import plain

_IMAGE = "image"
_BROUGHT = "query"
_OF_GALLERY = "gallery_query"
_PROBLEM = "query_error"
_ROUND = "upload_round"
_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Query:
    """A picture to ask with.

    Attributes:
        name: What to call it.
        content: The file.
        image: Decoded, RGB.
        id: Names the content.
    """

    name: str
    content: bytes
    image: Image.Image
    id: str


def ask(snapshot: IndexSnapshot | None) -> Query | None:
    """Show the ways to bring a picture and return the one to ask with, if there is one yet.

    Args:
        snapshot: The index whose images may be asked with; ``None`` before there is one.
    """
    key = f"upload-{st.session_state.get(_ROUND, 0)}"
    st.file_uploader(
        "Find images like this one",
        type="image",
        help="Drop a picture, browse for one, or paste it.",
        key=key,
        on_change=_take_upload,
        args=(key,),
    )
    query = _query(snapshot)
    if problem := st.session_state.get(_PROBLEM):
        st.error(problem, icon=":material/broken_image:")
    return query


def has_brought_one() -> bool:
    """Whether somebody has brought a picture in this session."""
    return _BROUGHT in st.session_state


def ask_with_image(image_id: str) -> None:
    """Ask with an image of the gallery from now on.

    Args:
        image_id: Its id, 32 hexadecimal digits.
    """
    st.session_state.pop(_PROBLEM, None)
    st.query_params.from_dict({_IMAGE: image_id})


def set_query(name: str, content: bytes) -> None:
    """Ask with this picture from now on.

    Raises:
        ImageError: It cannot be used as an image.
    """
    st.session_state[_BROUGHT] = _decoded(name, content)
    st.session_state.pop(_PROBLEM, None)
    st.query_params.clear()


def set_query_from_file(file: Path) -> None:
    """Ask with a file from now on.

    Raises:
        ImageError: It cannot be used as an image.
        OSError: It cannot be read.
    """
    set_query(file.name, file.read_bytes())


def _take_upload(key: str) -> None:
    upload = st.session_state[key]
    if upload is None:
        return
    # A new widget takes the place of the one that would keep showing this file over newer queries.
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    try:
        set_query(upload.name, upload.getvalue())
    except ImageError as error:
        st.session_state[_PROBLEM] = (
            f"“{plain(upload.name)}” cannot be used: {error}. Choose another picture."
        )


def _query(snapshot: IndexSnapshot | None) -> Query | None:
    brought: Query | None = st.session_state.get(_BROUGHT)
    identity = st.query_params.get(_IMAGE)
    if identity is None or snapshot is None:
        return brought
    known: Query | None = st.session_state.get(_OF_GALLERY)
    if known and known.id == identity:
        return known
    try:
        query = _query_of_gallery(snapshot, identity)
    except ImageError as error:
        st.error(str(error), icon=":material/broken_image:")
        return None
    st.session_state[_OF_GALLERY] = query
    return query


def _query_of_gallery(snapshot: IndexSnapshot, identity: str) -> Query:
    record = snapshot.by_id.get(identity) if _ID.fullmatch(identity) else None
    if record is None:
        raise ImageError(
            "The picture of this link is not in the gallery that is searched: "
            "choose another gallery in the sidebar, or drop a picture above."
        )
    name = record.path.rpartition("/")[2]
    try:
        content = read_file(snapshot.library / record.path)
        if id_of(content) != identity:
            raise ImageError("its file has changed since it was indexed")
        return _decoded(name, content)
    except ImageError as error:
        raise ImageError(
            f"“{plain(name)}” cannot be used: {error}. Press Update on the Index page, "
            "or drop a picture."
        ) from error


def _decoded(name: str, content: bytes) -> Query:
    return Query(name, content, load_image(content, enough=ENOUGH_SIDE).pixels, id_of(content))
