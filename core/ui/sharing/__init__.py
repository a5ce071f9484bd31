"""Access to the app: keys and roles, the gate in front of it, and the routes of pictures.

From a request or its cookies it makes a role, a refusal or a picture.
"""

from core.ui.sharing.access import access
from core.ui.sharing.addresses import announce, visitors_address
from core.ui.sharing.gate import Gate
from core.ui.sharing.links import NOT_SHARED, may_see
from core.ui.sharing.routes import ROUTES, copies_address, picture_address, thumbnail_address
from core.ui.sharing.visitor import (
    gallery_for,
    is_owner,
    owner_page,
    page_cookies,
    require_owner,
    sees_full_pictures,
    sharing,
    told,
)

__all__ = [
    "NOT_SHARED",
    "ROUTES",
    "Gate",
    "access",
    "announce",
    "copies_address",
    "gallery_for",
    "is_owner",
    "may_see",
    "owner_page",
    "page_cookies",
    "picture_address",
    "require_owner",
    "sees_full_pictures",
    "sharing",
    "thumbnail_address",
    "told",
    "visitors_address",
]
