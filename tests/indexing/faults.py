"""Indexing runs to be stopped, and what they leave behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import load_image
from core.model import BATCH_SIZE
from core.search import SearchOptions
from core.types import Array, Progress
from tests.fakes import fake_extractor, save_picture

ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
INTERRUPTED = 130
NOBODY = 65534
STOPPED = "lookalike: stopped; what was extracted is kept.\n"


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

    def __exit__(self, *_: object) -> None:
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
    found = finder.search(load_image(library / there).pixels, SearchOptions(k=images))
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
    kept = (
        rf"((matrix|extracted|variety)-({numbers})\.npy"
        rf"|(distances|fit|images|neighbours|label_free)-({numbers})\.npz)"
    )
    wanted = rf"{lock}|current\.json|{store}(/(store\.json|index\.json|catalog\.sqlite|{kept}))?"
    wanted += rf"|{store}/partial|{store}/arrays(/.*)?"
    paths = (path.relative_to(features).as_posix() for path in features.rglob("*"))
    return [path for path in paths if not re.fullmatch(wanted, path)]


def close(one: Array, other: Array) -> bool:
    """Whether two features are the same: both of length 1, their cosine at least 0.99999."""
    lengths = np.linalg.norm(one), np.linalg.norm(other)
    return bool(np.allclose(lengths, 1, atol=1e-5) and one @ other >= 0.99999)


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


def once(stage: str, action: Callable[[], object]) -> Callable[[Progress], None]:
    """A progress callback that does something at the first step of a stage."""
    left = [action]

    def progress(now: Progress) -> None:
        if now.stage == stage and left:
            left.pop()()

    return progress
