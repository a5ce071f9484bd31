"""The distance to a match, split by channel."""

import streamlit as st

from ...activations import Activations, Change, DistanceSplit, as_file, number_names, part_bars
from ...errors import LookalikeError
from ...feature_store import IndexSnapshot
from ...model import NONE
from ...types import Array, Match
from ..question import Query
from ..saving import save_button
from ..sharing import thumbnail_address
from ..text import text
from .drawing import NARROW, drawing
from .nearest import SHOWN, nearest
from .picture import refused
from .tiles import Tile, tile_grid


@st.fragment
def distance(query: Query, found: Activations, snapshot: IndexSnapshot | None) -> None:
    """Show what brings the picture and one of its nearest together, and what apart."""
    if snapshot is None:
        st.info("With a gallery, its nearest pictures are here: make one on the Search page.")
        return
    try:
        closest = nearest(query, found, Change(), snapshot)
    except LookalikeError as error:
        refused(error, "distance")
        return
    rows = [
        (row, match)
        for match in closest.result.matches
        # An index server may have images that this machine does not have.
        if match.record.id != query.content_id
        and (row := snapshot.images.row_of_id(match.record.id)) is not None
    ][:SHOWN]
    if not rows:
        st.info("There is no other picture in the gallery.")
        return
    place = tile_grid(
        "matches",
        [_tile(place, match) for place, (_, match) in enumerate(rows)],
        "The nearest pictures of the gallery",
        allowed=range(len(rows)),
        least="4.9rem",
    )
    split = DistanceSplit.of(closest.feature, snapshot.matrix[rows[place][0]])
    _parts(split, number_names(snapshot), fit=snapshot.fit.choice.kind)


def _tile(place: int, match: Match) -> Tile:
    name = text(match.image.rpartition("/")[2])
    return Tile(
        place,
        f"{name}, distance {match.distance:.3f}",
        f"{match.distance:.3f}",
        thumbnail_address(match.record),
    )


def _parts(split: DistanceSplit, names: list[str], *, fit: str) -> None:
    fitted = "" if fit == NONE else f", after the gallery's fit ({fit})"
    st.markdown(
        f"**Distance {split.distance:.3f}.** Squared, it is the sum of the squared differences of "
        f"{len(names)} numbers{fitted}: {split.distance**2:.3f}. Half of that comes from "
        f"{split.half} of them. The products of the numbers sum to the similarity, "
        f"{split.similarity:.3f}, which is 1 minus half of the squared distance."
    )
    together, apart = st.columns(2, gap="large")
    with together:
        st.subheader("Together")
        if fit != NONE:
            st.caption(
                "After the fit, 0 is the mean of the gallery. Two numbers below it have a positive "
                "product too: what both pictures lack also brings them together."
            )
        _bars(split.together, names, "Largest products", "together.svg")
    with apart:
        st.subheader("Apart")
        _bars(split.apart, names, "Largest squared differences", "apart.svg")


def _bars(parts: Array, names: list[str], title: str, file_name: str) -> None:
    wide = part_bars(parts, names, title)
    drawing(file_name, wide, part_bars(parts, names, title, width=NARROW))
    save_button(title, file_name, lambda: as_file(wide))
