"""What the network is given: a small picture, and the same without the mean colour."""

import streamlit as st
from PIL import Image, ImageOps

from ...activations import Activations, png, side_by_side
from ...model import INPUT_SIZE, MEAN_COLOUR
from ..question import Query
from ..saving import save_button
from .figures import SIDE

_PIXEL = 2


def network_input(found: Activations, query: Query) -> None:
    """Show the picture, the input of the network, and the input without the mean colour."""
    width, height = found.seen.size
    # Larger inputs keep the aspect ratio.
    shape = ", whatever the picture's shape" if max(width, height) <= INPUT_SIZE else ""
    whole, seen, centred = st.columns(3, gap="medium")
    whole.image(ImageOps.contain(query.shown, (SIDE, SIDE)), alt="The picture")
    whole.caption(f"**The picture**, {query.picture.width} × {query.picture.height} pixels.")
    seen.image(_enlarged(found.seen), alt="The picture as the network gets it", width=SIDE)
    seen.caption(
        f"**What the network gets:** {width} × {height} pixels{shape}. "
        "Details smaller than that are gone."
    )
    centred.image(_enlarged(found.centred()), alt="The input without the mean colour", width=SIDE)
    red, green, blue = MEAN_COLOUR
    centred.caption(
        "**Without the mean colour** of the million photographs that VGG16 has learnt from "
        f"(red {red:.0f}, green {green:.0f}, blue {blue:.0f}). Grey is 0."
    )
    save_button(
        "Input",
        "input.png",
        lambda: png(side_by_side(_enlarged(found.seen), _enlarged(found.centred()))),
    )


def _enlarged(image: Image.Image) -> Image.Image:
    """The same with each pixel as a square, which a person can see."""
    size = (image.width * _PIXEL, image.height * _PIXEL)
    return image.resize(size, Image.Resampling.NEAREST)
