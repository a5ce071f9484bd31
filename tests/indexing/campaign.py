"""A library that changes, and indexing runs over it that are stopped at random moments."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections import Counter
from pathlib import Path

import numpy as np

from core.feature_store import IndexSnapshot
from core.images import load_image
from core.model import BATCH_SIZE
from core.search import SearchOptions
from core.types import Array
from tests.fakes import save_picture
from tests.indexing.faults import (
    INTERRUPTED,
    KILLED,
    STOPPED,
    catalog_rows,
    close,
    engine,
    leftovers,
    worker,
)

BROKEN = "broken.jpg"
FOLDERS = ("", "trips/", "trips/sea/", "cats/")


class Campaign:
    """A library that changes, and indexing runs over it that are stopped at random moments.

    After each change of the library an unbroken run into a fresh features folder tells what the
    features must be in the end.

    Args:
        folder: For everything.
        seed: Of the changes and the moments.
        interrupt: Whether to stop the runs with Ctrl-C, not to kill them.
    """

    def __init__(self, folder: Path, seed: int, *, interrupt: bool = False) -> None:
        self.rng = random.Random(seed)
        self.interrupt = interrupt
        self.folder = folder
        self.library = folder / "library"
        self.clock = 10**18
        self.drawn = seed * 10**6
        # What each path ever held, and the feature of each content.
        self.held: dict[str, set[str]] = {}
        self.truth: dict[str, Array] = {}
        self.before: dict[str, tuple[bytes, int]] = {}
        self.features_made = 0
        self.moments: Counter[str] = Counter()
        self.finished_runs = 0
        for number in range(96):
            self.draw(f"{FOLDERS[number % len(FOLDERS)]}{number:03}.{('jpg', 'png')[number % 2]}")
        (self.library / BROKEN).write_text("no picture")
        self.know_the_truth()
        self.start_over()

    def run(self, kills: int) -> None:
        while self.moments.total() < kills:
            moment = self.stop_somewhere()
            if moment:
                self.moments[moment] += 1
                self.check_what_is_left()
                self.check_search()
                if self.rng.random() < 0.7:
                    self.check_complete(engine(self.features).index(self.library).extracted)
            else:
                self.finished_runs += 1
            if self.rng.random() < 0.15:
                self.start_over()
            if self.rng.random() < 0.8:
                self.change_library()

    def start_over(self) -> None:
        """Begin with an empty features folder."""
        self.features_made += 1
        self.features = self.folder / f"features-{self.features_made}"
        # It lives through all the runs, as a server does.
        self.server = engine(self.features)
        self.published: list[tuple[str, str]] | None = None

    # The library

    def draw(self, path: str) -> None:
        self.drawn += 1
        save_picture(self.library / path, self.drawn)
        self.touch(path)

    def touch(self, path: str) -> None:
        self.clock += 10**9
        os.utime(self.library / path, ns=(self.clock, self.clock))

    def change_library(self) -> None:
        self.before = self.before if self.rng.random() < 0.5 else {}
        for _ in range(self.rng.randint(1, 60)):
            paths = self.paths()
            path = self.rng.choice(paths)
            file = self.library / path
            other = f"{self.rng.choice(FOLDERS)}{self.drawn:09}{file.suffix}"
            match self.rng.choice(
                ("change", "change", "change", "undo", "undo", "touch", "move", "copy")
                + (("add",) * 4 if len(paths) < 100 else ("delete",) * 4)
            ):
                case "change":
                    self.before.setdefault(path, (file.read_bytes(), file.stat().st_mtime_ns))
                    self.draw(path)
                case "undo" if self.before:
                    # As a backup does: the time comes back with the content.
                    path, (content, mtime_ns) = self.before.popitem()
                    file = self.library / path
                    if file.exists():
                        file.write_bytes(content)
                        os.utime(file, ns=(mtime_ns, mtime_ns))
                case "touch":
                    self.touch(path)
                case "move":
                    self.drawn += 1
                    file.rename(self.library / other)
                case "copy":
                    self.drawn += 1
                    shutil.copyfile(file, self.library / other)
                    self.touch(other)
                case "add":
                    self.draw(other)
                case "delete":
                    file.unlink()
        self.know_the_truth()

    def paths(self) -> list[str]:
        files = (path for path in self.library.rglob("*") if path.is_file())
        return sorted(
            path.relative_to(self.library).as_posix() for path in files if path.name != BROKEN
        )

    def know_the_truth(self) -> None:
        unbroken = engine(self.folder / "unbroken")
        unbroken.index(self.library)
        snapshot = unbroken.require_snapshot()
        self.images: dict[str, tuple[int, int, str]] = {}
        for path in self.paths():
            status = (self.library / path).stat()
            content = (self.library / path).read_bytes()
            identity = hashlib.blake2b(content, digest_size=16).hexdigest()
            self.images[path] = (status.st_size, status.st_mtime_ns, identity)
            self.held.setdefault(path, set()).add(identity)
            (array,) = (self.folder / "unbroken").glob(f"*/arrays/{path}.npy")
            self.truth[identity] = np.load(array)
        assert [image.path for image in snapshot.images] == list(self.images)
        shutil.rmtree(self.folder / "unbroken")

    @property
    def index(self) -> list[tuple[str, str]]:
        """What the index of the library must hold: each path and its content."""
        return [(path, identity) for path, (_, _, identity) in self.images.items()]

    # The runs

    def stop_somewhere(self) -> str:
        """Start a run and kill it; returns after which step, or nothing if it was through."""
        rebuild = self.rng.random() < 0.15
        finished = self.finished()
        to_extract = sorted([BROKEN, *(self.images if rebuild else self.images.keys() - finished)])
        steps = 3 + -(-len(to_extract) // BATCH_SIZE)
        options: list[str] = []
        stop_at = 0
        lines = str(int(10 ** self.rng.uniform(0, 4.5)))
        if self.interrupt:
            options = ["--interrupt", str(self.rng.randint(1, steps)), lines]
        elif self.rng.random() < 0.7:
            options = ["--kill", str(self.rng.randint(0, steps)), lines]
        else:
            stop_at = self.rng.randint(1, steps + len(to_extract) + 5)
        with worker(self.library, self.features, *options, rebuild=rebuild) as run:
            for number, _ in enumerate(run.lines(), 1):
                if number == stop_at:
                    run.popen.kill()
            code, error = run.finish()
        self.last = f"options {options}, stop at {stop_at}, rebuild {rebuild}, {code} {error!r}"
        stopped = (INTERRUPTED, STOPPED) if self.interrupt else (KILLED, "")
        assert (code, error) in ((0, ""), stopped), self.last
        done = 0
        told = [line.split() for line in run.read if line.startswith("step ")]
        for _, stage, *numbers in told:
            if stage == "extracting":
                done, total = map(int, numbers)
                assert total == len(to_extract), self.last
        # What a rebuild is to make anew is there before, and after.
        self.done = finished
        if code == 0:
            self.check_complete(0 if rebuild else run.report["extracted"])
            return ""
        self.done |= set(to_extract[:done]) - {BROKEN}
        return told[-1][1] if told else "start"

    def finished(self) -> set[str]:
        """The images whose features need not be extracted any more."""
        rows = {row[0]: row[1:] for row in catalog_rows(self.features)}
        return {path for path, state in self.images.items() if rows.get(path) == state}

    def arrays(self) -> dict[str, Array]:
        arrays: dict[str, Array] = {}
        for folder in self.features.glob("*/arrays"):
            for path in folder.rglob("*.npy"):
                name = path.relative_to(folder).as_posix().removesuffix(".npy")
                arrays[name] = np.load(path)
        return arrays

    def check_what_is_left(self) -> None:
        arrays = self.arrays()
        for path, feature in arrays.items():
            assert any(close(feature, self.truth[held]) for held in self.held[path]), self.last
        for path, _, _, identity in catalog_rows(self.features):
            assert close(arrays[path], self.truth[identity]), (path, self.last)
        assert self.done <= self.finished(), self.last

    def check_search(self) -> None:
        for finder in (self.server, engine(self.features)):
            snapshot = finder.snapshot()
            if snapshot is None:
                assert self.published is None, self.last
                continue
            self.check_rows(snapshot)
            answered = [(image.path, image.id) for image in snapshot.images]
            assert answered in (self.published, self.index), self.last
            self.check_rows(snapshot)
            path = self.rng.choice(list(self.images))
            found = finder.search(
                load_image(self.library / path).pixels, SearchOptions(k=len(answered))
            )
            assert sorted(match.image for match in found.matches) == [path for path, _ in answered]
            if (path, self.images[path][2]) in answered:
                assert found.matches[0].distance < 1e-3, self.last
            published = answered
        if snapshot:
            self.published = published

    def check_rows(self, snapshot: IndexSnapshot) -> None:
        for image, row in zip(snapshot.images, snapshot.matrix, strict=True):
            (expected,) = snapshot.fit.apply(self.truth[image.id][None])
            assert close(row, expected), (image.path, self.last)

    def check_complete(self, extracted: int) -> None:
        """After a run that nobody stopped: what an unbroken one makes, and nothing else."""
        assert extracted <= len(self.images.keys() - self.done), self.last
        for finder in (self.server, engine(self.features)):
            snapshot = finder.require_snapshot()
            assert [(image.path, image.id) for image in snapshot.images] == self.index, self.last
            self.check_rows(snapshot)
        arrays = self.arrays()
        assert sorted(arrays) == list(self.images), self.last
        for path, feature in arrays.items():
            assert close(feature, self.truth[self.images[path][2]]), (path, self.last)
        assert self.finished() == set(self.images), self.last
        assert self.server.check() == (), self.last
        assert leftovers(self.features) == [], self.last
        self.published = self.index
