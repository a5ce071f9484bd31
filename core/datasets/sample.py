"""The sample gallery: drawn flowers that are in the box, in folders by kind."""

import os
from pathlib import Path

from ..atomic import atomic_write
from ..errors import ConfigurationError, LibraryError
from ..types import Progress, ProgressCallback, Stage

SAMPLE_GALLERY = Path(__file__).with_name("sample_gallery")
"""Its folder; ``README.md`` in it says where the pictures are from."""
SAMPLE_COUNT = 240


def copy_sample(
    directory: Path,
    *,
    count: int = SAMPLE_COUNT,
    overwrite: bool = False,
    progress: ProgressCallback = lambda _: None,
) -> int:
    """Copy flowers to ``directory/<kind>/<kind>-001.jpg`` and so on; return their number.

    They are spread evenly over the kinds, and a larger count, up to ``SAMPLE_COUNT``, extends a
    smaller one. Pictures that are there already stay, and other files are left alone, unless they
    have the same name and ``overwrite`` is true. An error that ``progress`` raises ends the work;
    what was copied is kept.

    Raises:
        ConfigurationError: There are not so many pictures, or a file of the same name is another
            one; then nothing was copied.
        LibraryError: The directory cannot be written.
    """
    if not 1 <= count <= SAMPLE_COUNT:
        raise ConfigurationError(
            f"Expected 1 to {SAMPLE_COUNT} pictures of the sample gallery. Received: count={count}"
        )
    # The first one of every kind, the second one of every kind, and so on.
    pictures = sorted(SAMPLE_GALLERY.glob("*/*.jpg"), key=lambda path: (path.stem[-3:], path.stem))
    contents = {
        directory / picture.parent.name / picture.name: picture.read_bytes()
        for picture in pictures[:count]
    }
    try:
        missing = {path: content for path, content in contents.items() if not _has(path, content)}
        if not overwrite and (taken := next(filter(os.path.lexists, missing), None)):
            raise ConfigurationError(
                "Expected a folder without other files of the names of the sample. "
                f"Received: {taken}. Choose another folder, or replace the files with "
                "sample --overwrite."
            )
        for done, (path, content) in enumerate(missing.items(), count - len(missing)):
            progress(Progress(Stage.COPYING, done, count))
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(path, overwrite=overwrite) as file:
                file.write(content)
        progress(Progress(Stage.COPYING, count, count))
    except OSError as error:
        raise LibraryError(
            f"Expected a folder to write the sample gallery to. Received: {directory} "
            f"({error.strerror or error}). Choose another folder or free this one."
        ) from error
    return count


def _has(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
