"""Images of the gallery in a row, each with a few words."""

from collections.abc import Iterable
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


def image_list(images: Iterable[tuple[ImageRecord, str, str]]) -> None:
    """Show thumbnails of images, each with words below it, and what it is here for, in words."""
    items = "".join(_item(*image) for image in images)
    st.html(f"{_STYLE}<ul class='pictures'>{items}</ul>")


def _item(record: ImageRecord, caption: str, why: str) -> str:
    name = escape(text(record.path.rpartition("/")[2]))
    return (
        f"<li><figure><img src='{thumbnail_address(record)}' alt='{escape(why)}: {name}' "
        f"title='{name}' loading='lazy'><figcaption>{escape(caption)}</figcaption></figure></li>"
    )
