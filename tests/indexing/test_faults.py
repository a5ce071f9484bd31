"""Stopped anywhere, an indexing run loses at most the batch in flight and damages nothing."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import FeatureStoreError, LibraryError
from core.feature_store import IndexSnapshot
from core.images import load_image
from core.model import BATCH_SIZE
from core.types import Array, Progress
from tests.fakes import fake_extractor, save_picture

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the faults are those of POSIX systems")

ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
INTERRUPTED = 130
NOBODY = 65534
STOPPED = "lookalike: stopped; what was extracted is kept.\n"
BROKEN = "broken.jpg"
FOLDERS = ("", "trips/", "trips/sea/", "cats/")


def engine(features: Path) -> ImageSearchEngine:
    return ImageSearchEngine(
        Settings(features=features, weights="random"), make_extractor=fake_extractor
    )


def index_command(library: Path, features: Path, *more: str) -> list[str]:
    return ["index", str(library), "--features", str(features), "--weights", "random", *more]


class Process:
    """``python -m MODULE``, its standard output read line by line; killed in the end."""

    def __init__(self, module: str, arguments: list[str], **streams: Any) -> None:
        streams = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
        self.popen = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={name: os.environ[name] for name in os.environ if not name.startswith("LOOKALIKE")},
            stdout=subprocess.PIPE,
            text=True,
            # Not that of this process: a shell lets what it runs in the background ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            **streams,
        )
        self.read: list[str] = []

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.popen.kill()
        self.popen.communicate()

    def lines(self) -> Iterator[str]:
        assert self.popen.stdout
        for line in self.popen.stdout:
            self.read.append(line.rstrip("\n"))
            yield self.read[-1]

    def wait_for(self, start: str) -> None:
        """Read up to a line that starts so."""
        assert any(line.startswith(start) for line in self.lines()), self.finish()

    def finish(self, say: str | None = None) -> tuple[int, str]:
        """Read to the end; returns the exit code and what is on standard error."""
        out, error = self.popen.communicate(say)
        self.read += out.splitlines()
        return self.popen.returncode, error or ""

    @property
    def report(self) -> dict[str, Any]:
        """What the finished command wrote with ``--json``."""
        content = json.loads(self.read[-1])
        assert isinstance(content, dict)
        return content


def worker(library: Path, features: Path, *options: str, rebuild: bool = False) -> Process:
    more = ["--json", "--rebuild"] if rebuild else ["--json"]
    return Process(
        "tests.indexing.fault_worker", [*options, *index_command(library, features, *more)]
    )


def assert_one_line(error: str) -> None:
    assert error.startswith("lookalike: ")
    assert error.count("\n") == 1
    assert error.endswith("\n")


def assert_searched(features: Path, library: Path, images: int) -> None:
    """A search answers from an index of so many images, and finds an image of it at once."""
    finder = engine(features)
    snapshot = finder.require_snapshot()
    assert len(snapshot.images) == images
    there = next(
        image.path
        for image in reversed(snapshot.images)
        if (library / image.path).exists()
        and (library / image.path).stat().st_mtime_ns == image.mtime_ns
    )
    found = finder.search(load_image(library / there).pixels, k=images)
    assert found.matches[0].image == there
    assert found.matches[0].distance < 1e-3
    assert len(found.matches) == images


def catalogued(features: Path) -> list[str]:
    """The images whose features are saved."""
    return [str(row[0]) for row in catalog_rows(features)]


def catalog_rows(features: Path) -> list[tuple[Any, ...]]:
    """The catalog as it lies on the disk.

    It is read from a copy: the next run must meet the file as the killed one left it.
    """
    catalogs = list(features.glob("*/catalog.sqlite"))
    assert len(catalogs) <= 1
    if not catalogs:
        return []
    copies = features.parent / "catalog-copy"
    copies.mkdir()
    try:
        for file in catalogs[0].parent.glob("catalog.sqlite*"):
            # The system would have lost the shared memory with the processes that share it.
            if not file.name.endswith("-shm"):
                shutil.copy(file, copies)
        with closing(sqlite3.connect(copies / "catalog.sqlite")) as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name='images'").fetchone():
                return []
            return database.execute("SELECT path, size, mtime_ns, id FROM images").fetchall()
    finally:
        shutil.rmtree(copies)


def leftovers(features: Path) -> list[str]:
    """What lies in the features folder and belongs to no index; the arrays aside."""
    lock, store = r"\.lock", r"[^./][^/]*"
    generations = sorted(features.glob("*/matrix-*.npy"))[-2:]
    numbers = "|".join(path.stem.partition("-")[2] for path in generations)
    kept = rf"(matrix-({numbers})\.npy|distances-({numbers})\.npz)"
    wanted = rf"{lock}|current\.json|{store}(/(store\.json|index\.json|catalog\.sqlite|{kept}))?"
    wanted += rf"|{store}/partial|{store}/arrays(/.*)?"
    paths = (path.relative_to(features).as_posix() for path in features.rglob("*"))
    return [path for path in paths if not re.fullmatch(wanted, path)]


def close(one: Array, other: Array) -> bool:
    """Whether two features are the same: both of length 1, their cosine at least 0.99999."""
    lengths = np.linalg.norm(one), np.linalg.norm(other)
    return bool(np.allclose(lengths, 1, atol=1e-5) and one @ other >= 0.99999)


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
        self.chance = random.Random(seed)
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
                if self.chance.random() < 0.7:
                    self.check_complete(engine(self.features).index(self.library).extracted)
            else:
                self.finished_runs += 1
            if self.chance.random() < 0.15:
                self.start_over()
            if self.chance.random() < 0.8:
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
        self.before = self.before if self.chance.random() < 0.5 else {}
        for _ in range(self.chance.randint(1, 60)):
            paths = self.paths()
            path = self.chance.choice(paths)
            file = self.library / path
            other = f"{self.chance.choice(FOLDERS)}{self.drawn:09}{file.suffix}"
            match self.chance.choice(
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
            self.truth[identity] = np.array(snapshot.matrix[snapshot.row_of[path]])
        assert [image.path for image in snapshot.images] == list(self.images)
        shutil.rmtree(self.folder / "unbroken")

    @property
    def index(self) -> list[tuple[str, str]]:
        """What the index of the library must hold: each path and its content."""
        return [(path, identity) for path, (_, _, identity) in self.images.items()]

    # The runs

    def stop_somewhere(self) -> str:
        """Start a run and kill it; returns after which step, or nothing if it was through."""
        rebuild = self.chance.random() < 0.15
        finished = self.finished()
        to_extract = sorted([BROKEN, *(self.images if rebuild else self.images.keys() - finished)])
        steps = 3 + -(-len(to_extract) // BATCH_SIZE)
        options: list[str] = []
        stop_at = 0
        lines = str(int(10 ** self.chance.uniform(0, 4.5)))
        if self.interrupt:
            options = ["--interrupt", str(self.chance.randint(1, steps)), lines]
        elif self.chance.random() < 0.7:
            options = ["--kill", str(self.chance.randint(0, steps)), lines]
        else:
            stop_at = self.chance.randint(1, steps + len(to_extract) + 5)
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
            path = self.chance.choice(list(self.images))
            found = finder.search(load_image(self.library / path).pixels, k=len(answered))
            assert sorted(match.image for match in found.matches) == [path for path, _ in answered]
            if (path, self.images[path][2]) in answered:
                assert found.matches[0].distance < 1e-3, self.last
            published = answered
        if snapshot:
            self.published = published

    def check_rows(self, snapshot: IndexSnapshot) -> None:
        for image, row in zip(snapshot.images, snapshot.matrix, strict=True):
            assert close(row, self.truth[image.id]), (image.path, self.last)

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


def test_killed_runs_lose_and_damage_nothing(tmp_path: Path) -> None:
    Campaign(tmp_path, seed=0).run(kills=8)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_hundred_killed_runs_lose_and_damage_nothing(seed: int, tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, seed)
    campaign.run(kills=25)
    print(f"killed {dict(campaign.moments)}; {campaign.finished_runs} runs were through before")


def check_kill_at_save(number: int, library: Path, features: Path) -> bool:
    """Kill a first run where a temporary file is complete; returns whether there were so many."""
    with worker(library, features, "--kill-at-save", str(number)) as run:
        code, _ = run.finish()
    assert code in (0, KILLED)
    assert engine(features).index(library).images == 2
    assert_searched(features, library, 2)
    assert leftovers(features) == []
    assert engine(features).check() == ()
    return code == KILLED


@pytest.fixture
def two(tmp_path: Path) -> Path:
    folder = tmp_path / "two"
    for seed, name in enumerate(("a.jpg", "b/c.png")):
        save_picture(folder / name, seed)
    return folder


# Its description, the store, two arrays, the matrix, the index, and the choice of the store.
@pytest.mark.parametrize("number", [1, 5, 7])
def test_a_run_killed_while_it_saves_a_file_leaves_nothing(
    number: int, two: Path, tmp_path: Path
) -> None:
    assert check_kill_at_save(number, two, tmp_path / "features")


@pytest.mark.slow
def test_a_run_killed_while_it_saves_any_file_leaves_nothing(two: Path, tmp_path: Path) -> None:
    number = 1
    while check_kill_at_save(number, two, tmp_path / f"features-{number}"):
        number += 1
    assert number == 8


def test_a_feature_saved_but_not_recorded_goes_with_its_image(two: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    with worker(two, features, "--kill-at-save", "4") as run:
        assert run.finish() == (KILLED, "")
    (saved,) = features.rglob("*.npy")
    assert catalogued(features) == []
    next(two.rglob(saved.stem)).unlink()
    engine(features).index(two)
    assert not saved.exists()
    assert len(list(features.glob("*/arrays/**/*.npy"))) == 1
    assert leftovers(features) == []
    assert engine(features).check() == ()


def test_an_image_that_comes_back_as_it_was_gets_its_feature(two: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    engine(features).index(two)
    before = np.array(engine(features).require_snapshot().matrix)
    shutil.copytree(two, tmp_path / "backup")
    for seed, name in enumerate(("a.jpg", "b/c.png"), 7):
        save_picture(two / name, seed)
        os.utime(two / name, (seed, seed))
    with worker(two, features, "--kill-at-save", "2") as run:
        assert run.finish() == (KILLED, "")
    shutil.copytree(tmp_path / "backup", two, dirs_exist_ok=True)
    engine(features).index(two)
    after = engine(features).require_snapshot().matrix
    assert all(map(close, before, after))
    assert engine(features).check() == ()


def test_runs_killed_before_they_publish_leave_the_index(two: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    engine(features).index(two)
    save_picture(two / "a.jpg", 7)
    os.utime(two / "a.jpg", (7, 7))
    # Before the index, twice, of which the matrix is there; then before a third matrix.
    for saves in ("3", "2", "1"):
        with worker(two, features, "--kill-at-save", saves) as run:
            assert run.finish() == (KILLED, "")
        assert_searched(features, two, 2)
        assert engine(features).require_snapshot().generation == 1
    assert engine(features).index(two).extracted == 0
    assert leftovers(features) == []


def test_interrupted_runs_say_so_and_lose_nothing(tmp_path: Path) -> None:
    Campaign(tmp_path, seed=5, interrupt=True).run(kills=2)


@pytest.mark.slow
def test_many_interrupted_runs_say_so_and_lose_nothing(tmp_path: Path) -> None:
    Campaign(tmp_path, seed=6, interrupt=True).run(kills=40)


def test_ctrl_c_keeps_what_was_extracted(library: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    with worker(library, features, "--hold", "extracting") as run:
        run.wait_for("step extracting")
        run.popen.send_signal(signal.SIGINT)
        assert run.finish() == (INTERRUPTED, STOPPED)
    assert len(catalogued(features)) == BATCH_SIZE
    assert engine(features).index(library).extracted == 40 - BATCH_SIZE
    assert leftovers(features) == []


@pytest.mark.slow
@pytest.mark.model
def test_ctrl_c_in_a_terminal_stops_the_model(library: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    terminal, end = pty.openpty()
    os.set_blocking(terminal, True)
    with Process("core", index_command(library, features), stderr=end) as run:
        os.close(end)
        shown = b""
        while f"{BATCH_SIZE}/40".encode() not in shown:
            shown += os.read(terminal, 1000)
        run.popen.send_signal(signal.SIGINT)
        last = b""
        while not last.endswith(b"kept.\r\n"):
            last += os.read(terminal, 1000)
        assert run.finish()[0] == INTERRUPTED
    os.close(terminal)
    assert b"lookalike: stopped; what was extracted is kept." in last
    assert b"Traceback" not in last
    assert len(catalogued(features)) == BATCH_SIZE


# Two at once


def test_the_second_of_two_runs_says_who_is_indexing(library: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    engine(features).index(library)
    save_picture(library / "new.jpg", 999)
    began = datetime.now().astimezone() - timedelta(seconds=1)
    with worker(library, features, "--hold", "extracting") as first:
        first.wait_for("step extracting")
        with Process("core", index_command(library, features)) as second:
            code, error = second.finish()
        assert (code, second.read) == (2, [])
        assert_one_line(error)
        told = re.search(r"process (\d+), since (\S+ \S+)\)", error)
        assert told, error
        assert int(told[1]) == first.popen.pid
        assert began <= datetime.fromisoformat(told[2]) <= datetime.now().astimezone()
        assert_searched(features, library, 40)
        first.popen.kill()
        assert first.finish()[0] == KILLED
    # Nobody holds the folder any more, though what the dead process wrote of itself is there.
    with worker(library, features) as third:
        assert third.finish() == (0, "")
        assert (third.report["images"], third.report["extracted"]) == (41, 0)
    assert leftovers(features) == []


# Full disks


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to mount something on; unmounted in the end."""
    if not shutil.which("mount") or os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    folder = tmp_path / "drive"
    folder.mkdir()
    yield folder
    while unmount(folder):
        pass


