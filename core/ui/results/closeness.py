"""How close the matches are, for a gallery of this kind."""

from __future__ import annotations

import streamlit as st

from core.feature_store import Closeness, IndexSnapshot
from core.types import SearchResult
from core.ui.question import Question


def closeness_of(result: SearchResult, snapshot: IndexSnapshot) -> list[Closeness | None]:
    """One for each match; ``None`` where the index has nothing to compare with."""
    found = snapshot.distances.closeness([match.distance for match in result.matches])
    return [*found] or [None] * len(result.matches)


def similarity_note(result: SearchResult, snapshot: IndexSnapshot, question: Question) -> None:
    """Say so where not even the best match is really similar.

    Args:
        result: The answer, with at least one match.
        snapshot: The index it came from.
        question: What was asked.
    """
    # With several queries, or moved ones, the distance is not that of two pictures.
    if len(question.queries) > 1 or question.feedback:
        return
    if note := snapshot.distances.nothing_similar(result.matches[0].distance):
        st.info(f"**Nothing here is really similar.** {note}", icon=":material/search_off:")
