"""How close the matches are, for a gallery of this kind."""

from __future__ import annotations

import streamlit as st

from core.closeness import Closeness, closeness
from core.feature_store import IndexSnapshot
from core.types import SearchResult


def closeness_of(result: SearchResult, snapshot: IndexSnapshot) -> list[Closeness | None]:
    """One for each match; ``None`` where the index has nothing to compare with."""
    found = closeness([match.distance for match in result.matches], snapshot.pairs)
    return [*found] or [None] * len(result.matches)


def similarity_note(result: SearchResult, snapshot: IndexSnapshot) -> None:
    """Say so where not even the best match is really similar.

    Args:
        result: The answer, with at least one match.
        snapshot: The index it came from.
    """
    best = closeness_of(result, snapshot)[0]
    if best and best.ordinary(result.searched):
        st.info(
            f"**Nothing here is really similar.** {best.odds} as close as the best match.",
            icon=":material/search_off:",
        )