def mount(folder: Path, *options: str) -> None:
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


def unmount(folder: Path) -> bool:
    """Unmount what is mounted on a folder; returns whether there was something."""
    # Lazily: as with a drive that is pulled out, nobody is asked who has files open.
    done = subprocess.run(["umount", "--lazy", str(folder)], capture_output=True)
    return done.returncode == 0


def fill(disk: Path, leave: int) -> Path:
    """Fill a disk but for so many bytes; returns the file that does it."""
    filler = disk / "filler"
    status = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(status.f_bavail * status.f_frsize - leave, 1))
    return filler


class Grown:
    """An index of 40 images, of a library that then grew by three batches and changed."""

    def __init__(self, library: Path, features: Path) -> None:
        self.library = library
        self.features = features
        engine(features).index(library)
        for number in range(3 * BATCH_SIZE):
            save_picture(library / "new" / f"{number:03}.png", 1000 + number)
        for image in engine(features).require_snapshot().images[-5:]:
            (library / image.path).unlink()
        self.images = 35 + 3 * BATCH_SIZE
        self.old = self.published()

    def published(self) -> tuple[int, list[tuple[str, str]], bytes]:
        snapshot = engine(self.features).require_snapshot()
        images = [(image.path, image.id) for image in snapshot.images]
        return snapshot.generation, images, np.array(snapshot.matrix).tobytes()

    def check_old_index(self) -> None:
        assert self.published() == self.old
        for path in self.features.glob("*/arrays/**/*.npy"):
            assert np.load(path).shape == (512,)
        assert_searched(self.features, self.library, 40)

    def check_goes_on(self) -> None:
        """The next run makes only what is missing, and all of the index."""
        kept = sum(path.startswith("new/") for path in catalogued(self.features))
        report = engine(self.features).index(self.library)
        assert (report.images, report.extracted) == (self.images, 3 * BATCH_SIZE - kept)
        assert_searched(self.features, self.library, self.images)
        assert leftovers(self.features) == []
        assert engine(self.features).check() == ()


