"""A state machine over the real code of ``core.trash`` on real folders and drives.

It drives the removals and undos themselves, with any pair of files as the one that goes and the
one that stays: what is found, dismissed and ticked above them only chooses such pairs.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from core.errors import LookalikeError
from core.images import image_id
from core.trash import Move, RemovalReport, UndoReport, remove, undo
from core.trash.names import printable
from tests.trash.faults import Death, fault
from tests.trash.libraries import records
from tests.trash.world import World, files_in

NAMES = (
    *("a.jpg", "b.jpg", "A.JPG", "x/a.jpg", "x/b.png", "x/y/a.jpg", "a.xmp", "x/a.jpg.xmp"),
    *("x/a.json", "new\nline.jpg", os.fsdecode(b"\xff\xfe.jpg"), "-rf.jpg", "con:?.jpg", " .jpg"),
    "ü" * 100 + ".jpg",
)
ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EINVAL, errno.EPERM)
names = st.sampled_from(NAMES)
features = st.sampled_from([0, 0, 0, 1])
numbers = st.integers(0, 11)


@dataclass(frozen=True)
class Away:
    """A file that was in the library before a removal, and is not after it."""

    features: int
    name: str
    content: bytes
    mtime_ns: int
    library: Path


faults = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 60), st.sampled_from(["death", "other", "change", *ERRORS])),
)


class Removals(RuleBasedStateMachine):
    """Nothing of the user's is lost, and an undo brings it back or says where it is.

    A rule that does not apply does nothing. It has no precondition: what is drawn next would then
    depend on the clock and the drives, and hypothesis could not repeat a run.
    """

    world: World | None = None

    @initialize(on_drive=st.booleans(), chosen=st.sets(names, min_size=3))
    def begin(self, on_drive: bool, chosen: set[str]) -> None:
        self.world = World(library_on_drive=on_drive)
        self.count = 0
        self.away: list[Away] = []
        for name in sorted(chosen):
            self._write(name)
        self.find()
        self.safe = self.world.contents()

    def teardown(self) -> None:
        if self.world is None:
            return
        try:
            if not self.world.plugged_in:
                self.world.plug_in()
            self._undo_all()
        finally:
            self.world.end()

    # What the user does.

    @rule(
        what=st.sampled_from(["write", "copy", "rename", "delete", "delete", "delete for good"]),
        number=numbers,
        name=names,
    )
    def change(self, what: str, number: int, name: str) -> None:
        """Add, change, rename or delete a file, also in the trash or a folder that took it."""
        if not self.world.has_library:
            return
        for_good = what == "delete for good"
        files = list(self.world.taken() if for_good else files_in(self.world.library))
        path = Path(files[number % len(files)]) if files else None
        if number % 2 and self.away:
            # The place of a file that is away.
            name = self.away[number % len(self.away)].name
        target = self.world.library / name
        if what == "write":
            self._write(name)
        elif path and what == "copy":
            self._write(name, path.read_bytes())
        elif path and what == "rename":
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        elif path:
            path.unlink()
        self.safe = self.world.contents()

    @rule(name=st.sampled_from(["library", "photos", "ü pictures"]))
    def rename_library(self, name: str) -> None:
        target = self.world.library.with_name(name)
        if self.world.has_library and not target.exists():
            self.world.library.rename(target)
            self.world.library = target

    @rule(what=st.sampled_from(["stays", "vanishes", "full", "free"]))
    def change_drive(self, what: str) -> None:
        """Plug the drive in if it is not; else unplug it, or change its free space."""
        if not self.world.plugged_in:
            self.world.plug_in()
        elif what in ("stays", "vanishes"):
            self.world.unplug(stays=what == "stays")
        else:
            with suppress(OSError):
                (self.world.backing / "filler").write_bytes(bytes((1 << 18) * (what == "full")))

    # What the program does.

    @rule()
    def find(self) -> None:
        """Index what is there; what is removed later is chosen of that."""
        if not self.world.has_library:
            return
        self.index = [
            one for one in records(self.world.library) if not one.path.endswith(".lookalike-copy")
        ]

    @rule(
        going=st.lists(numbers, min_size=1, max_size=4, unique=True),
        stays=numbers,
        into=st.sampled_from(["", "out", "drive/out"]),
        features=features,
        fault=faults,
    )
    def remove(self, going: list[int], stays: int, into: str, features: int, fault: Any) -> None:
        if self.world.has_library and len(self.index) > 1:
            self._remove(going, stays, into, features, fault)

    def _remove(self, going: list[int], stays: int, into: str, features: int, fault: Any) -> None:
        if into.startswith("drive") and not self.world.plugged_in:
            return
        kept = self.index[stays % len(self.index)]
        images = {self.index[number % len(self.index)] for number in going} - {kept}
        moves = [Move(one, kept) for one in sorted(images, key=lambda one: one.path)]
        folder = self.world.root / into if into else None
        before = self.world.in_library()

        reports: list[RemovalReport] = []

        def run() -> None:
            to = self.world.features[features]
            reports.append(remove(to, self.world.library, moves, into=folder))

        def by_other() -> None:
            now = self.world.in_library()
            back = [Move(move.kept, move.image) for move in moves[:1]]
            with suppress(LookalikeError):
                remove(self.world.features[1 - features], self.world.library, back)
            self._note(1 - features, now)

        def changed() -> None:
            name = moves[0].image.path
            path = self.world.library / name
            old = path.read_bytes() if path.exists() else b""
            if path.parent.is_dir():
                self._write(name)
                # There may be a copy of it for a moment, but it is the user who overwrote it.
                self.safe = (self.safe | self.world.contents()) - {old}
                if old:
                    before.pop(name, None)

        if moves:
            self._run(run, fault, other=by_other, change=changed)
            self._note(features, before)
            pair = {moves[0].image.id, kept.id}
            had = {image_id(content) for content, _ in before.values()}
            has = {image_id(content) for content, _ in self.world.in_library().values()}
            if fault is None or fault[1] == "other":
                assert not pair & had or pair & has
            for report in reports:
                after = self.world.in_library()
                if fault is None or fault[1] != "change":
                    assert all(name in before and name not in after for name in report.moved)
                if report.moved and fault is None:
                    assert image_id(after[kept.path][0]) == kept.id

    @rule(going=st.lists(numbers, min_size=1, max_size=4, unique=True), stays=numbers)
    def find_and_remove(self, going: list[int], stays: int) -> None:
        """What most people do."""
        self.find()
        if self.world.has_library and len(self.index) > 1:
            self._remove(going, stays, "", 0, None)

    @rule(features=features, fault=faults)
    def undo(self, features: int, fault: Any) -> None:
        def run() -> None:
            undo(self.world.features[features], self.world.library)

        self._run(run, fault, other=lambda: None, change=lambda: None)
        self._forget_what_is_back()

    # What always holds.

    @precondition(lambda self: self.world is not None)
    @invariant()
    def nothing_is_lost(self) -> None:
        lost = self.safe - self.world.contents()
        assert not lost, lost

    @precondition(lambda self: self.world is not None)
    @invariant()
    def no_journal_forgets(self) -> None:
        self._forget_what_is_back()
        if not self.away:
            return
        known = {
            identity
            for folder in self.world.features
            for _, identity in self.world.journalled(folder)
        }
        taken = self._contents_of_taken()
        for one in self.away:
            # Of two files with the same content one may be deleted for good: the other one counts.
            if one.content in taken:
                assert image_id(one.content) in known, one

    # Helpers.

    def _write(self, name: str, content: bytes | None = None) -> None:
        self.count += 1
        path = self.world.library / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content or b"content %d" % self.count)
            os.utime(path, ns=(self.count * 10**9, self.count * 10**9 + 7))
        except OSError:
            # The drive is full.
            path.unlink(missing_ok=True)

    def _run(
        self,
        action: Callable[[], None],
        failing: Any,
        *,
        other: Callable[[], None],
        change: Callable[[], None],
    ) -> None:
        def happens() -> None:
            if kind == "death":
                raise Death
            if isinstance(kind, int):
                raise OSError(kind, os.strerror(kind))
            other() if kind == "other" else change()

        at, kind = failing or (0, None)
        # Of an error that the program may not expect, only one of its own kind may come out.
        with suppress(Death, LookalikeError), fault(at, happens) if failing else nullcontext():
            action()

    def _note(self, features: int, before: dict[str, tuple[bytes, int]]) -> None:
        """Remember what a removal took."""
        after = self.world.in_library()
        noted = {(one.name, one.content) for one in self.away}
        taken = self._contents_of_taken()
        for name, (content, mtime_ns) in before.items():
            if name not in after and content in taken and (name, content) not in noted:
                self.away.append(Away(features, name, content, mtime_ns, self.world.library))

    def _contents_of_taken(self) -> set[bytes]:
        return set(self.world.taken().values())

    def _forget_what_is_back(self) -> None:
        if not self.world.has_library:
            return
        present = self.world.in_library()
        for one in list(self.away):
            there = present.get(one.name)
            if there and there[0] == one.content:
                self.away.remove(one)

    def _undo_all(self) -> None:
        """Undo all removals: what is not back is told, with its place."""
        with suppress(OSError):
            (self.world.backing / "filler").unlink()
        missing: dict[str, list[str]] = {}
        for folder in self.world.features:
            report = UndoReport(("",), ())
            while report.restored or report.sidecars:
                report = undo(folder, self.world.library)
                assert report.problem is None
            for item in report.missing:
                missing.setdefault(item.image, []).append(item.reason)
        present = self.world.in_library()
        back = {content for content, _ in present.values()}
        taken = {printable(path): content for path, content in self.world.taken().items()}
        for one in self.away:
            if one.content not in taken.values():
                continue
            if one.name in present and present[one.name][0] == one.content:
                assert abs(present[one.name][1] - one.mtime_ns) < 10**3
            # A library that was renamed is known by the files that stayed, if there still are any.
            # Of two files with the same content one may be back for both.
            elif one.library == self.world.library and one.content not in back:
                reasons = [reason for told in missing.values() for reason in told]
                places = [reason.rpartition(" lies at ")[2] for reason in reasons]
                assert one.content in [taken.get(place) for place in places], (one, missing)
        self.nothing_is_lost()
