"""The next 30 pictures a click: in our grid, or as ``st.image`` in columns."""

import streamlit as st
from PIL import Image

from core.images import LoadedImage
from core.media import thumbnail
from core.types import Match, SearchResult
from core.ui.question import Question
from core.ui.question.query import Query
from core.ui.resources import engine, picture_cache
from core.ui.results import result_grid

MATCHES = 30
COLUMNS = 6

snapshot = engine().require_snapshot()
if st.button("Next"):
    st.session_state["step"] = st.session_state.get("step", 0) + 1
first = st.session_state.get("step", 0) * MATCHES % len(snapshot.images)
images = snapshot.images[first : first + MATCHES]
if st.query_params.get("with") == "columns":
    columns = st.columns(COLUMNS)
    for place, image in enumerate(images):
        with columns[place % COLUMNS]:
            st.image(thumbnail(snapshot, image.id, picture_cache()), caption=image.path)
else:
    matches = tuple(Match(rank, image, rank / 100) for rank, image in enumerate(images, 1))
    picture = LoadedImage(Image.new("RGB", (480, 360)), 480, 360, None)
    query = Query("query.png", b"", picture, "0" * 32)
    result_grid(SearchResult(matches, searched=len(snapshot.images)), snapshot, Question((query,)))
