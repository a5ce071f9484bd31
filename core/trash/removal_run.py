"""A removal on its way."""

import errno
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import FeatureStoreError
from ..types import Skipped
from .checked_file import CheckedFile, Refusal, checked, is_within, look_at
from .freedesktop_trash import forget
from .journal import KEPT, MOVED, PLANNED, Journal, Removal
from .moving import move
from .names import alternatives, legal, printable
from .original_paths import append_paths
from .planning import Move
from .reports import RemovalReport
from .sidecars import folder_names, is_shared
from .system_trash import to_trash

_NOT_ALLOWED = "its folder or the one that was to take it may not be written"
_BAD_NAME = "the drive that was to take it does not allow its name"
# Of one file: the others may go all the same.
_OF_ONE_FILE = {
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EBUSY: "it was changed at this moment, or a program has it open",
    errno.ETXTBSY: "a program has it open",
    errno.EFBIG: "it is too large for the drive that was to take it",
    errno.ENAMETOOLONG: "its name is too long for the drive that was to take it",
    errno.EINVAL: _BAD_NAME,
    errno.EILSEQ: _BAD_NAME,
    errno.ENOENT: "it does not exist any more",
}


class RemovalRun:
    """A removal on its way: it checks each file, moves it, and checks again.

    Attributes:
        path: The file that it is at.
    """

    def __init__(
        self,
        removal: Removal,
        sidecars: Mapping[str, Sequence[int]],
        journal: Journal,
        moves: Mapping[str, Move],
    ) -> None:
        self.files = removal.files
        self.library = self.path = removal.library
        self.into = Path(removal.into) if removal.into else None
        self._sidecars = sidecars
        self._sidecar_paths = {self.library / one.image for one in self.files if one.picture}
        self._journal = journal
        self._moves = moves
        # By number, where they are; ``None`` where the system does not tell.
        self._taken: dict[int, Path | None] = {}
        self._checks: dict[int, tuple[CheckedFile, CheckedFile]] = {}
        self._refused: list[Skipped] = []
        self._notes: list[str] = []
        self._losses: Counter[str] = Counter()

    def go(self, progress: Callable[[int, int], None]) -> None:
        """Move the pictures one after the other, each with its sidecars."""
        if self.into:
            rows = ((Path(one.to), self.library / one.image, one.id) for one in self.files)
            append_paths(self.into, rows)
        drives = {place: place.stat() for place in (self.library, self.into) if place}
        pictures = [number for number, one in enumerate(self.files) if not one.picture]
        try:
            for done, number in enumerate(pictures):
                progress(done, len(pictures))
                for place, drive in drives.items():
                    _require_same(place, drive)
                self._take_picture(number)
        finally:
            # A full features folder does not keep what follows from being done.
            with suppress(FeatureStoreError):
                self._end()

    def report(self, problem: str | None = None, *, no_trash: bool = False) -> RemovalReport:
        """What was done so far."""
        taken = [self.files[number] for number in sorted(self._taken)]
        lost = (
            f"The drive that took the files cannot keep this of {count:,} of them: {what}."
            for what, count in self._losses.items()
        )
        return RemovalReport(
            tuple(one.image for one in taken if not one.picture),
            sum(one.size for one in taken),
            tuple(self._refused),
            problem,
            no_trash,
            tuple(one.image for one in taken if one.picture),
            (*self._notes, *lost),
        )

    def _take_picture(self, number: int) -> None:
        image = self.files[number].image
        self.path = self.library / image
        try:
            checks = self._checked(self._moves[image])
            self._take(number, checks[0])
        except (Refusal, OSError) as error:
            self._refused.append(Skipped(image, _reason(error)))
            return
        self._checks[number] = checks
        if self._is_right(number):
            self._journal.record(number, MOVED, self._taken[number])
            self._take_sidecars(image)

    def _checked(self, one: Move) -> tuple[CheckedFile, CheckedFile]:
        """The file that goes and the one that stays; raises ``Refusal``."""
        name = printable(one.kept.path)
        if one.kept.path in self._moves:
            raise Refusal(f"the file that was to stay for it goes, too: {name}")
        going = checked(self.library, one.image.path, one.image.id)
        try:
            kept = checked(self.library, one.kept.path, one.kept.id, goes=False)
        except Refusal as refusal:
            raise Refusal(f"of the file that was to stay for it, {name}: {refusal}") from None
        if going.is_same_file(kept):
            raise Refusal(f"it is the same file as {name}: moving it frees nothing")
        return going, kept

    def _take(self, number: int, going: CheckedFile) -> None:
        place, losses = self._to_folder(number, going) if self.into else to_trash(going)
        self._taken[number] = place
        self._losses.update(losses)

    def _to_folder(self, number: int, going: CheckedFile) -> tuple[Path, tuple[str, ...]]:
        assert self.into
        one = self.files[number]
        planned = Path(one.to)
        allowed = self.into / legal(planned.relative_to(self.into).as_posix())
        ways = [alternatives(planned), *([alternatives(allowed)] if allowed != planned else [])]
        while True:
            place = next(ways[0])
            if place != planned:
                append_paths(self.into, [(place, going.path, one.id)])
                self._journal.record(number, PLANNED, place)
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                if not is_within(self.into, place):
                    raise Refusal("a link leads out of the folder that was to take it")
                return place, move(going, place)
            except FileExistsError:
                continue
            except OSError as error:
                if _OF_ONE_FILE.get(error.errno or 0) != _BAD_NAME or len(ways) == 1:
                    raise
                del ways[0]

    def _is_right(self, number: int) -> bool:
        """Whether what was moved is what was checked, and what stays is there; else undo it."""
        image, place = self.files[number].image, self._taken[number]
        going, kept = self._checks[number]
        if not kept.is_there():
            reason = f"the file that was to stay for it is gone: {printable(kept.path)}"
        elif place and not replace(going, path=place).is_there():
            reason = "it was changed at this moment"
        else:
            return True
        del self._checks[number]
        for other in (number, *self._sidecars.get(image, ())):
            if other in self._taken:
                self._bring_back(other, reason)
        return False

    def _bring_back(self, number: int, reason: str) -> None:
        one, place = self.files[number], self._taken[number]
        if place is None:
            self._notes.append(f"{printable(one.image)} is in the trash, but {reason}.")
            self._journal.record(number, MOVED)
            return
        try:
            move(look_at(place), self.library / one.image)
        except (OSError, Refusal) as error:
            why = getattr(error, "strerror", None) or error
            self._notes.append(
                f"{printable(one.image)} did not come back ({why}), but "
                f"{reason}: it lies at {printable(place)}."
            )
            self._journal.record(number, MOVED, place)
            return
        del self._taken[number]
        if not one.picture:
            self._refused.append(Skipped(one.image, reason))
        if not self.into:
            forget(place)

    def _take_sidecars(self, image: str) -> None:
        """Move the sidecars of a picture that was moved, but those of files that stay."""
        for number in self._sidecars.get(image, ()):
            path = self.library / self.files[number].image
            names = folder_names(path.parent)
            stay = [one for one in names if path.with_name(one) not in self._sidecar_paths]
            if number in self._taken or is_shared(path, stay):
                continue
            one, self.path = self.files[number], path
            try:
                self._take(number, checked(self.library, one.image, one.id))
            except (Refusal, OSError) as error:
                self._notes.append(f"{printable(one.image)} stays: {_reason(error)}.")
                continue
            self._journal.record(number, MOVED, self._taken[number])

    def _end(self) -> None:
        """Look once more whether all that stays is there; other programs move files, too."""
        for number in list(self._checks):
            self._is_right(number)
        for number, one in enumerate(self.files):
            # A drive may move a file and answer that it did not.
            if number not in self._taken and os.path.lexists(self.library / one.image):
                self._journal.record(number, KEPT)


def _require_same(place: Path, drive: os.stat_result) -> None:
    # Else what is moved would land beneath the mount point of a drive that was pulled out.
    try:
        same = os.path.samestat(place.stat(), drive)
    except OSError:
        same = False
    if not same:
        raise OSError(errno.ENODEV, "its drive is gone", str(place))


def _reason(error: Refusal | OSError) -> str:
    """Why one file stays; an error of the drive is raised again."""
    if isinstance(error, Refusal):
        return str(error)
    if error.errno not in _OF_ONE_FILE:
        raise error
    return _OF_ONE_FILE[error.errno]
