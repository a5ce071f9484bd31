"""The keys of a share, and the gallery that is shared."""

from __future__ import annotations

import functools
import secrets
from dataclasses import dataclass, field
from enum import Enum

from core.engine import ImageSearchEngine

# 192 bits: nobody guesses it, and its QR code is still coarse enough for a phone.
KEY_BYTES = 24


class Role(Enum):
    """What a key allows."""

    OWNER = "owner"
    VISITOR = "visitor"


def _new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


@dataclass(frozen=True)
class Access:
    """The keys of the owner and of all visitors, who search only; new at each start of the app."""

    owner: str = field(default_factory=_new_key, repr=False)
    visitor: str = field(default_factory=_new_key, repr=False)
    _shared: list[str] = field(default_factory=list, repr=False)

    def role_of(self, key: str) -> Role | None:
        """The role of a key, or ``None``, in a time that does not depend on the keys."""
        offered = key.encode()
        is_owner = secrets.compare_digest(offered, self.owner.encode())
        is_visitor = secrets.compare_digest(offered, self.visitor.encode())
        if is_owner:
            return Role.OWNER
        return Role.VISITOR if is_visitor else None

    def gallery(self, engine: ImageSearchEngine) -> str | None:
        """Name of the gallery that visitors see; ``None`` where there is no gallery yet.

        It is the current gallery of the first call, whatever the owner indexes or chooses later.
        """
        if not self._shared and (name := engine.gallery_name()):
            self._shared.append(name)
        return self._shared[0] if self._shared else None


@functools.cache
def access() -> Access:
    """The access of this process."""
    return Access()
