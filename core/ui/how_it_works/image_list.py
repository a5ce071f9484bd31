"""Images of the gallery in a row, each with a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from ...types import ImageRecord
from ..sharing import thumbnail_address
from ..text import text

_STYLE = """
<style>
.stHtml ul.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(4.9rem, 1fr));
                      gap: .75rem; list-style: none; margin: 0; padding: 0; }
.stHtml .pictures li { margin: 0; padding: 0; max-width: 11rem; }
.pictures figure { margin: 0; }
.pictures img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover;
                border-radius: .5rem;
                background: color-mix(in srgb, currentColor 8%, transparent); }
.pictures figcaption { font-size: .8rem; line-height: 1.3; padding-top: .25rem; }
</style>
"""


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image of the gallery, words below it, and what it is here for, in words."""

    record: ImageRecord
    caption: str
    why: str


def image_list(images: Sequence[ListedImage]) -> None:
    """Show thumbnails of images of the gallery."""
    items = "".join(_item(image) for image in images)
    st.html(f"{_STYLE}<ul class='pictures'>{items}</ul>")


def _item(image: ListedImage) -> str:
    name = escape(text(image.record.path.rpartition("/")[2]))
    address = thumbnail_address(image.record)
    return (
        f"<li><figure><img src='{address}' alt='{escape(image.why)}: {name}' title='{name}' "
        f"loading='lazy'><figcaption>{escape(image.caption)}</figcaption></figure></li>"
    )
