"""The addresses of a share, with their keys."""

from __future__ import annotations

import sys
from contextlib import suppress

import streamlit as st
from streamlit.net_util import get_internal_ip

from core.config import THUMBNAILS
from core.errors import LookalikeError
from core.ui.resources import engine
from core.ui.sharing.access import access
from core.ui.sharing.visitor import sharing


def visitors_address() -> str:
    """The address that visitors open, with their key."""
    return f"{_site()}/?key={access().visitor}"


def announce() -> None:
    """Print the addresses with their keys to the terminal, if the app is shared."""
    if not sharing():
        return
    # Visitors see the gallery that is current now; a page reports what is wrong with it.
    with suppress(LookalikeError):
        access().gallery(engine())
    what = "thumbnails" if engine().settings.share == THUMBNAILS else "pictures"
    sys.stdout.write(
        f"\n  Lookalike is shared until you press Ctrl-C. Visitors search and see {what}.\n\n"
        f"  For you, on this computer:  http://127.0.0.1:{_port()}/?key={access().owner}\n"
        f"  For visitors:               {visitors_address()}\n\n"
    )
    sys.stdout.flush()


def _site() -> str:
    chosen = engine().settings.share_address
    return chosen or f"http://{get_internal_ip() or '127.0.0.1'}:{_port()}"


def _port() -> int:
    port: int = st.get_option("server.port")
    return port
