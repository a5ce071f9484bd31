"""Files in the features folder about a library that do not depend on its features."""

import json
import os
import re
from pathlib import Path

from ..file_names import distinct_name

# Their first key but for the format; the lists that follow may be long.
_LIBRARY = re.compile(rb'"library": ("(?:[^"\\]|\\.)*")')
_BEGINNING = 1 << 16


def library_file(features: Path, library: Path, kind: str) -> Path:
    """Path of a file about a library, such as ``duplicates/photos-1a2b3c4d.links.json``."""
    name = distinct_name(library.name, bytes(library), 8)
    return Path(features).absolute() / "duplicates" / f"{name}.{kind}"


def library_files(features: Path, library: Path, kind: str) -> list[Path]:
    """The existing files of a kind about a library, then those about libraries that are gone.

    One of the libraries that are gone may be this one under its old name: what such a file says of
    the contents of pictures holds here, too. In a kind such as ``links.json`` a ``*`` stands for
    anything but a dot.
    """
    own = library_file(features, library, kind)
    mine = sorted(own.parent.glob(own.name))
    others = sorted(set(own.parent.glob(f"*.{kind}")) - set(mine))
    return [*mine, *(path for path in others if _is_of_lost_library(path))]


def _is_of_lost_library(path: Path) -> bool:
    """Whether a file names a library whose folder does not exist."""
    try:
        with path.open("rb") as file:
            named = _LIBRARY.search(file.read(_BEGINNING))
        return named is not None and not os.path.lexists(json.loads(named[1]))
    except (OSError, ValueError):
        return False
