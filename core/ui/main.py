"""The router: every run of the app passes here, then runs one page."""

from pathlib import Path

import streamlit as st

from core.access import LOGO
from core.ui import state
from core.ui.library import choose_gallery, indexing_panel, weights_notice
from core.ui.resources import page_shown
from core.ui.sharing import is_owner
from core.ui.style import apply_style

PAGES = Path(__file__).parents[2] / "pages"

st.set_page_config(page_title="Lookalike", page_icon="🌸", layout="wide")
st.logo(LOGO, size="large")
apply_style()
search = st.Page(PAGES / "search.py", title="Search", icon=":material/image_search:", default=True)
explore = st.Page(PAGES / "explore.py", title="Explore", icon=":material/explore:")
how = st.Page(PAGES / "how_it_works.py", title="How it works", icon=":material/school:")
pages = [search, explore]
if is_owner():
    pages += [
        st.Page(PAGES / "index.py", title="Index", icon=":material/photo_library:"),
        st.Page(PAGES / "duplicates.py", title="Duplicates", icon=":material/content_copy:"),
        st.Page(PAGES / "quality.py", title="Quality", icon=":material/monitoring:"),
        st.Page(PAGES / "share.py", title="Share", icon=":material/qr_code_2:"),
    ]
page = st.navigation([*pages, how], position="top")
choose_gallery()
weights_notice()
indexing_panel()
for left, own in ((state.LEFT_SEARCH, search), (state.LEFT_EXPLORE, explore)):
    if page is not own:
        st.session_state[left] = True
try:
    page.run()
finally:
    # Pages also end by stopping.
    page_shown().set()
