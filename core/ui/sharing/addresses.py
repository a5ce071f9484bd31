"""The addresses of a share, with their keys."""

import sys
from contextlib import suppress

from streamlit.net_util import get_internal_ip

from ...config import THUMBNAILS
from ...errors import LookalikeError
from .visitor import ACCESS


def visitors_address() -> str:
    """The address that visitors open, with their key."""
    share = ACCESS.share
    site = share.address or f"http://{get_internal_ip() or '127.0.0.1'}:{share.port}"
    return f"{site}/?key={ACCESS.visitor}"


def announce() -> None:
    """Print the addresses with their keys to the terminal, if the app is shared."""
    share = ACCESS.share
    if not share.on:
        return
    # Visitors see the gallery that is current now; a page reports what is wrong with it.
    with suppress(LookalikeError):
        ACCESS.gallery()
    what = "thumbnails" if share.what == THUMBNAILS else "pictures"
    sys.stdout.write(
        f"\n  Lookalike is shared until you press Ctrl-C. Visitors search and see {what}.\n\n"
        f"  For you, on this computer:  http://127.0.0.1:{share.port}/?key={ACCESS.owner}\n"
        f"  For visitors:               {visitors_address()}\n\n"
    )
    sys.stdout.flush()
