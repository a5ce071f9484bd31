"""Names of files: as a person reads them, and as another drive takes them."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path, PurePosixPath

# Not allowed on exFAT, FAT and NTFS; half characters stand for bytes that are no UTF-8.
_ILLEGAL = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
# Most file systems allow 255 bytes; the trash adds ``.trashinfo``.
_LONGEST = 240


def printable(name: object) -> str:
    """A path or name in one line of text that any terminal and file can hold."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(name)
    )


def collision_key(name: str) -> str:
    """The same for two names that some file system takes for one."""
    return unicodedata.normalize("NFC", legal(name)).casefold()


def legal(name: str) -> str:
    """A relative path with ``/`` that every drive takes; ``_`` replaces what some do not."""
    return "/".join(_legal_part(part) for part in PurePosixPath(name).parts)


def _legal_part(part: str) -> str:
    part = _ILLEGAL.sub("_", part)
    if part.endswith((".", " ")):
        part = f"{part[:-1]}_"
    return f"_{part}" if _RESERVED.match(part) else part


def alternatives(path: Path) -> Iterator[Path]:
    """The path, then the same with a number, as ``a.jpg``, ``a 2.jpg``, ``a 3.jpg``."""
    yield path
    for number in count(2):
        yield _with_end(path, f" {number}{path.suffix}")


def short(path: Path) -> Path:
    """The path with a name that is not longer than the trash can hold."""
    return _with_end(path, path.suffix)


def _with_end(path: Path, end: str) -> Path:
    """The path with this end of its name, and as much of the beginning as there is room for."""
    stem = path.name.removesuffix(path.suffix).encode(errors="surrogateescape")
    cut = stem[: max(_LONGEST - len(end.encode(errors="surrogateescape")), 1)]
    # No character is cut in two.
    while cut != stem and cut and stem[len(cut)] & 0xC0 == 0x80:
        cut = cut[:-1]
    return path.with_name(cut.decode(errors="surrogateescape") + end)
