"""A removal or an undo in a process that is killed loses nothing: journal and disk agree."""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.trash import last_removal, undo
from tests.trash.libraries import contents, fill_library, records, remove_images

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")

WAYS = ("trash", "folder", "other drive", "undo")
FILES = 12


class Killed:
    """Removals, or undos, of a small library, each in a process of its own that is killed.

    Args:
        root: An empty folder, in which the library is.
        into: Folder that takes the files; ``None`` for the trash.
        undoing: Whether the undo is killed instead of the removal.
    """

    def __init__(self, root: Path, into: Path | None, *, undoing: bool) -> None:
        self.root, self.into, self.undoing = root, into, undoing
        self.features, self.library = root / "features", root / "library"
        fill_library(self.library, 0)
        for number in range(FILES):
            (self.library / f"{number}.jpg").write_bytes(bytes([number]) * 9_000)
            (self.library / f"{number}.xmp").write_bytes(b"of %d" % number)
            os.utime(self.library / f"{number}.jpg", (number, number))
        self.before = contents(self.library)
        self.images = [one for one in records(self.library) if one.path.endswith(".jpg")]
        start = time.perf_counter()
        assert len(self.remove()) == len(self.undo()) == FILES
        self.seconds = (time.perf_counter() - start) / 2

    def remove(self) -> tuple[str, ...]:
        """Remove all pictures but one."""
        return remove_images(self.features, self.library, self.images, into=self.into).moved

    def undo(self) -> tuple[str, ...]:
        """Bring them back."""
        return undo(self.features, self.library).restored

    def kill(self, delay: float) -> int:
        """Kill the process so many seconds after it began; return how many pictures are away."""
        if self.undoing:
            self.remove()
        kill(self.undo if self.undoing else self.remove, delay)
        left = contents(self.library)
        away = {name for name in self.before if name not in left}
        assert left.items() <= self.before.items()
        removal = last_removal(self.features, self.library)
        assert {one.image for one in removal.away} == away if removal else not away
        report = undo(self.features, self.library)
        assert (report.missing, report.problem) == ((), None)
        # Of what was moved before the kill nobody was told yet; what came back before it was not.
        assert {*report.restored, *report.sidecars} >= away
        assert contents(self.library) == self.before
        for image in self.images:
            assert (self.library / image.path).stat().st_mtime_ns == image.mtime_ns
        assert last_removal(self.features, self.library) is None
        # No half copy is left.
        for folder in (self.library, self.into):
            assert not folder or [*folder.rglob(".*.lookalike-copy")] == []
        return len(away)


def kill(action: Callable[[], object], delay: float) -> None:
    """Do something in a process that gets SIGKILL so many seconds after it began."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def work() -> None:
        sender.send(True)
        action()

    process = context.Process(target=work)
    process.start()
    receiver.recv()
    process.join(delay)
    process.kill()
    process.join()


@pytest.fixture(params=WAYS)
def killed(request: pytest.FixtureRequest, tmp_path: Path, trash: Path) -> Iterator[Killed]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        into = {"folder": tmp_path / "out", "other drive": Path(memory)}.get(request.param)
        yield Killed(tmp_path, into, undoing=request.param == "undo")


def test_what_is_killed_loses_nothing(killed: Killed) -> None:
    for share in (0.1, 0.4, 0.8):
        killed.kill(share * killed.seconds)


@pytest.mark.slow
def test_what_is_killed_at_random_moments_loses_nothing(killed: Killed) -> None:
    chance = random.Random(24)
    away = [killed.kill(chance.uniform(0, 1.2) * killed.seconds) for _ in range(50)]
    # Some of them hit it on its way.
    assert any(0 < count < 2 * FILES for count in away)
