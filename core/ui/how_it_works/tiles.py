"""A grid of small pictures of which one is picked."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from .. import state
from ..components import component, jpeg_address


@dataclass(frozen=True, slots=True)
class Tile:
    """A small picture.

    Attributes:
        number: What is picked with it, such as a channel.
        name: What it shows, in words.
        caption: Below it; may be empty.
        address: Of its picture; empty where that is on the sheet.
    """

    number: int
    name: str
    caption: str = ""
    address: str = ""


def tile_grid(
    name: str,
    tiles: Sequence[Tile],
    label: str,
    *,
    allowed: range,
    least: str,
    sheet: Image.Image | None = None,
    columns: int = 1,
    proportion: float = 1,
) -> int:
    """Show tiles, and return the number that was picked last, by default that of the first.

    Args:
        name: Of the grid.
        tiles: At least one.
        label: What they show together, in words.
        allowed: What may be picked, also where the tiles are others now.
        least: The least width of a tile, as a length of CSS.
        sheet: Their pictures, see ``core.activations.tiled``.
        columns: Of the sheet.
        proportion: Width of a picture through its height.
    """
    picked = int(st.session_state.get(state.picked_tile(name), tiles[0].number))
    if picked not in allowed:
        picked = tiles[0].number
    component("tiles", __file__)(
        key=state.tile_grid(name),
        data={
            "label": label,
            "tiles": [dataclasses.asdict(tile) for tile in tiles],
            "sheet": sheet and jpeg_address(sheet, max(sheet.size)),
            "columns": columns,
            "proportion": proportion,
            "least": least,
            "picked": picked,
        },
        on_pick_change=lambda: _take(name, allowed),
    )
    return picked


def _take(name: str, allowed: range) -> None:
    # A browser may send anything.
    picked = st.session_state[state.tile_grid(name)].get("pick")
    if isinstance(picked, int | float) and picked in allowed:
        st.session_state[state.picked_tile(name)] = int(picked)
