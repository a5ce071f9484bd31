"""Bring back what the last removal from a library moved away."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Cancelled, FeatureStoreError
from ..types import Skipped
from .checked_file import CheckedFile, Refusal, has_content, is_within, look_at
from .copying import clear_away, left_behind
from .freedesktop_trash import forget
from .journal import GONE, KEPT, PLANNED, RESTORED, Journal, Removal, RemovedFile, journals
from .moving import move
from .names import printable
from .original_paths import took_files
from .reports import UndoReport
from .system_trash import can_restore, find_in_trash, has_trash


def last_removal(features: Path, library: Path) -> Removal | None:
    """The last removal from a library of which some is still away; ``None`` where all is back.

    Nothing is written, and no content is read: a file counts as back by its size and time.
    """
    for journal in journals(features, library):
        removal = journal.read().seen_from(library)
        if removal.away:
            return removal
    return None


def undo(
    features: Path,
    library: Path,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> UndoReport:
    """Bring the files of the last removal back to where they were.

    A file is brought back only with the content that it had, and overwrites none. Where that is
    not possible it stays in the journal, unless it is provably gone. Where nothing of the last
    removal can come back, as its drive is not plugged in, that is told, and the one before it is
    undone.

    The lock of the features folder must be held.

    Args:
        features: Has the journals.
        library: Absolute path.
        progress: Called with the number of files done and of all; ends the undo by raising
            ``Cancelled``, which the report tells as its problem.
    """
    missing: list[Skipped] = []
    for journal in journals(features, library):
        removal = journal.read()
        if not removal.away:
            continue
        run = _Run(library, removal, journal)
        try:
            run.go(progress)
        except Cancelled:
            return run.report(missing, "Stopped: undo once more to bring back the rest.")
        except FeatureStoreError as error:
            return run.report(missing, str(error))
        if run.restored:
            return run.report(missing)
        missing += run.missing
    return UndoReport((), tuple(missing))


@dataclass
class _Run:
    """The undo of a removal."""

    library: Path
    removal: Removal
    journal: Journal
    restored: list[RemovedFile] = field(default_factory=list)
    missing: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def go(self, progress: Callable[[int, int], None]) -> None:
        """Bring back what can be; the rest is ``missing``."""
        away = [(number, one) for number, one in enumerate(self.removal.files) if one.is_away]
        places, complete = _places(self.removal, self.library)
        plugged_in = self._is_plugged_in()
        for done, (number, one) in enumerate(away):
            progress(done, len(away))
            if plugged_in:
                self._bring_back(number, one, places.get(one, ()), complete=complete)
            else:
                self.missing.append(Skipped(one.image, f"the library is not there{_at(one)}"))

    def report(self, before: list[Skipped], problem: str | None = None) -> UndoReport:
        """What was done, after what could not be done of later removals."""
        return UndoReport(
            tuple(one.image for one in self.restored if not one.picture),
            (*before, *self.missing),
            problem,
            tuple(one.image for one in self.restored if one.picture),
            tuple(self.notes),
        )

    def _bring_back(
        self, number: int, one: RemovedFile, places: tuple[Path, ...], *, complete: bool
    ) -> None:
        path = self.library / one.image
        folders = [path.parent, *([Path(one.to).parent] if one.to else [])]
        copies = [left_behind(folder, one.id) for folder in folders]
        source, all_read = _find((*places, *copies), one.id)
        if has_content(path, one.id):
            # Of a planned file, that was never moved, or only a copy was.
            back = one.state != PLANNED or source is not None
            if back:
                self.restored.append(one)
            self.journal.record(number, RESTORED if back else KEPT)
        elif source is None:
            self._miss(number, one, certain=complete and all_read)
        elif reason := self._move(source, path):
            self.missing.append(
                Skipped(one.image, f"{reason}: it lies at {printable(source.path)}")
            )
        else:
            self.restored.append(one)
            self.journal.record(number, RESTORED)
        for copy in copies:
            clear_away(copy, path)

    def _move(self, source: CheckedFile, path: Path) -> str | None:
        """Move a file back; return why that is not possible."""
        if not is_within(self.library, path):
            return "a link leads out of the library"
        try:
            losses = move(source, path)
        except FileExistsError:
            return "another file is in its place"
        except OSError as error:
            return str(error.strerror or error)
        except Refusal as refusal:
            return str(refusal)
        if losses:
            self.notes.append(f"{printable(path.name)} is back without its {', '.join(losses)}.")
        if not self.removal.into:
            forget(source.path)
        return None

    def _miss(self, number: int, one: RemovedFile, *, certain: bool) -> None:
        """Tell that a file is not back; ``certain``: everything where it may be could be read."""
        path = self.library / one.image
        never_moved = one.state == PLANNED and os.path.lexists(path)
        if certain and never_moved and self._place_is_there(one):
            # It was never moved, and someone has changed it since.
            self.journal.record(number, KEPT)
            return
        if not self.removal.into and not can_restore():
            reason = "programs cannot take it out of the trash of this system: do it there"
        elif not self._place_is_there(one):
            reason = f"the drive or trash that took it is not there{_at(one)}"
        elif not certain or (one.to and not _is_absent(Path(one.to))):
            reason = f"what is there now is another file, or cannot be read{_at(one)}"
        else:
            reason = f"it is no longer where it was moved to{_at(one)}"
            self.journal.record(number, GONE)
        self.missing.append(Skipped(one.image, reason))

    def _place_is_there(self, one: RemovedFile) -> bool:
        """Whether the folder or trash that took a file is there, so that the file would be."""
        if self.removal.into:
            return took_files(Path(self.removal.into))
        if one.to:
            return Path(one.to).parents[1].is_dir()
        return has_trash((self.removal.library / one.image).parent)

    def _is_plugged_in(self) -> bool:
        """Whether the library is there, not only the mount point of its drive."""
        if any(os.path.lexists(self.library / one.image) for one in self.removal.kept):
            return True
        if not self.library.is_dir():
            return False
        if self.removal.mount and self.library == self.removal.library:
            return os.path.ismount(self.removal.mount)
        return any(self.library.iterdir())


def _find(places: Iterable[Path], identity: str) -> tuple[CheckedFile | None, bool]:
    """The first file with that content, and whether all that is there could be read until then."""
    all_read = True
    for place in places:
        try:
            file = look_at(place)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            # An error of the drive proves nothing.
            all_read = False
            continue
        if file.id == identity:
            return file, all_read
    return None, all_read


def _is_absent(path: Path) -> bool:
    """Whether there is no such file; an error of the drive proves nothing."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _at(one: RemovedFile) -> str:
    return f": {printable(one.to)}" if one.to else ""


def _places(removal: Removal, library: Path) -> tuple[Mapping[RemovedFile, tuple[Path, ...]], bool]:
    """Where the files that are away may be, and whether all of the trash could be read."""
    if removal.into:
        return {one: (Path(one.to),) for one in removal.away}, True
    # A library that was moved has taken the trash of its drive along.
    originals = {
        folder / one.image for one in removal.away for folder in {removal.library, library}
    }
    in_trash, complete = find_in_trash(originals)
    places = {
        one: (
            *([Path(one.to)] if one.to else ()),
            *in_trash.get(removal.library / one.image, ()),
            *in_trash.get(library / one.image, ()),
        )
        for one in removal.away
    }
    return places, complete
