"""The matches as a table that can be sorted and selected."""

import hashlib

import pandas as pd
import streamlit as st

from ...types import SearchResult
from .. import state
from ..question import Question
from ..sharing import thumbnail_address


def answer_key(result: SearchResult, question: Question) -> str:
    """A key that differs for another question and for other matches."""
    matches = (f"{match.distance!r} {match.image!r} {match.copies}" for match in result.matches)
    return hashlib.blake2b("\n".join([question.id, *matches]).encode(), digest_size=8).hexdigest()


def distance_table(result: SearchResult, question: Question) -> None:
    """Show the matches as a table; the grid shows the selected one large."""
    st.subheader("Distances")
    records = [match.record for match in result.matches]
    close = [match.closeness for match in result.matches]
    table = pd.DataFrame(
        {
            "rank": [match.rank for match in result.matches],
            "picture": [thumbnail_address(record) for record in records],
            "image": [match.image for match in result.matches],
            "distance": [match.distance for match in result.matches],
            "closeness": [one and one.share for one in close],
            "closer": [one and str(one) for one in close],
            "width": [record.width for record in records],
            "height": [record.height for record in records],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        # With another answer sorting and selecting start anew.
        key=state.distance_table(answer_key(result, question)),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "rank": st.column_config.NumberColumn("Rank", width="small"),
            "picture": st.column_config.ImageColumn("Picture", width="small"),
            "image": st.column_config.TextColumn("Image", width="large"),
            "distance": st.column_config.NumberColumn(
                "Distance", format="%.4f", help="Between unit features: 0 is the same, 2 the most."
            ),
            "closeness": st.column_config.ProgressColumn(
                "Closeness",
                format=" ",
                width="small",
                help="Half full: as close as the first match of a typical picture here.",
            ),
            "closer": st.column_config.TextColumn(
                "Closer than", help="The first match of so many pictures of this gallery."
            ),
            "width": st.column_config.NumberColumn("Width", format="%d px"),
            "height": st.column_config.NumberColumn("Height", format="%d px"),
        },
    )


def selected_rank(key: str) -> int | None:
    """The rank of the match that is selected in the table of an answer; ``None`` if none is."""
    table = st.session_state.get(state.distance_table(key))
    # Rows keep their number however the table is sorted.
    rows = table["selection"]["rows"] if table else []
    return rows[0] + 1 if rows else None
