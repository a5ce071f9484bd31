"""Share: the address and the code for visitors."""

import io

import segno
import streamlit as st

from core.config import THUMBNAILS
from core.errors import LookalikeError
from core.program import COMMAND, INSTALLED
from core.ui.sharing import ACCESS, owner_page, visitors_address
from core.ui.text import plain

# In pixels, for a phone at arm's length from the screen.
CODE_WIDTH = 280

owner_page()
st.title("Share")
if not ACCESS.share.on:
    st.write(
        "Lookalike is reachable from this computer only. To let people in your network search "
        "your gallery, stop it in the terminal with **Ctrl-C** and start it with:"
    )
    if not INSTALLED:
        st.code("make share", language=None)
        st.write("or, without make:")
    st.code(f"{COMMAND} share", language=None)
    st.caption("This page then shows an address and a code for them. They cannot change anything.")
    st.stop()

address = visitors_address()
picture = io.BytesIO()
segno.make(address, error="m").save(picture, kind="png", scale=8, border=4)
code, words = st.columns([1, 2], gap="large")
with code:
    st.image(picture.getvalue(), width=CODE_WIDTH, caption="Scan it with the camera of a phone.")
with words:
    st.write("Whoever opens this address sees your gallery. Give it to people you trust:")
    st.code(address, language=None, wrap_lines=True)
    try:
        gallery = ACCESS.gallery()
    except LookalikeError as error:
        st.error(plain(str(error)))
        st.stop()
    which = f"the gallery **{plain(gallery)}**" if gallery else "the first gallery that you make"
    what = "thumbnails, never the files" if ACCESS.share.what == THUMBNAILS else "pictures"
    st.markdown(
        f"- Visitors search {which} and see its {what}.\n"
        "- They cannot index, cancel, choose folders or change settings, and see no folder of "
        "this computer outside the gallery.\n"
        "- They must be in your network. The connection is not encrypted: share in a network that "
        "you trust.\n"
        "- **Ctrl-C** in the terminal ends it. The next start has a new key."
    )
