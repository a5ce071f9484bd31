"""Files in the features folder about a library that do not depend on its features."""

from __future__ import annotations

from pathlib import Path

from core.file_names import distinct_name


def library_file(features: Path, library: Path, kind: str) -> Path:
    """Path of a file about a library, such as ``duplicates/photos-1a2b3c4d.links.json``."""
    name = distinct_name(library.name, bytes(library), 8)
    return Path(features).absolute() / "duplicates" / f"{name}.{kind}"
