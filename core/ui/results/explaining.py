"""Why a match matches, for the large view."""

from typing import Any

import streamlit as st

from ...access import NOT_SHARED
from ...activations import layers
from ...errors import LookalikeError
from ...explanation import HEAT_COLOURS, Explainer, heat_levels
from ...feature_store import IndexSnapshot
from ...model import LAST_MAPS, WITH_POSITIONS
from ...types import NEIGHBOURHOOD, Array, SearchResult
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
        "note": _note(snapshot, question),
        "query": {"shape": found.query.shape, "heat": _levels(found.query)},
        "match": {"shape": found.match.shape, "heat": _levels(found.match)},
        "pairs": _levels(found.pairs),
        "colours": encoded(HEAT_COLOURS),
    }


def _note(snapshot: IndexSnapshot, question: Question) -> str:
    """What the heat maps do not show."""
    side = snapshot.space.input_size
    sees = min(next(one.receptive_side for one in layers() if one.name == LAST_MAPS), side)
    note = f"Each place sees {sees} of {side} pixels of a side: the maps are coarse."
    if question.options.ranking != NEIGHBOURHOOD:
        return note
    return (
        f"{note} The order of the neighbourhood also counts how similar the pictures nearest to "
        "both are, which the maps leave out."
    )


def _explainer(snapshot: IndexSnapshot, question: Question) -> Explainer:
    return state.once(
        state.EXPLAINER,
        (question.image_id, question.options.feedback, index_key(snapshot)),
        lambda: engine().explainer(snapshot, question.queries[0].image, question.options),
    )


def _levels(heat: Array) -> str:
    """The numbers of the colours, a byte each, in base64."""
    return encoded(heat_levels(heat))
