"""JSON files about the duplicates of a library, in the features folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..documents import read_document, write_document
from ..errors import FeatureStoreError


def read_json(path: Path, format: str, *versions: int) -> dict[str, Any] | None:
    """The content of a file; ``None`` where there is none.

    Raises:
        FeatureStoreError: It is damaged, or of another format or version.
    """
    try:
        return read_document(path, format, *versions)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise FeatureStoreError(
            f"A file about duplicates cannot be read: expected {format} JSON of version "
            f"{max(versions)}. Received: {path} ({error}). Move it away."
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
