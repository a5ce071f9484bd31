"""The picture that is asked with; it stays across page changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from PIL import Image

from core.errors import ImageError
from core.extractor import ENOUGH_SIDE
from core.images import image_id, load_image

_KEY = "query"


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


def ask() -> Query | None:
    """Show the upload widget and return the picture to ask with, if there is one yet."""
    upload = st.file_uploader(
        "Find images like this one",
        type="image",
        help="Drop a picture, browse for one, or paste it.",
        key="upload",
    )
    if upload and st.session_state.get("taken_upload") != upload.file_id:
        # The widget keeps its file on later runs; it must not come back over a newer query.
        st.session_state["taken_upload"] = upload.file_id
        try:
            set_query(upload.name, upload.getvalue())
        except ImageError as error:
            st.session_state.pop(_KEY, None)
            st.session_state["query_error"] = f"“{upload.name}” cannot be used: {error}."
    if problem := st.session_state.get("query_error"):
        st.error(f"{problem} Choose another picture.", icon=":material/broken_image:")
    query: Query | None = st.session_state.get(_KEY)
    return query


def set_query(name: str, content: bytes) -> None:
    """Ask with this picture from now on.

    Raises:
        ImageError: It cannot be used as an image.
    """
    image = load_image(content, enough=ENOUGH_SIDE).pixels
    identity = image_id(content)
    st.session_state[_KEY] = Query(name, content, image, identity)
    st.session_state.pop("query_error", None)


def set_query_from_file(file: Path) -> None:
    """Ask with a file from now on.

    Raises:
        ImageError: It cannot be used as an image.
        OSError: It cannot be read.
    """
    set_query(file.name, file.read_bytes())
