"""Two pictures beside words."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from PIL import Image

# Of a large picture, in pixels.
SIDE = 336


@contextmanager
def figures(*pictures: tuple[Image.Image, str]) -> Iterator[None]:
    """Show RGB pictures, each with what it shows in words, and beside them what the block writes.

    On a narrow screen they are below each other.
    """
    *places, words = st.columns([*(1 for _ in pictures), 1.4], gap="medium")
    for place, (picture, alt) in zip(places, pictures, strict=True):
        place.image(picture, alt=alt)
    with words:
        yield
