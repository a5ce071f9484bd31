"""Who may ask, and for what: keys and roles, and the gate in front of an ASGI app.

It knows no pages: a server says what is shared, and gets a role, a refusal or a yes.
"""

from .access import NOT_SHARED, Access, Role
from .gate import Gate
from .refusals import LOGO
from .share import Share

__all__ = ["LOGO", "NOT_SHARED", "Access", "Gate", "Role", "Share"]
