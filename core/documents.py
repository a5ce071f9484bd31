"""JSON files that say what format and version they are, and tell when they were replaced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.atomic import atomic_write


def read_document(path: Path, format: str, version: int) -> dict[str, Any]:
    """The content of a file, with its ``format`` and ``version``.

    Raises:
        ValueError: It is not JSON, or not of this format and version.
    """
    content = json.loads(path.read_bytes())
    if not isinstance(content, dict):
        raise ValueError("not an object")
    if (content.get("format"), content.get("version")) != (format, version):
        raise ValueError(f"{content.get('format')} of version {content.get('version')}")
    return content


def write_document(path: Path, format: str, version: int, content: Mapping[str, Any]) -> None:
    """Write a file in one rename, synced to the disk."""
    with atomic_write(path, durable=True) as file:
        whole = {"format": format, "version": version, **content}
        file.write(json.dumps(whole, indent=2).encode())


def file_version(path: Path) -> tuple[int, int] | None:
    """A value that changes each time a file is replaced; ``None`` where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