@pytest.fixture
def grown(library: Path, tmp_path: Path) -> Grown:
    return Grown(library, tmp_path / "features")


def fill_up(grown: Grown, disk: Path, leave: int) -> bool:
    """Index on a disk with so much space left; returns whether that was too little."""
    filler = fill(disk, leave)
    try:
        engine(grown.features).index(grown.library)
    except FeatureStoreError as error:
        message = str(error)
        assert "\n" not in message
        assert str(grown.features) in message
        assert "free some space" in message.lower()
        grown.check_old_index()
        return True
    finally:
        filler.unlink()
    return False


# In the first array, among the arrays, in the catalog or the arrays, in the matrix, behind it.
@pytest.mark.parametrize("leave", [0, 550_000, 1_000_000, 1_400_000, 1_500_000])
def test_a_disk_that_fills_up_is_one_clear_line(leave: int, library: Path, drive: Path) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=20m", "tmpfs")
    grown = Grown(library, drive / "features")
    assert fill_up(grown, drive, leave)
    assert (len(catalogued(grown.features)) > 40) == (leave > 0)
    grown.check_goes_on()


@pytest.mark.slow
def test_a_disk_that_fills_up_anywhere_is_one_clear_line(
    library: Path, drive: Path, tmp_path: Path
) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=20m", "tmpfs")
    grown = Grown(library, drive / "features")
    shutil.copytree(grown.features, tmp_path / "kept")
    leave = 0
    while fill_up(grown, drive, leave):
        grown.check_goes_on()
        shutil.rmtree(grown.features)
        shutil.copytree(tmp_path / "kept", grown.features)
        leave += 16_384
    assert leave > 20 * 16_384
    # At this very size all was written, but SQLite may have lacked the room to fold its log into
    # the catalog: nothing of it may be lost, and the next run leaves nothing behind.
    grown.check_goes_on()


