"""The answer to a query: a grid of pictures and a table of distances."""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from core.feature_store import IndexSnapshot
from core.types import Match, SearchResult
from core.ui.routes import thumbnail_address


def result_grid(result: SearchResult, snapshot: IndexSnapshot) -> None:
    """Show the matches as pictures with rank, distance and name."""
    items = "".join(_figure(match, snapshot) for match in result.matches)
    st.html(f'<ol class="matches" aria-label="Closest images">{items}</ol>')


def distance_table(result: SearchResult, snapshot: IndexSnapshot, *, key: str) -> None:
    """Show the matches as a table that can be sorted, with a download.

    Args:
        result: The answer.
        snapshot: The index it came from.
        key: Changes with the query, so that sorting starts anew.
    """
    records = [snapshot.images[snapshot.row_of[match.image]] for match in result.matches]
    table = pd.DataFrame(
        {
            "rank": [match.rank for match in result.matches],
            "picture": [thumbnail_address(record) for record in records],
            "image": [match.image for match in result.matches],
            "distance": [match.distance for match in result.matches],
            "width": [record.width for record in records],
            "height": [record.height for record in records],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key=f"table-{key}",
        column_config={
            "rank": st.column_config.NumberColumn("Rank", width="small"),
            "picture": st.column_config.ImageColumn("Picture", width="small"),
            "image": st.column_config.TextColumn("Image", width="large"),
            "distance": st.column_config.NumberColumn(
                "Distance", format="%.4f", help="Between unit features: 0 is the same, 2 the most."
            ),
            "width": st.column_config.NumberColumn("Width", format="%d px"),
            "height": st.column_config.NumberColumn("Height", format="%d px"),
        },
    )
    st.download_button(
        "Save matches as CSV",
        data=lambda: table.drop(columns="picture").to_csv(index=False).encode(),
        file_name="matches.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _figure(match: Match, snapshot: IndexSnapshot) -> str:
    record = snapshot.images[snapshot.row_of[match.image]]
    name = html.escape(match.image.rpartition("/")[2])
    path = html.escape(match.image)
    return (
        f'<li><figure><img src="{thumbnail_address(record)}" alt="{path}" title="{path}" '
        f'width="{record.width}" height="{record.height}">'
        f'<figcaption><span class="rank">{match.rank}</span>'
        f'<span class="distance" title="distance">{match.distance:.4f}</span>'
        f'<span class="name">{name}</span></figcaption></figure></li>'
    )
