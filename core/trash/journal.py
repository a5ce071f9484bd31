"""The journal of a removal: what is to be moved is saved before the first file is.

Only a removal and an undo write it, under the lock of the features folder.
"""

import dataclasses
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Self

from ..atomic import atomic_write
from ..documents import parse_document
from ..errors import FeatureStoreError
from ..feature_store import library_file, library_files
from .checked_file import has_content
from .names import printable
from .renaming import sync_folder

FORMAT = "lookalike-removal"
# The former has no sidecars, no times, not what stays, and not where the files are in the trash.
_FORMER, VERSION = 1, 2

PLANNED, MOVED, KEPT, RESTORED, GONE = "planned", "moved", "kept", "restored", "gone"
# Of removals of which nothing is away any more.
SETTLED_JOURNALS = 20


@dataclass(frozen=True, slots=True)
class RemovedFile:
    """A file of a removal.

    Attributes:
        image: Path relative to the library, with ``/``.
        id: Of its content.
        size: In bytes.
        to: Absolute path of where it is, or is to be; empty for the trash until that is known.
        state: ``PLANNED`` may have been moved or not, ``GONE`` was in no trash or folder when it
            was to come back.
        mtime_ns: Time of the last change, in nanoseconds since 1970; 0 where not recorded.
        picture: Of a sidecar, the image that it belongs to.
    """

    image: str
    id: str
    size: int
    to: str = ""
    state: str = PLANNED
    mtime_ns: int = 0
    picture: str = ""

    @property
    def is_away(self) -> bool:
        """Whether the file is, or may be, away."""
        return self.state in (PLANNED, MOVED)

    def seems_there(self, library: Path) -> bool:
        """Whether there is a file of its size and time at its place in the library."""
        try:
            state = (library / self.image).lstat()
        except OSError:
            return False
        return state.st_size == self.size and self.mtime_ns in (0, state.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that stays: it tells the library when its folder has another name."""

    image: str
    id: str


@dataclass(frozen=True)
class Removal:
    """A removal from a library.

    Attributes:
        library: Absolute path at that time.
        at: Local time of the start, ISO 8601.
        files: In the order in which they are moved, each picture before its sidecars.
        kept: The files that stay for them.
        into: Absolute path of the folder that takes them; empty for the trash.
        mount: The mount point of the library at that time; empty where not recorded.
    """

    library: Path
    at: str
    files: tuple[RemovedFile, ...]
    kept: tuple[KeptFile, ...] = ()
    into: str = ""
    mount: str = ""

    @property
    def away(self) -> tuple[RemovedFile, ...]:
        """The pictures and sidecars that are, or may be, away."""
        return tuple(one for one in self.files if one.is_away)

    @property
    def removed(self) -> tuple[RemovedFile, ...]:
        """The pictures that are, or may be, away."""
        return tuple(one for one in self.away if not one.picture)

    def seen_from(self, library: Path) -> Self:
        """The removal without the files that seem to be in the library."""
        files = (replace(one, state=KEPT) if one.seems_there(library) else one for one in self.away)
        return replace(self, files=tuple(files))

    def is_of(self, library: Path) -> bool:
        """Whether a library is that of the removal, perhaps after it was renamed or moved.

        The old place must be gone. A copy that was made before the removal is another library:
        it still has all files that were removed.
        """
        if self.library == library:
            return True
        if os.path.lexists(self.library) or not self.seen_from(library).away:
            return False
        return any(has_content(library / one.image, one.id) for one in self.kept)


class Journal:
    """The file of a removal from a library: one line of JSON for the plan, one a change."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def number(self) -> int:
        """Of the removal; later ones have higher numbers."""
        digits = self.path.stem.rpartition("-")[2]
        return int(digits) if digits.isdecimal() else 0

    def begin(self, removal: Removal) -> None:
        """Save a plan; it is on the disk when this returns."""
        content = {
            "format": FORMAT,
            "version": VERSION,
            **dataclasses.asdict(removal),
            "library": str(removal.library),
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.path, durable=True) as file:
                file.write(json.dumps(content).encode() + b"\n")
            sync_folder(self.path.parent)
        except OSError as error:
            raise self._not_saved(error) from error

    def record(self, number: int, state: str, to: Path | None = None) -> None:
        """Add the state of the file with a number, and where it is if that is new."""
        change = {"file": number, "state": state} | ({"to": str(to)} if to else {})
        # A line break first: what a killed process wrote of a line ends there.
        line = f"\n{json.dumps(change)}\n".encode()
        try:
            with self.path.open("ab") as file:
                file.write(line)
        except OSError as error:
            raise self._not_saved(error) from error

    def read(self) -> Removal:
        """The removal.

        Raises:
            FeatureStoreError: The file is missing or damaged.
        """
        try:
            lines = self.path.read_bytes().splitlines()
        except OSError as error:
            raise self._unreadable(str(error)) from error
        try:
            plan = parse_document(lines[0], FORMAT, _FORMER, VERSION)
            files = [RemovedFile(**one) for one in plan["files"]]
            for line in lines[1:]:
                if change := _parsed(line):
                    number = change.pop("file")
                    files[number] = replace(files[number], **change)
            kept = tuple(KeptFile(**one) for one in plan.get("kept", ()))
            library = Path(plan["library"])
            into = plan["into"] if plan["version"] == VERSION else _former_folder(files)
            mount = plan.get("mount", "")
            return Removal(library, plan["at"], tuple(files), kept, into, mount)
        # Damaged JSON may have any form.
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise self._unreadable(str(error)) from error

    def _unreadable(self, detail: str) -> FeatureStoreError:
        return FeatureStoreError(
            f"The journal of a removal cannot be read: expected {FORMAT} of version {VERSION}. "
            f"Received: {printable(self.path)} ({detail}). Move it away; the files are in the "
            "trash, or in the folder that took them."
        )

    def _not_saved(self, error: OSError) -> FeatureStoreError:
        return FeatureStoreError(
            "The journal of the removal cannot be written: expected a features folder with free "
            f"space. Received: {printable(self.path)} ({error.strerror or error}). Nothing more "
            "was moved; free some space or make it writable."
        )


def journals(features: Path, library: Path) -> list[Journal]:
    """The journals of a library, also under the name that it had, the latest first."""
    own = library_file(features, library, "").name
    paths = library_files(features, library, "removal-*.jsonl")
    of_library = [
        Journal(path)
        for path in paths
        if path.name.startswith(own)
        or ((removal := _readable(Journal(path))) and removal.is_of(library))
    ]
    return sorted(of_library, key=lambda journal: journal.number, reverse=True)


def _readable(journal: Journal) -> Removal | None:
    """The removal; ``None`` of a damaged journal, which its library tells when it is opened."""
    try:
        return journal.read()
    except FeatureStoreError:
        return None


def new_journal(features: Path, library: Path) -> Journal:
    """The journal of the next removal; the oldest ones of which all is back are deleted."""
    earlier = journals(features, library)
    settled = [one for one in earlier if (removal := _readable(one)) and not removal.away]
    for journal in settled[SETTLED_JOURNALS - 1 :]:
        with suppress(OSError):
            journal.path.unlink()
    number = earlier[0].number + 1 if earlier else 1
    return Journal(library_file(features, library, f"removal-{number:06}.jsonl"))


def _former_folder(files: Sequence[RemovedFile]) -> str:
    """The folder that took the files; empty for the trash."""
    for one in files:
        if one.to:
            return str(Path(one.to).parents[len(PurePosixPath(one.image).parts) - 1])
    return ""


def _parsed(line: bytes) -> dict[str, Any] | None:
    """A line of a change; ``None`` for an empty one, and for one that was cut off."""
    try:
        change = json.loads(line)
    except ValueError:
        return None
    return change if isinstance(change, dict) else None
