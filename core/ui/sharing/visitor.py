"""The access to this app, and what the reader of a page may do and is told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import streamlit as st

from ...access import Access, Role, Share
from ...errors import ImageError, LookalikeError, NotAllowedError, QueueFullError
from ...feature_store import IndexSnapshot
from ..resources import engine
from ..text import plain


def _share() -> Share:
    """What is shared, as the settings and the options of the server say."""
    settings = engine().settings
    return Share(
        what=settings.share,
        links=settings.share_links,
        address=settings.share_address,
        port=st.get_option("server.port"),
        upload_limit=st.get_option("server.maxUploadSize") << 20,
    )


ACCESS = Access(_share, lambda: engine().gallery_name())
gallery_for, may_see = ACCESS.gallery_for, ACCESS.may_see
sees_full_pictures = ACCESS.sees_full_pictures


def page_cookies() -> Mapping[str, str]:
    """The cookies of the browser that shows the page; empty where the app is not shared."""
    # Streamlit has no cookies of a browser that is gone: then nobody is the owner.
    return st.context.cookies if ACCESS.share.on else {}


def is_owner() -> bool:
    """Whether the owner sees the page."""
    return ACCESS.role_of(page_cookies()) is Role.OWNER


def seen_by_reader(snapshot: IndexSnapshot) -> Callable[[str], bool]:
    """Whether the reader of this page may see an image, by its id; now or later."""
    return partial(may_see, snapshot, cookies=dict(page_cookies()))


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


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show the error that ends the block, if one does."""
    try:
        yield
    except LookalikeError as error:
        st.error(told(error))


def told(error: LookalikeError) -> str:
    """The message of an error; visitors get no message that may name a folder."""
    if is_owner() or isinstance(error, QueueFullError | NotAllowedError | ImageError):
        return plain(str(error))
    return "This gallery cannot be searched right now. Its owner can see why: please ask there."
