"""The 64 filters of the first layer, and what each does to the picture."""

import streamlit as st
from PIL import Image

from ...activations import Activations, filter_picture, labelled_sheet, side_by_side, tiled
from ..saving import save_button
from .figures import SIDE, figures
from .tiles import Tile, tile_grid

_COLUMNS = 8
_SMALL = 96


@st.fragment
def first_layer(found: Activations) -> None:
    """Show each filter beside its map; a click shows one large."""
    numbers = range(found.filters.shape[3])
    pairs = [_pair(found, number, _SMALL) for number in numbers]
    picked = tile_grid(
        "filters",
        [Tile(number, f"Filter {number}", str(number)) for number in numbers],
        "The filters of the first layer, each beside its map",
        allowed=numbers,
        least="4.4rem",
        sheet=tiled(pairs, _COLUMNS),
        columns=_COLUMNS,
        proportion=pairs[0].width / pairs[0].height,
    )
    with figures(
        (
            filter_picture(found.filters[..., picked], SIDE),
            f"Filter {picked}: 3 by 3 weights for red, green and blue",
        ),
        (found.first.picture(picked, found.first.size(SIDE)), f"The map of filter {picked}"),
    ):
        st.markdown(
            f"**Filter {picked}** has 3 × 3 weights for each of red, green and blue. Grey is 0, "
            "lighter is positive, darker negative."
        )
        st.markdown(
            "**Its map** is light where the picture has what the filter looks for, and black "
            f"where it has not. The largest activation is {found.first.largest[picked]:.0f}."
        )
        save_button(
            "This filter",
            f"filter-{picked}.png",
            lambda: labelled_sheet([_pair(found, picked, SIDE)], [f"filter {picked}"], 1),
        )
        save_button(
            "All filters",
            "filters.png",
            lambda: labelled_sheet(pairs, [f"filter {number}" for number in numbers], _COLUMNS),
        )


def _pair(found: Activations, number: int, side: int) -> Image.Image:
    size = found.first.size(side)
    kernel = filter_picture(found.filters[..., number], size[1])
    return side_by_side(kernel, found.first.picture(number, size))
