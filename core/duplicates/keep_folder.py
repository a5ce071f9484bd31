"""The folder of a gallery whose images are kept, as a person names it."""

import posixpath
import unicodedata
from pathlib import Path

from ..errors import ConfigurationError
from ..feature_store import IndexSnapshot

_MOST_NAMED = 12


def folder_of(snapshot: IndexSnapshot, name: str) -> str:
    """The path of a folder of images relative to the library; ``""`` is the library itself.

    Its name may be relative to the library, or absolute, and in any Unicode form.

    Raises:
        ConfigurationError: No image of the gallery is in such a folder.
    """
    path = Path(name).expanduser()
    if path.is_absolute():
        for library in (snapshot.library, snapshot.library.resolve()):
            if path.is_relative_to(library):
                path = path.relative_to(library)
    wanted = _composed(posixpath.normpath(path.as_posix()))
    folders = snapshot.images.folders
    for folder in ("", *folders):
        if _composed(folder or ".") == wanted:
            return folder
    named = [folder for folder in folders if "/" not in folder][:_MOST_NAMED] or ["."]
    raise ConfigurationError(
        f"Expected a folder of images of the gallery: one of {', '.join(named)}"
        f"{', or others' if len(folders) > len(named) else ''}. Received: {name}. "
        "Nothing was moved."
    )


def _composed(folder: str) -> str:
    return unicodedata.normalize("NFC", folder)
