"""Shares of a gallery, for the tests of who may see what."""

from __future__ import annotations

from typing import Any

from core.access import Access, Share
from core.config import PICTURES


def sharing(what: str = PICTURES, **options: Any) -> Access:
    """The access to a share."""
    share = Share(what=what, **{"port": 8501, "upload_limit": 1 << 20, **options})
    return Access(lambda: share, lambda: "photos")


def cookies(access: Access, key: str) -> dict[str, str]:
    """The cookies of who has a key."""
    return {access.share.cookie: key}
