"""The journal of a removal: what is to be moved is saved before the first file is."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.atomic import atomic_write
from core.errors import FeatureStoreError
from core.feature_store import library_file

FORMAT = "lookalike-removal-1"

PLANNED, MOVED, KEPT, RESTORED, GONE = STATES = ("planned", "moved", "kept", "restored", "gone")
# Of earlier removals, which are undone after the later ones.
KEPT_JOURNALS = 20


@dataclass(frozen=True, slots=True)
class RemovedFile:
    """A file of a removal.

    Attributes:
        image: Path relative to the library, with ``/``.
        id: Of its content.
        size: In bytes.
        to: Absolute path in the folder that it is moved into; empty for the trash.
        state: One of ``STATES``: ``"planned"`` may have been moved or not, ``"gone"`` was in no
            trash when it was to come back.
    """

    image: str
    id: str
    size: int
    to: str = ""
    state: str = PLANNED


@dataclass(frozen=True)
class Removal:
    """A removal from a library.

    Attributes:
        library: Absolute path.
        at: Local time of the start, ISO 8601.
        files: In the order in which they are moved.
    """

    library: Path
    at: str
    files: tuple[RemovedFile, ...]

    @property
    def removed(self) -> tuple[RemovedFile, ...]:
        """The files that are, or may be, away."""
        return tuple(one for one in self.files if one.state in (PLANNED, MOVED))


def journals(features: Path, library: Path) -> list[Journal]:
    """The journals of a library in a features folder, one a removal, the latest first."""
    pattern = library_file(features, library, "removal-*.jsonl")
    return [Journal(path) for path in sorted(pattern.parent.glob(pattern.name), reverse=True)]


def new_journal(features: Path, library: Path) -> Journal:
    """The journal of the next removal; the oldest ones are deleted."""
    earlier = journals(features, library)
    for journal in earlier[KEPT_JOURNALS - 1 :]:
        journal.path.unlink(missing_ok=True)
    number = int(earlier[0].path.stem.rpartition("-")[2]) + 1 if earlier else 1
    return Journal(library_file(features, library, f"removal-{number:06}.jsonl"))


class Journal:
    """The file of a removal from a library: one line of JSON for the plan, one a change.

    Args:
        path: Its folder is made by the first write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, removal: Removal) -> None:
        """Save a plan; it is on the disk when this returns."""
        content = {
            "format": FORMAT,
            "library": str(removal.library),
            "at": removal.at,
            "files": [dataclasses.asdict(one) for one in removal.files],
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.path, durable=True) as file:
                file.write(json.dumps(content).encode() + b"\n")
        except OSError as error:
            raise self._not_saved(error) from error

    def record(self, number: int, state: str) -> None:
        """Add the state of the file with a number."""
        # A line break first: what a killed process wrote of a line ends there.
        line = f"\n{json.dumps({'file': number, 'state': state})}\n".encode()
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
            plan = json.loads(lines[0])
            if plan["format"] != FORMAT:
                raise ValueError(f"format {plan['format']}")
            files = [RemovedFile(**one) for one in plan["files"]]
            for line in lines[1:]:
                change = _parsed(line)
                if change:
                    number, state = change["file"], change["state"]
                    files[number] = replace(files[number], state=state)
            return Removal(Path(plan["library"]), plan["at"], tuple(files))
        # Damaged JSON may have any form.
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise self._unreadable(str(error)) from error

    def _unreadable(self, detail: str) -> FeatureStoreError:
        return FeatureStoreError(
            f"The journal of a removal cannot be read: expected {FORMAT}. "
            f"Received: {self.path} ({detail}). Move it away; the files are in the trash."
        )

    def _not_saved(self, error: OSError) -> FeatureStoreError:
        return FeatureStoreError(
            "The journal of the removal cannot be written: expected a features folder with free "
            f"space. Received: {self.path} ({error.strerror or error}). Nothing more was moved; "
            "free some space or make it writable."
        )


def _parsed(line: bytes) -> dict[str, Any] | None:
    """A line of a change; ``None`` for an empty one, and for one that was cut off."""
    try:
        change = json.loads(line)
    except ValueError:
        return None
    return change if isinstance(change, dict) else None
