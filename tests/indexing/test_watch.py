"""New and deleted files are noticed and indexed."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import LibraryError
from core.indexing import LibraryWatch
from core.jobs import Jobs
from core.types import IndexReport
from tests.fakes import fake_extractor, save_picture

ROOT = Path(__file__).parents[2]
SECONDS = 60


class Notices:
    """Collects the changes of a watch in a thread."""

    def __init__(self, watch: LibraryWatch) -> None:
        self.seen: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._collect, args=(watch,))
        self.thread.start()

    def _collect(self, watch: LibraryWatch) -> None:
        for _ in watch.changes():
            self.seen.put("changed")
        self.seen.put("ended")


@pytest.fixture
def watched(photos: Path, tmp_path: Path) -> Iterator[tuple[LibraryWatch, Notices]]:
    watch = LibraryWatch(photos, leave_out=photos / "features")
    with watch:
        notices = Notices(watch)
        yield watch, notices
    notices.thread.join(SECONDS)


def test_new_changed_moved_and_deleted_files_are_noticed(
    watched: tuple[LibraryWatch, Notices], photos: Path
) -> None:
    _, notices = watched
    save_picture(photos / "new.png", 50)
    assert notices.seen.get(timeout=SECONDS) == "changed"
    save_picture(photos / "new.png", 51)
    assert notices.seen.get(timeout=SECONDS) == "changed"
    (photos / "new.png").rename(photos / "cats" / "moved.png")
    assert notices.seen.get(timeout=SECONDS) == "changed"
    (photos / "cats" / "moved.png").unlink()
    assert notices.seen.get(timeout=SECONDS) == "changed"


def test_a_link_to_itself_does_not_end_the_watching(
    watched: tuple[LibraryWatch, Notices], photos: Path
) -> None:
    _, notices = watched
    (photos / "circle.jpg").symlink_to(photos / "circle.jpg")
    assert notices.seen.get(timeout=SECONDS) == "changed"
    save_picture(photos / "new.png", 50)
    assert notices.seen.get(timeout=SECONDS) == "changed"


def test_many_files_at_once_are_one_change_and_reading_is_none(
    watched: tuple[LibraryWatch, Notices], photos: Path
) -> None:
    watch, notices = watched
    for number in range(20):
        save_picture(photos / "burst" / f"{number}.png", number)
    assert notices.seen.get(timeout=SECONDS) == "changed"
    for path in photos.rglob("*.*"):
        path.read_bytes()
    save_picture(photos / "features" / "x.png", 1)
    watch.close()
    assert notices.seen.get(timeout=SECONDS) == "ended"


def test_changes_that_never_stop_are_noticed(photos: Path) -> None:
    with LibraryWatch(
        photos, leave_out=photos / "features", quiet_seconds=SECONDS, longest_seconds=0.2
    ) as watch:
        notices = Notices(watch)
        for _ in range(2):
            for number in range(200):
                save_picture(photos / "new.png", number)
                with suppress(queue.Empty):
                    assert notices.seen.get(timeout=0.05) == "changed"
                    break
            else:
                pytest.fail("changes that go on were not noticed")
    notices.thread.join(SECONDS)


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(LibraryError, match="cannot be watched"),
        LibraryWatch(tmp_path / "gone", leave_out=tmp_path),
    ):
        pass


def test_watching_jobs_index_what_comes(photos: Path, tmp_path: Path) -> None:
    settings = Settings(features=tmp_path / "features", weights="random")
    finished: queue.SimpleQueue[int] = queue.SimpleQueue()

    class TellingEngine(ImageSearchEngine):
        def index(self, *arguments: Any, **options: Any) -> IndexReport:
            report = super().index(*arguments, **options)
            finished.put(report.images)
            return report

    engine = TellingEngine(settings, make_extractor=fake_extractor)
    engine.index(photos)
    assert finished.get() == 6
    jobs = Jobs(engine)
    jobs.indexing.watch(photos, gallery="photos")
    jobs.indexing.watch(photos, gallery="photos")
    assert jobs.indexing.watches("photos")
    save_picture(photos / "new.png", 50)
    assert finished.get(timeout=SECONDS) == 7
    (photos / "new.png").unlink()
    assert finished.get(timeout=SECONDS) == 6
    jobs.close()
    assert not jobs.indexing.watching


def test_command_line_watches_until_it_is_stopped(photos: Path, tmp_path: Path) -> None:
    options = ["--descriptor", "hsv", "--features", str(tmp_path / "features")]
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "watch", str(photos), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A suite that runs in the background may have been told to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert "6 images" in process.stdout.readline()
        assert "watching" in process.stdout.readline()
        save_picture(photos / "new.png", 50)
        assert "7 images" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
        assert process.stderr.read().count("\n") == 1
    finally:
        process.kill()
