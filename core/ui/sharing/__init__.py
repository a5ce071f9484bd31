"""The pages' side of access: who reads a page, the routes of pictures, the addresses of a share.

From the cookies of a page it makes a yes or no, and from a request a picture.
"""

from .addresses import announce, visitors_address
from .routes import ROUTES, copies_address, picture_address, thumbnail_address
from .visitor import (
    ACCESS,
    errors_shown,
    gallery_for,
    is_owner,
    owner_page,
    page_cookies,
    require_owner,
    seen_by_reader,
    sees_full_pictures,
    told,
)
from .websocket import is_allowed, without_paths

__all__ = [
    "ACCESS",
    "ROUTES",
    "announce",
    "copies_address",
    "errors_shown",
    "gallery_for",
    "is_allowed",
    "is_owner",
    "owner_page",
    "page_cookies",
    "picture_address",
    "require_owner",
    "seen_by_reader",
    "sees_full_pictures",
    "thumbnail_address",
    "told",
    "visitors_address",
    "without_paths",
]
