"""The picture turned, cropped and recoloured, and what is nearest to it then."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from PIL import Image, ImageOps

from ...activations import Activations, Change
from ...errors import LookalikeError
from ...feature_store import IndexSnapshot
from ...media import make_contact_sheet
from ...types import Match
from ..question import Query
from ..resources import picture_cache
from ..saving import save_button
from ..sharing import seen_by_reader
from .figures import SIDE
from .image_list import image_list
from .nearest import SHOWN, Nearest, nearest
from .picture import refused


@st.fragment
def changes(query: Query, found: Activations, snapshot: IndexSnapshot | None) -> None:
    """Let the picture be changed, and show the answer to it."""
    sliders, picture = st.columns([3, 2], gap="large")
    with sliders:
        change = _change()
    if snapshot is None:
        picture.image(_contained(change.apply(query.visible)), alt="The changed picture")
        st.info("With a gallery, the pictures that are nearest to the changed one are here.")
        return
    try:
        before, after = (nearest(query, found, one, snapshot) for one in (Change(), change))
    except LookalikeError as error:
        refused(error, "changes")
        return
    picture.image(_contained(after.image), alt="The changed picture")
    picture.caption(
        f"**Distance {np.linalg.norm(after.feature - before.feature):.3f}** from the picture as "
        "it was."
    )
    places = {match.record.id: match.rank for match in before.result.matches}
    image_list(
        (match.record, _caption(match, places), f"{match.rank}. nearest")
        for match in after.result.matches[:SHOWN]
    )
    shows = seen_by_reader(snapshot)
    save_button("Answer", "changed.jpg", lambda: _sheet(query, after, snapshot, shows))


def _change() -> Change:
    return Change(
        degrees=st.slider("Turn, in degrees", -180, 180, 0, 5, key="turned"),
        side=st.slider("Keep of each side, in %", 20, 100, 100, 5, key="kept_side") / 100,
        brightness=st.slider("Brightness, in %", 10, 250, 100, 10, key="brightness") / 100,
        colour=st.slider("Colour, in %; 0 is grey", 0, 200, 100, 10, key="colour") / 100,
        mirrored=st.toggle("Mirror", key="mirrored"),
    )


def _caption(match: Match, places: dict[str, int]) -> str:
    before = places.get(match.record.id)
    if before == match.rank:
        return f"{match.distance:.3f}"
    return f"{match.distance:.3f} · {'new' if before is None else f'was {before}'}"


def _sheet(
    query: Query, answer: Nearest, snapshot: IndexSnapshot, shows: Callable[[str], bool]
) -> bytes:
    matches = answer.result.matches[:SHOWN]
    return make_contact_sheet(answer.image, query.name, matches, snapshot, picture_cache(), shows)


def _contained(image: Image.Image) -> Image.Image:
    return ImageOps.contain(image, (SIDE, SIDE))
