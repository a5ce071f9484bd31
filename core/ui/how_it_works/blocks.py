"""The maps after each block, the strongest channels first."""

import streamlit as st
from PIL import Image

from ...activations import Activations, Maps, labelled_sheet, layers, side_by_side, tiled
from ...explanation import heat_overlay
from ...feature_store import IndexSnapshot
from ...model import BLOCKS
from ..saving import save_button
from .exciting import exciting
from .figures import SIDE, figures
from .tiles import Tile, tile_grid

_SHOWN = 12
_SMALL = 112
# Of each block, what its maps show.
_WORDS = (
    "Edges and colours.",
    "Corners and simple textures.",
    "Textures and repeated patterns.",
    "Parts of things.",
    "Things and large parts of them; these maps become the feature.",
)


@st.fragment
def blocks(found: Activations, snapshot: IndexSnapshot | None) -> None:
    """Show the strongest maps of one block; a click shows one large."""
    layer = st.segmented_control(
        "After block",
        BLOCKS,
        default=BLOCKS[-1],
        required=True,
        format_func=lambda name: str(BLOCKS.index(name) + 1),
        key="block",
    )
    maps = found.blocks[layer]
    height, width, channels = maps.shape
    sees = next(one.receptive_side for one in layers() if one.name == layer)
    st.markdown(
        f"{_WORDS[BLOCKS.index(layer)]} **{channels} maps** of {width} × {height} positions; each "
        f"position depends on {sees} × {sees} pixels of the input. The {_SHOWN} strongest, by "
        "their maximum:"
    )
    strongest, size = maps.strongest(_SHOWN), maps.size(_SMALL)
    tiles = [maps.picture(channel, size) for channel in strongest]
    picked = tile_grid(
        layer,
        [Tile(channel, f"Channel {channel}", str(channel)) for channel in strongest],
        f"The strongest maps of {layer}",
        allowed=range(channels),
        least="4.9rem",
        sheet=tiled(tiles, _SHOWN),
        columns=_SHOWN,
        proportion=width / height,
    )
    bare, over = _large(found, maps, picked)
    with figures(
        (bare, f"The map of channel {picked}"),
        (over, f"Where in the picture channel {picked} is active"),
    ):
        st.markdown(
            f"**Channel {picked}**: its map, and where in the picture it is active. The largest "
            f"activation is {maps.largest[picked]:.1f}, the mean {maps.means[picked]:.2f}."
        )
        save_button(
            "This map",
            f"{layer}-{picked}.png",
            lambda: labelled_sheet([side_by_side(bare, over)], [f"{layer}, channel {picked}"], 1),
        )
        save_button(
            "Strongest maps",
            f"{layer}.png",
            lambda: labelled_sheet(
                tiles, [f"channel {channel}" for channel in strongest], _SHOWN // 2
            ),
        )
    exciting(layer, picked, snapshot)


def _large(found: Activations, maps: Maps, channel: int) -> tuple[Image.Image, Image.Image]:
    """The map of a channel, and the input under it."""
    size = maps.size(SIDE)
    return maps.picture(channel, size), heat_overlay(found.seen.resize(size), maps.heat(channel))
