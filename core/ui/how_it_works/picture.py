"""The picture that the page looks at, and what the network makes of it."""

import streamlit as st

from ...activations import Activations
from ...datasets import SAMPLE_GALLERY
from ...errors import LookalikeError, QueueFullError
from ...feature_store import IndexSnapshot
from .. import state
from ..question import Query, ask_for_one, query_of_file
from ..resources import engine, search_queue
from ..sharing import told


def chosen_picture(snapshot: IndexSnapshot | None) -> Query:
    """The picture that was brought or is named in the address, else an example."""
    return ask_for_one(snapshot) or _drawn_flower()


def look_into(query: Query, snapshot: IndexSnapshot | None) -> Activations:
    """What the network makes of a picture; where that fails, the reason ends the page."""

    def look() -> Activations:
        with st.spinner("VGG16 looks at the picture …"), search_queue().place():
            # In a share of thumbnails the maps show no more than these.
            return engine().activations(query.visible, snapshot)

    try:
        return state.once(state.ACTIVATIONS, (query.id, snapshot and snapshot.space), look)
    except LookalikeError as error:
        refused(error, "picture")
        st.stop()


def refused(error: LookalikeError, part: str) -> None:
    """Say why a part of the page has no answer; if others are in the queue, offer to ask again."""
    if isinstance(error, QueueFullError):
        st.warning(told(error), icon=":material/hourglass_top:")
        st.button("Try again", key=f"again_{part}")
    else:
        st.error(told(error))


@st.cache_resource(show_spinner=False)
def _drawn_flower() -> Query:
    content = (SAMPLE_GALLERY / "poppy" / "poppy-001.jpg").read_bytes()
    return query_of_file("a drawn flower", content)
