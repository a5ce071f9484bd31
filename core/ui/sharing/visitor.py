"""Who looks at the app, and what they may do and see: decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from PIL import Image

from core.config import NOTHING, THUMBNAILS
from core.errors import ImageError, LookalikeError, NotAllowedError, QueueFullError
from core.media import SIDE
from core.ui.resources import engine
from core.ui.sharing.access import Role, access


def sharing() -> bool:
    """Whether the app was started to be shared, and so asks everybody for a key."""
    return engine().settings.share != NOTHING


def cookie_name() -> str:
    """The cookie that holds the key; browsers do not tell the ports of a computer apart."""
    return f"lookalike-{st.get_option('server.port')}"


def role_of(cookies: Mapping[str, str]) -> Role | None:
    """Who sends these cookies; ``None`` for somebody without a key.

    Nothing else counts: neither where a request comes from, which a proxy or a tunnel hides, nor
    what it says of that. Without a share the gate lets in this computer only, which is the owner's.
    """
    if not sharing():
        return Role.OWNER
    return access().role_of(cookies.get(cookie_name(), ""))


def page_cookies() -> Mapping[str, str]:
    """The cookies of the browser that looks at the page; none where they do not matter."""
    # Streamlit has no cookies of a browser that is gone: then nobody is the owner.
    return st.context.cookies if sharing() else {}


def is_owner() -> bool:
    """Whether the owner looks at the page: only the owner indexes, chooses and sees folders."""
    return role_of(page_cookies()) is Role.OWNER


def require_owner() -> None:
    """Begin of everything that only the owner may do, however it was asked for.

    Raises:
        NotAllowedError: Somebody else asks.
    """
    if not is_owner():
        raise NotAllowedError(
            "Expected the owner of the gallery. Received: a visitor. Ask the owner to do it."
        )


def owner_page() -> None:
    """Begin of a page for the owner only: others see a line instead of it."""
    if not is_owner():
        st.info("This page is for the owner of the gallery. You can search it.")
        st.stop()


def gallery_for(cookies: Mapping[str, str]) -> str | None:
    """The one gallery that these cookies open; ``None`` opens all.

    Raises:
        FeatureStoreError: The features folder is damaged.
    """
    if role_of(cookies) is Role.OWNER:
        return None
    return access().gallery(engine())


def sees_full_pictures(cookies: Mapping[str, str]) -> bool:
    """Whether these cookies open the files of the gallery, or only its thumbnails."""
    role = role_of(cookies)
    return role is Role.OWNER or (
        role is Role.VISITOR and engine().settings.share not in (NOTHING, THUMBNAILS)
    )


def as_allowed(image: Image.Image) -> Image.Image:
    """A picture on the page, as large as who looks at it may see those of the gallery."""
    if sees_full_pictures(page_cookies()):
        return image
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    return small


def told(error: LookalikeError) -> str:
    """What to tell of an error: visitors do not read the folders that are named in most."""
    if is_owner() or isinstance(error, QueueFullError | NotAllowedError | ImageError):
        return str(error)
    return "This gallery cannot be searched right now. Its owner can see why: please ask there."
