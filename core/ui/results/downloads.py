"""The answer, or other images, as files to take away; each is made when it is asked for."""

from collections.abc import Sequence

import streamlit as st

from ...config import MOST_MATCHES
from ...feature_store import IndexSnapshot
from ...media import images_table, make_contact_sheet, matches_table
from ...types import ImageRecord, SearchResult
from ..question import Question
from ..resources import picture_cache
from ..saving import save_button
from ..sharing import copies_address, page_cookies, seen_by_reader, sees_full_pictures


def result_downloads(result: SearchResult, snapshot: IndexSnapshot, question: Question) -> None:
    """Offer the answer as a table, as a contact sheet and as copies of the images."""
    with st.container(horizontal=True, key="downloads"):
        save_button("Table", "matches.csv", lambda: matches_table(result.matches), icon="table")
        cache = picture_cache()
        # Where the sheet is made, the cookies of the page are not known any more.
        shows = seen_by_reader(snapshot)
        save_button(
            "Contact sheet",
            "matches.jpg",
            lambda: make_contact_sheet(
                question.image, question.name, result.matches, snapshot, cache, shows
            ),
            icon="grid_view",
        )
        _copies([match.record for match in result.matches])


def image_downloads(images: Sequence[ImageRecord]) -> None:
    """Offer images as a table, and if they are not too many as copies."""
    save_button("Table", "images.csv", lambda: images_table(images), icon="table")
    if len(images) <= MOST_MATCHES:
        _copies(images)


def _copies(images: Sequence[ImageRecord]) -> None:
    if sees_full_pictures(page_cookies()):
        # A download button would hold the whole archive in memory.
        st.link_button(
            "Copies of the images (ZIP)", copies_address(images), icon=":material/folder_zip:"
        )
