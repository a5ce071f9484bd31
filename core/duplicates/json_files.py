"""JSON files of the features folder that name their format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.atomic import atomic_write
from core.errors import FeatureStoreError


def read_json(path: Path, format: str, *, older: str | None = None) -> dict[str, Any] | None:
    """The content of a file of a format; ``None`` where there is none, or one of an older format.

    Raises:
        FeatureStoreError: It is damaged or of another format.
    """
    try:
        content = json.loads(path.read_bytes())
        if older and content["format"] == older:
            return None
        if content["format"] != format:
            raise ValueError(f"format {content['format']}")
    except FileNotFoundError:
        return None
    # Damaged JSON may have any form.
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FeatureStoreError(
            f"A file about duplicates cannot be read: expected {format} JSON. Received: {path} "
            f"({error}). Move it away."
        ) from error
    assert isinstance(content, dict)
    return content


def write_json(path: Path, format: str, content: dict[str, Any]) -> None:
    """Write a file in one rename.

    Raises:
        FeatureStoreError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path, durable=True) as file:
            file.write(json.dumps({"format": format, **content}).encode())
    except OSError as error:
        raise FeatureStoreError(
            f"Expected a folder to write to. Received: {path} ({error.strerror or error}). Make it "
            "writable or free some space."
        ) from error
