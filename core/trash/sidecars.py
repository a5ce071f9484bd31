"""Files beside a picture that belong to it: edits, tags, and the clip of a Live Photo."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from .checked_file import is_placeholder

_ENDINGS = (".xmp", ".aae", ".pp3", ".dop", ".json")
# Of Google Takeout, which cuts the end of long names.
_TAKEOUT = ".supplemental-metadata"
_CLIP = ".mov"
# Only the clip of a Live Photo has it; a film that has the name of a picture is no sidecar.
_CLIP_MARK = b"com.apple.quicktime.content.identifier"
_LONGEST_CLIP = 30_000_000


def sidecars_of(path: Path) -> tuple[Path, ...]:
    """The sidecars of a picture that there are, sorted."""
    return tuple(sidecars_among(folder_names(path.parent), path))


def folder_names(folder: Path) -> frozenset[str]:
    """The names in a folder; empty where it cannot be read."""
    try:
        return frozenset(os.listdir(folder))  # noqa: PTH208 - names only
    except OSError:
        return frozenset()


def sidecars_among(names: Collection[str], path: Path) -> list[Path]:
    """The sidecars of a picture among the names in its folder, sorted."""
    candidates = {
        beginning + ending
        for beginning in (path.name, path.stem)
        for lower in (*_ENDINGS, _CLIP)
        for ending in (lower, lower.upper())
    }
    for length in range(2, len(_TAKEOUT) + 1):
        candidates.add(f"{path.name}{_TAKEOUT[:length]}.json")
    present = sorted(name for name in candidates - {path.name} if name in names)
    sidecars = [path.with_name(name) for name in present]
    return [one for one in sidecars if one.suffix.lower() != _CLIP or _is_live_clip(one)]


def is_shared(sidecar: Path, names: Iterable[str]) -> bool:
    """Whether a sidecar belongs to one of the names, or has the stem of one."""
    stems = {sidecar.stem.casefold()}
    for length in range(2, len(_TAKEOUT) + 1):
        if sidecar.name.endswith(f"{_TAKEOUT[:length]}.json"):
            stems.add(sidecar.stem[:-length].casefold())
    return any(
        not stems.isdisjoint((name.casefold(), Path(name).stem.casefold())) for name in names
    )


def _is_live_clip(path: Path) -> bool:
    try:
        return (
            path.is_file()
            and not is_placeholder(path)
            and path.stat().st_size <= _LONGEST_CLIP
            and _CLIP_MARK in path.read_bytes()
        )
    except OSError:
        return False
