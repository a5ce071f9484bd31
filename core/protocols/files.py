"""The files that say what is right in a data set."""

from pathlib import Path

from ..errors import LibraryError


def file_in(folder: Path, name: str, *, source: str) -> Path:
    """The file of this name in a folder or below it, the topmost one.

    Args:
        folder: Where the data set was unpacked.
        name: Of the file.
        source: Where one gets it, for the error.

    Raises:
        LibraryError: There is none.
    """
    files = sorted(folder.rglob(name), key=lambda path: (len(path.parts), path))
    if not files:
        raise LibraryError(
            f"Expected {name} in {folder} or in a folder of it. Received: none. It comes from "
            f"{source}."
        )
    return files[0]


def lines_of(path: Path) -> list[str]:
    """The lines of a text file that are not empty; ``LibraryError`` if it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise unusable(path, str(error)) from error
    return [line for line in text.splitlines() if line.strip()]


def unusable(path: Path, detail: str) -> LibraryError:
    """The error for a file of a data set that is not as its publisher made it."""
    detail = " ".join(detail.split())
    return LibraryError(
        f"Expected {path.name} as it was published. Received: {path} ({detail}). Download it again."
    )
