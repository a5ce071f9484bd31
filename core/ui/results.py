"""The answer to a query: a grid of pictures and a table of distances."""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from core.feature_store import IndexSnapshot
from core.types import Match, SearchResult
from core.ui.pictures import thumbnail_address

_GRID_STYLE = """
<style>
.matches { display: grid; gap: .9rem; padding: 0; margin: 0; list-style: none;
           grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 42vw), 1fr)); }
.matches li { margin: 0; min-width: 0; }
.matches figure { margin: 0; }
.matches img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: .6rem;
               display: block; background: rgba(128, 128, 128, .18); }
.matches figcaption { display: grid; grid-template-columns: auto 1fr; column-gap: .5rem;
                      margin-top: .3rem; font-size: .82rem; line-height: 1.35; }
.matches .rank { font-weight: 700; }
.matches .distance { text-align: right; font-variant-numeric: tabular-nums; }
.matches .name { grid-column: 1 / -1; overflow: hidden; text-overflow: ellipsis;
                 white-space: nowrap; }
</style>
"""


def result_grid(result: SearchResult, snapshot: IndexSnapshot) -> None:
    """Show the matches as pictures with rank, distance and name."""
    items = "".join(_figure(match, snapshot) for match in result.matches)
    st.html(f'{_GRID_STYLE}<ol class="matches" aria-label="Closest images">{items}</ol>')


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
        "Download as CSV",
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
