"""JSON files about the duplicates of a library, in the features folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..documents import read_document, write_document
from ..errors import FeatureStoreError

T = TypeVar("T")


def read_json(
    path: Path, format: str, *versions: int, parse: Callable[[dict[str, Any]], T]
) -> T | None:
    """What ``parse`` makes of the content of a file; ``None`` where there is none.

    Raises:
        FeatureStoreError: It is damaged, or of another format or version.
    """
    try:
        return parse(read_document(path, format, *versions))
    except FileNotFoundError:
        return None
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise FeatureStoreError(
            f"A file about duplicates cannot be read: expected {format} JSON of version "
            f"{max(versions)}. Received: {path} ({error}). Move it away and find them again."
        ) from error


def write_json(path: Path, format: str, version: int, content: Mapping[str, Any]) -> None:
    """Write a file in one rename.

    Raises:
        FeatureStoreError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_document(path, format, version, content, indent=None)
    except OSError as error:
        raise FeatureStoreError(
            f"Expected a folder to write to. Received: {path} ({error.strerror or error}). Make it "
            "writable or free some space."
        ) from error