# Too small for an array, for the catalog, for the matrix: 71 kB for the old index.
@pytest.mark.parametrize("limit", [1_000, 40_000, 200_000])
def test_a_file_that_cannot_grow_is_one_clear_line(limit: int, grown: Grown) -> None:
    with worker(grown.library, grown.features, "--file-limit", str(limit)) as run:
        code, error = run.finish()
    assert code == 2
    assert_one_line(error)
    assert str(grown.features) in error
    grown.check_old_index()
    grown.check_goes_on()


def test_arrays_that_a_power_cut_emptied_are_made_again(grown: Grown) -> None:
    engine(grown.features).index(grown.library)
    for path in sorted(grown.features.glob("*/arrays/new/*.npy"))[:7]:
        os.truncate(path, 0)
    report = engine(grown.features).index(grown.library)
    assert (report.images, report.extracted) == (grown.images, 7)
    assert engine(grown.features).check() == ()


# Folders that cannot be written or read


@pytest.fixture
def open_grown() -> Iterator[Grown]:
    """An index that an ordinary user may reach and owns; root owns nothing of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(40):
            save_picture(folder / "library" / "ab"[number % 2] / f"{number}.png", number)
        grown = Grown(folder / "library", folder / "features")
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        yield grown
        for path in folder.rglob("*"):
            if path.is_dir():
                path.chmod(0o700)


def test_features_without_the_permission_to_write_are_read(open_grown: Grown) -> None:
    for path in (open_grown.features, *open_grown.features.rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)
    with not_as_superuser():
        check_read_only(open_grown)


@pytest.mark.parametrize("before", ["a run that was through", "a run that was killed"])
def test_features_on_a_read_only_disk_are_read(before: str, library: Path, drive: Path) -> None:
    mount(drive, "-t", "tmpfs", "tmpfs")
    grown = Grown(library, drive / "features")
    if before == "a run that was killed":
        with worker(library, grown.features, "--kill", "3", "0") as run:
            assert run.finish() == (KILLED, "")
        assert list(grown.features.glob("*/catalog.sqlite-wal"))
    mount(drive, "-o", "remount,ro")
    check_read_only(grown)
    with Process("core", ["info", "--features", str(grown.features), "--json"]) as info:
        assert info.finish() == (0, "")
    assert info.report["images"] == 40
    with Process("core", index_command(library, grown.features)) as index:
        code, error = index.finish()
    assert code == 2
    assert_one_line(error)
    assert "(Read-only file system)" in error


def check_read_only(grown: Grown) -> None:
    """Features that cannot be written are read; indexing says in one line why it does not."""
    described = engine(grown.features).info()
    assert (described.images, len(described.runs)) == (40, 1)
    assert engine(grown.features).check() == ()
    grown.check_old_index()
    with pytest.raises(FeatureStoreError) as caught:
        engine(grown.features).index(grown.library)
    message = str(caught.value)
    assert "\n" not in message
    assert f"{grown.features} (" in message
    assert "make it writable or choose another folder with --features." in message
    grown.check_old_index()


def test_images_of_a_folder_that_may_not_be_opened_stay(open_grown: Grown) -> None:
    closed = open_grown.library / "a"
    closed.chmod(0)
    with not_as_superuser():
        report = engine(open_grown.features).index(open_grown.library)
    assert report.images == open_grown.images
    assert [item.image for item in report.skipped] == ["a"]
    closed.chmod(0o700)
    assert engine(open_grown.features).index(open_grown.library).extracted == 0


@pytest.mark.parametrize("stage", ["loading model", "extracting"])
def test_images_of_a_folder_that_closes_in_mid_run_stay(stage: str, open_grown: Grown) -> None:
    closed = open_grown.library / "a"
    with not_as_superuser():
        report = engine(open_grown.features).index(
            open_grown.library, progress=once(stage, lambda: closed.chmod(0))
        )
    assert report.images == open_grown.images
    closed.chmod(0o700)
    assert engine(open_grown.features).index(open_grown.library).extracted == 0


@contextmanager
def not_as_superuser() -> Iterator[None]:
    """Be an ordinary user for a moment: no permission stops the superuser."""
    superuser = os.geteuid() == 0
    if superuser:
        try:
            os.seteuid(NOBODY)
        except PermissionError as error:
            pytest.skip(f"root cannot become another user here: {error}")
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)


# Libraries that go away


def once(stage: str, action: Callable[[], object]) -> Callable[[Progress], None]:
    """A progress callback that does something at the first step of a stage."""
    left = [action]

    def progress(now: Progress) -> None:
        if now.stage == stage and left:
            left.pop()()

    return progress


@pytest.mark.parametrize(
    ("stage", "leaves"),
    [
        ("scanning", "nothing"),
        ("scanning", "another folder"),
        ("loading model", "an empty folder"),
        ("extracting", "nothing"),
        ("extracting", "an empty folder"),
        ("extracting", "another folder"),
    ],
)
def test_a_library_that_goes_away_in_mid_run_changes_nothing(
    stage: str, leaves: str, grown: Grown
) -> None:
    aside = grown.library.with_name("aside")

    def unplug() -> None:
        grown.library.rename(aside)
        if leaves != "nothing":
            grown.library.mkdir()
        if leaves == "another folder":
            (grown.library / "read me.txt").write_text("plug the drive in")

    with pytest.raises(LibraryError) as caught:
        engine(grown.features).index(grown.library, progress=once(stage, unplug))
    # Not even while somebody still holds the error: it is no matter of the garbage collector.
    assert [thread for thread in threading.enumerate() if thread.name.startswith("load")] == []
    assert "\n" not in str(caught.value)
    assert str(grown.library) in str(caught.value)
    assert grown.published() == grown.old
    if grown.library.exists():
        shutil.rmtree(grown.library)
    aside.rename(grown.library)
    assert (len(catalogued(grown.features)) > 40) == (stage != "scanning")
    grown.check_old_index()
    grown.check_goes_on()


def test_a_drive_that_is_unplugged_changes_nothing(
    library: Path, drive: Path, tmp_path: Path
) -> None:
    mount(drive, "--bind", str(library))
    grown = Grown(drive, tmp_path / "features")
    with pytest.raises(LibraryError, match="went away"):
        engine(grown.features).index(drive, progress=once("extracting", lambda: unmount(drive)))
    assert not list(drive.iterdir())
    assert grown.published() == grown.old
    with pytest.raises(LibraryError, match="No images found"):
        engine(grown.features).index(drive)
    assert grown.published() == grown.old
    mount(drive, "--bind", str(library))
    grown.check_old_index()
    grown.check_goes_on()


@pytest.fixture
def travels(library: Path, drive: Path, tmp_path: Path) -> Iterator[Path]:
    """The features of a library with a drive mounted below it and a link to another one."""
    (library / "usb").mkdir()
    (library / "album").symlink_to(drive / "album")
    plug_in(library, drive)
    features = tmp_path / "features"
    assert engine(features).index(library).images == 44
    yield features
    while unmount(library / "usb"):
        pass


def plug_in(library: Path, drive: Path) -> None:
    mount(drive, "-t", "tmpfs", "tmpfs")
    mount(library / "usb", "-t", "tmpfs", "tmpfs")
    for seed in (1001, 1002):
        save_picture(library / "usb" / "trip" / f"{seed}.png", seed)
        save_picture(drive / "album" / f"{seed}.png", 10 * seed)
        for file in (f"usb/trip/{seed}.png", f"album/{seed}.png"):
            os.utime(library / file, ns=(seed, seed))


@pytest.mark.parametrize("leaves", ["the folder", "nothing"])
def test_images_of_unplugged_drives_below_the_library_stay(
    leaves: str, library: Path, travels: Path, drive: Path
) -> None:
    assert unmount(library / "usb")
    assert unmount(drive)
    if leaves == "nothing":
        (library / "usb").rmdir()
    shutil.rmtree(library / "red")
    for removed in (10, 0):
        report = engine(travels).index(library)
        assert (report.images, report.removed, report.extracted) == (34, removed, 0)
        assert [item.image for item in report.skipped] == ["album", "usb"]
        assert all("not plugged in" in item.reason for item in report.skipped)
        assert_searched(travels, library, 34)
    (library / "usb").mkdir(exist_ok=True)
    plug_in(library, drive)
    report = engine(travels).index(library)
    assert (report.images, report.extracted, report.skipped) == (34, 0, ())
    assert engine(travels).check() == ()


def test_a_drive_below_the_library_that_goes_in_mid_run_changes_nothing(
    library: Path, travels: Path
) -> None:
    save_picture(library / "new.jpg", 2001)
    for seed in range(3 * BATCH_SIZE):
        save_picture(library / "usb" / "new" / f"{seed}.png", 3000 + seed)
    unplug = once("extracting", lambda: unmount(library / "usb"))
    with pytest.raises(LibraryError, match=r"expected .*/usb to stay reachable"):
        engine(travels).index(library, progress=unplug)
    assert_searched(travels, library, 44)


def test_what_is_deleted_for_good_is_removed_also_from_a_drive(
    library: Path, travels: Path, drive: Path
) -> None:
    shutil.rmtree(library / "usb" / "trip")
    save_picture(library / "usb" / "other.png", 2002)
    # The link is deleted, not what it leads to.
    (library / "album").unlink()
    report = engine(travels).index(library)
    assert (report.images, report.removed, report.extracted, report.skipped) == (41, 4, 1, ())
    assert unmount(library / "usb")
    assert engine(travels).index(library).images == 41
    report = engine(travels).index(library, rebuild=True)
    assert (report.images, report.skipped) == (40, ())


def test_a_library_that_was_emptied_or_lost_changes_nothing(grown: Grown) -> None:
    grown.library.rename(grown.library.with_name("aside"))
    for message in ("does not exist", "No images found"):
        with pytest.raises(LibraryError, match=message):
            engine(grown.features).index(grown.library)
        assert grown.published() == grown.old
        assert len(catalogued(grown.features)) == 40
        grown.library.mkdir(exist_ok=True)
    grown.library.rmdir()
    grown.library.with_name("aside").rename(grown.library)
    grown.check_goes_on()
