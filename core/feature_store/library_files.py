"""Files in the features folder about a library that do not depend on its features."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path


def library_file(features: Path, library: Path, kind: str) -> Path:
    """Path of a file about a library, such as ``duplicates/photos-1a2b3c4d.links.json``."""
    name = re.sub(r"[^\w.-]+", "_", library.name).encode()[:60].decode(errors="ignore")
    digest = hashlib.blake2b(bytes(library), digest_size=8).hexdigest()
    return Path(features).absolute() / "duplicates" / f"{name}-{digest}.{kind}"
