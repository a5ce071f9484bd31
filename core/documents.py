"""JSON files that say what format and version they are, and tell when they were replaced."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .atomic import atomic_write


def read_document(path: Path, format: str, *versions: int) -> dict[str, Any]:
    """The content of a file, with its ``format`` and ``version``; see ``parse_document``."""
    return parse_document(path.read_bytes(), format, *versions)


def parse_document(text: bytes, format: str, *versions: int) -> dict[str, Any]:
    """The content of a JSON text, with its ``format`` and ``version``.

    Raises:
        ValueError: It is not JSON, or not of this format and one of these versions.
    """
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("not an object")
    # The first documents have both in one word.
    if old := re.fullmatch(r"([a-z-]+)-([0-9]+)", str(content.get("format"))):
        content |= {"format": old[1], "version": int(old[2])}
    if content.get("format") != format or content.get("version") not in versions:
        raise ValueError(f"{content.get('format')} of version {content.get('version')}")
    return content


def write_document(
    path: Path, format: str, version: int, content: Mapping[str, Any], *, indent: int | None = 2
) -> None:
    """Write a file in one rename, synced to the disk; a large one is faster without ``indent``."""
    with atomic_write(path, durable=True) as file:
        whole = {"format": format, "version": version, **content}
        file.write(json.dumps(whole, indent=indent).encode())


def file_version(path: Path) -> tuple[int, int] | None:
    """A value that changes each time a file is replaced; ``None`` where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
