"""The keys of a share, and what each of them allows."""

import os
import secrets
import threading
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path

from ..config import THUMBNAILS
from ..feature_store import IndexSnapshot
from .share import Share

NOT_SHARED = "The owner of this gallery does not share this picture."
# 192 bits: nobody guesses it, and its QR code is still coarse enough for a phone.
KEY_BYTES = 24


class Role(Enum):
    """What a key allows."""

    OWNER = "owner"
    VISITOR = "visitor"


class Access:
    """The keys of the owner and of all visitors, who search only; new at each start of a server.

    Args:
        share: Returns what is shared now.
        current_gallery: Returns the name of the current gallery; ``None`` before there is one.

    Attributes:
        owner: The key of the owner.
        visitor: The key of all visitors.
    """

    def __init__(
        self, share: Callable[[], Share], current_gallery: Callable[[], str | None]
    ) -> None:
        self.owner, self.visitor = (secrets.token_urlsafe(KEY_BYTES) for _ in range(2))
        self._share, self._current_gallery = share, current_gallery
        self._gallery: str | None = None
        self._lock = threading.Lock()

    @property
    def share(self) -> Share:
        """What is shared now."""
        return self._share()

    def role_of_key(self, key: str) -> Role | None:
        """The role of a key, or ``None``, in a time that does not depend on the keys."""
        offered = key.encode()
        is_owner = secrets.compare_digest(offered, self.owner.encode())
        is_visitor = secrets.compare_digest(offered, self.visitor.encode())
        if is_owner:
            return Role.OWNER
        return Role.VISITOR if is_visitor else None

    def role_of(self, cookies: Mapping[str, str]) -> Role | None:
        """The role of the sender of these cookies; ``None`` without a valid key.

        The sender's address does not count: a proxy or a tunnel hides it.
        """
        share = self.share
        if not share.on:
            # The gate answers this computer only, which is the owner's.
            return Role.OWNER
        return self.role_of_key(cookies.get(share.cookie, ""))

    def gallery(self) -> str | None:
        """Name of the gallery that visitors see; ``None`` where there is no gallery yet.

        It is the current gallery of the first call, whatever the owner indexes or chooses later.
        """
        with self._lock:
            self._gallery = self._gallery or self._current_gallery()
            return self._gallery

    def gallery_for(self, cookies: Mapping[str, str]) -> str | None:
        """Name of the one gallery that a visitor sees; ``None`` for the owner, who sees all."""
        return None if self.role_of(cookies) is Role.OWNER else self.gallery()

    def sees_full_pictures(self, cookies: Mapping[str, str]) -> bool:
        """Whether the sender of these cookies may see whole images, not only thumbnails."""
        role = self.role_of(cookies)
        return role is Role.OWNER or (role is Role.VISITOR and self.share.what != THUMBNAILS)

    def may_see(self, snapshot: IndexSnapshot, image_id: str, cookies: Mapping[str, str]) -> bool:
        """Whether the sender of these cookies may see an image of a gallery, by its id.

        A visitor may not where only links out of the gallery's folder lead to it, unless the owner
        shares these too.
        """
        role = self.role_of(cookies)
        if role is not Role.VISITOR:
            return role is Role.OWNER
        images = snapshot.images
        rows = images.rows_of_ids([image_id]).tolist()
        return self.share.links or any(
            _is_inside(snapshot.library, images.paths[row]) for row in rows
        )


def _is_inside(library: Path, path: str) -> bool:
    return Path(os.path.realpath(library / path)).is_relative_to(os.path.realpath(library))
