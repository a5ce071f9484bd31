"""Why a match matches, for the large view."""

from typing import Any

import numpy as np
import streamlit as st

from ...access import NOT_SHARED
from ...errors import LookalikeError
from ...explanation import HEAT_COLOURS, Explainer
from ...feature_store import IndexSnapshot
from ...model import WITH_POSITIONS
from ...types import Array, SearchResult
from .. import state
from ..components import encoded
from ..question import Question
from ..resources import engine, index_key, search_queue
from ..sharing import seen_by_reader, told


def can_explain(result: SearchResult, snapshot: IndexSnapshot, question: Question) -> bool:
    """Whether matches can be explained: of one whole picture, by a descriptor with positions."""
    parts = any(match.box for match in result.matches)
    known = snapshot.space.descriptor in WITH_POSITIONS
    return len(question.queries) == 1 and known and not parts


def explain(image_id: str) -> None:
    """Have a match explained in the next run of the page."""
    st.session_state[state.EXPLAINED] = image_id


def explanation(
    result: SearchResult, snapshot: IndexSnapshot, question: Question
) -> dict[str, Any] | None:
    """What the large view draws of the match that was asked for; ``None`` for no match."""
    image_id = st.session_state.get(state.EXPLAINED)
    match = next((match for match in result.matches if match.record.id == image_id), None)
    if match is None or not can_explain(result, snapshot, question):
        return None
    if not seen_by_reader(snapshot)(match.record.id):
        return {"id": image_id, "problem": NOT_SHARED}
    try:
        with search_queue().place():
            found = _explainer(snapshot, question).explain(match.record)
    except LookalikeError as error:
        return {"id": image_id, "problem": told(error)}
    return {
        "id": image_id,
        "sentence": found.sentence,
        "query": {"shape": found.query.shape, "heat": _levels(found.query)},
        "match": {"shape": found.match.shape, "heat": _levels(found.match)},
        "pairs": _levels(found.pairs),
        "colours": encoded(HEAT_COLOURS),
    }


def _explainer(snapshot: IndexSnapshot, question: Question) -> Explainer:
    return state.once(
        state.EXPLAINER,
        (question.image_id, index_key(snapshot)),
        lambda: engine().explainer(snapshot, question.queries[0].image),
    )


def _levels(heat: Array) -> str:
    """The positive values as shares of the largest, a byte each, in base64."""
    positive = np.maximum(heat, 0)
    return encoded(np.round(255 * positive / (positive.max() or 1)).astype(np.uint8))
