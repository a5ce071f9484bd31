"""The answer, or other images, as files to take away; each is made when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.config import MOST_MATCHES
from core.feature_store import IndexSnapshot
from core.media import images_table, make_contact_sheet, matches_table
from core.types import ImageRecord, SearchResult
from core.ui.question import Question
from core.ui.resources import picture_cache
from core.ui.sharing import copies_address, may_see, page_cookies, sees_full_pictures


def result_downloads(result: SearchResult, snapshot: IndexSnapshot, question: Question) -> None:
    """Offer the answer as a table, as a contact sheet and as copies of the images."""
    with st.container(horizontal=True, key="downloads"):
        st.download_button(
            "Table (CSV)",
            data=lambda: matches_table(result.matches),
            file_name="matches.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/table:",
        )
        cache = picture_cache()
        # Where the sheet is made, the cookies of the page are not known any more.
        shows = partial(may_see, snapshot, cookies=dict(page_cookies()))
        st.download_button(
            "Contact sheet (JPEG)",
            data=lambda: make_contact_sheet(
                question.image, question.name, result.matches, snapshot, cache, shows
            ),
            file_name="matches.jpg",
            mime="image/jpeg",
            on_click="ignore",
            icon=":material/grid_view:",
        )
        _copies([match.record for match in result.matches])


def image_downloads(images: Sequence[ImageRecord]) -> None:
    """Offer images as a table, and if they are not too many as copies."""
    st.download_button(
        "Table (CSV)",
        data=lambda: images_table(images),
        file_name="images.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/table:",
    )
    if len(images) <= MOST_MATCHES:
        _copies(images)


def _copies(images: Sequence[ImageRecord]) -> None:
    if sees_full_pictures(page_cookies()):
        # A download button would hold the whole archive in memory.
        st.link_button(
            "Copies of the images (ZIP)", copies_address(images), icon=":material/folder_zip:"
        )
