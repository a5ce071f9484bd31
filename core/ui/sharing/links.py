"""Links out of a gallery: visitors do not see the files that they lead to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from core.feature_store import IndexSnapshot
from core.ui.resources import engine
from core.ui.sharing.access import Role
from core.ui.sharing.visitor import role_of

NOT_SHARED = "The owner of this gallery does not share this picture."


def may_see(snapshot: IndexSnapshot, image_id: str, cookies: Mapping[str, str]) -> bool:
    """Whether the sender of these cookies may see an image of a gallery, by its id.

    A visitor may not where only links out of the gallery's folder lead to it, unless the owner
    shares these too.
    """
    if engine().settings.share_links or role_of(cookies) is Role.OWNER:
        return True
    images = snapshot.images
    rows = images.rows_of_ids([image_id]).tolist()
    return any(_is_inside(snapshot.library, images.paths[row]) for row in rows)


def _is_inside(library: Path, path: str) -> bool:
    return Path(os.path.realpath(library / path)).is_relative_to(os.path.realpath(library))
