"""The role of the sender of a request or the reader of a page, and what it allows."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.config import NOTHING, THUMBNAILS
from core.errors import ImageError, LookalikeError, NotAllowedError, QueueFullError
from core.ui.resources import engine
from core.ui.sharing.access import Role, access
from core.ui.text import plain


def sharing() -> bool:
    """Whether the app is shared, and so asks everybody for a key."""
    return engine().settings.share != NOTHING


def cookie_name() -> str:
    """Name of the cookie that holds the key."""
    # Browsers send a cookie to all ports of a computer.
    return f"lookalike-{st.get_option('server.port')}"


def role_of(cookies: Mapping[str, str]) -> Role | None:
    """The role of the sender of these cookies; ``None`` without a valid key.

    The sender's address does not count: a proxy or a tunnel hides it.
    """
    if not sharing():
        # The gate answers this computer only, which is the owner's.
        return Role.OWNER
    return access().role_of(cookies.get(cookie_name(), ""))


def page_cookies() -> Mapping[str, str]:
    """The cookies of the browser that shows the page; empty where the app is not shared."""
    # Streamlit has no cookies of a browser that is gone: then nobody is the owner.
    return st.context.cookies if sharing() else {}


def is_owner() -> bool:
    """Whether the owner sees the page."""
    return role_of(page_cookies()) is Role.OWNER


def require_owner() -> None:
    """Raise ``NotAllowedError`` unless the owner sees the page."""
    if not is_owner():
        raise NotAllowedError(
            "Expected the owner of the gallery. Received: a visitor. Ask the owner to do it."
        )


def owner_page() -> None:
    """End the page with one line unless the owner sees it."""
    if not is_owner():
        st.info("This page is for the owner of the gallery. You can search it.")
        st.stop()


def gallery_for(cookies: Mapping[str, str]) -> str | None:
    """Name of the one gallery that a visitor sees; ``None`` for the owner, who sees all."""
    if role_of(cookies) is Role.OWNER:
        return None
    return access().gallery(engine())


def sees_full_pictures(cookies: Mapping[str, str]) -> bool:
    """Whether the sender of these cookies may see whole images, not only thumbnails."""
    role = role_of(cookies)
    return role is Role.OWNER or (
        role is Role.VISITOR and engine().settings.share not in (NOTHING, THUMBNAILS)
    )


def told(error: LookalikeError) -> str:
    """The message of an error; visitors get no message that may name a folder."""
    if is_owner() or isinstance(error, QueueFullError | NotAllowedError | ImageError):
        return plain(str(error))
    return "This gallery cannot be searched right now. Its owner can see why: please ask there."
