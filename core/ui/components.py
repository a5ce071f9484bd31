"""What the components of the pages have in common: their files, and pictures as data."""

import base64
import io
from pathlib import Path
from typing import Any

import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from streamlit.components.v2.types import ComponentRenderer

_QUALITY = 85
_COMMON = Path(__file__).parent


@st.cache_resource(show_spinner=False)
def component(name: str, beside: str, parts: tuple[str, ...] = ()) -> ComponentRenderer:
    """A component of the files ``<name>.js`` and ``<name>.css``, after those called ``view``.

    Args:
        name: Of the component and its files.
        beside: A file in the same folder: the ``__file__`` of the caller.
        parts: Other ``.js`` files of that folder, without the ending, that ``<name>.js`` uses.
    """
    folder = Path(beside).parent
    files = (_COMMON / "view", *(folder / part for part in (*parts, name)))
    # Streamlit takes one of each.
    js = "\n".join(file.with_suffix(".js").read_text(encoding="utf-8") for file in files)
    styles = (_COMMON / "view", folder / name)
    css = "\n".join(file.with_suffix(".css").read_text(encoding="utf-8") for file in styles)
    return st.components.v2.component(f"lookalike_{name}", js=js, css=css)


def encoded(numbers: NDArray[Any]) -> str:
    """The bytes of an array in base64, which ``bytes`` of ``view.js`` reads."""
    return base64.b64encode(numbers.tobytes()).decode()


def jpeg_address(image: Image.Image, side: int) -> str:
    """A ``data:`` address of an RGB image as a JPEG, which fits in a square of ``side`` pixels.

    A smaller image keeps its size.
    """
    small = image.copy()
    small.thumbnail((side, side))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
