"""Indexing jobs in a background thread: one at a time, polled and cancelled."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from PIL import Image

from core.config import Settings
from core.datasets import SAMPLE_COUNT
from core.engine import ImageSearchEngine
from core.errors import BusyError
from core.jobs import TaskState
from core.jobs.indexing import IndexingJob
from core.types import Array
from tests.datasets.flower_files import LABELS, archive_of, photographs, publish
from tests.fakes import FakeExtractor
from tests.flowers import sample_file
from tests.mirror import Mirror, send, serving


class GatedExtractor(FakeExtractor):
    """Waits in every batch until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        self.reached.set()
        assert self.go_on.wait(60)
        return super().extract_all(images)


def jobs_with(extractor: FakeExtractor, tmp_path: Path) -> IndexingJob:
    settings = Settings(features=tmp_path / "features", weights="random")
    return IndexingJob(ImageSearchEngine(settings, make_extractor=lambda *_: extractor))


def test_no_job_before_the_first(tmp_path: Path) -> None:
    jobs = jobs_with(FakeExtractor(), tmp_path)
    assert jobs.latest is None
    jobs.cancel()
    jobs.wait()


def test_job_ends_with_its_report(photos: Path, tmp_path: Path) -> None:
    jobs = jobs_with(FakeExtractor(), tmp_path)
    jobs.index(photos)
    jobs.wait()
    job = jobs.latest
    assert job is not None
    assert (job.number, job.state, job.error) == (1, TaskState.DONE, None)
    assert job.result is not None
    assert job.result.extracted == 6
    assert (job.progress.done, job.progress.total) == (0, 6)
    assert job.progress.stage == "stacking"


def test_second_job_is_refused_while_one_runs(photos: Path, tmp_path: Path) -> None:
    extractor = GatedExtractor()
    jobs = jobs_with(extractor, tmp_path)
    jobs.index(photos)
    assert extractor.reached.wait(60)
    with pytest.raises(BusyError, match="under way"):
        jobs.index(photos)
    extractor.go_on.set()
    jobs.wait()
    jobs.index(photos, rebuild=True)
    jobs.wait()
    assert jobs.latest is not None
    assert (jobs.latest.number, jobs.latest.state) == (2, TaskState.DONE)


def test_cancelled_job_keeps_what_it_extracted(library: Path, tmp_path: Path) -> None:
    extractor = GatedExtractor()
    jobs = jobs_with(extractor, tmp_path)
    jobs.index(library)
    assert extractor.reached.wait(60)
    jobs.cancel()
    assert jobs.latest is not None
    assert jobs.latest.stopping
    extractor.go_on.set()
    jobs.wait()
    assert jobs.latest.state is TaskState.CANCELLED
    assert jobs.latest.error is not None
    assert "Stopped after 32 images" in jobs.latest.error
    jobs.index(library)
    jobs.wait()
    assert jobs.latest.result is not None
    assert jobs.latest.result.extracted == 8


def test_failed_job_says_why(tmp_path: Path) -> None:
    jobs = jobs_with(FakeExtractor(), tmp_path)
    jobs.index(tmp_path / "nowhere")
    jobs.wait()
    assert jobs.latest is not None
    assert jobs.latest.state is TaskState.FAILED
    assert jobs.latest.error is not None
    assert "does not exist" in jobs.latest.error


def test_defect_in_the_engine_ends_the_job(photos: Path, tmp_path: Path) -> None:
    class Broken(FakeExtractor):
        def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
            raise ZeroDivisionError("defect")

    jobs = jobs_with(Broken(), tmp_path)
    jobs.index(photos)
    jobs.wait()
    assert jobs.latest is not None
    assert jobs.latest.state is TaskState.FAILED
    assert str(jobs.latest.error).startswith("Unexpected error: ZeroDivisionError('defect'). Try")


def test_sample_is_copied_then_indexed(tmp_path: Path) -> None:
    jobs = jobs_with(FakeExtractor(), tmp_path)
    jobs.copy_sample(tmp_path / "sample")
    jobs.wait()
    assert jobs.latest is not None
    assert jobs.latest.result is not None
    assert jobs.latest.result.images == SAMPLE_COUNT


def test_copying_can_be_cancelled(tmp_path: Path) -> None:
    jobs = jobs_with(FakeExtractor(), tmp_path)
    first = tmp_path / "sample" / "bluebell" / "bluebell-001.jpg"
    first.parent.mkdir(parents=True)
    # The job waits for the content of what is there already.
    os.mkfifo(first)
    jobs.copy_sample(tmp_path / "sample")
    jobs.cancel()
    first.write_bytes(sample_file("bluebell", 1))
    jobs.wait()
    assert jobs.latest is not None
    assert jobs.latest.state is TaskState.CANCELLED
    assert "Press the same button again" in str(jobs.latest.error)
    assert list(first.parents[1].rglob("*.jpg")) == [first]


def test_flowers_are_fetched_then_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = jobs_with(FakeExtractor(), tmp_path)
    archive = archive_of(photographs())
    with serving(Mirror(publish(monkeypatch, archive))) as mirror:
        jobs.fetch_flowers(tmp_path / "flowers", base_url=mirror.url)
        jobs.wait()
    assert jobs.latest is not None
    assert jobs.latest.result is not None
    assert (jobs.latest.result.images, jobs.latest.result.skipped) == (len(LABELS), ())


def test_cancelled_flowers_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = jobs_with(FakeExtractor(), tmp_path)
    archive = archive_of(photographs())
    publication = publish(monkeypatch, archive)
    cancelled = threading.Event()

    def hold(handler: BaseHTTPRequestHandler) -> None:
        """Send the first half, cancel the job, then send the rest."""
        send(handler, archive[: len(archive) // 2], length=len(archive), ETag='"one"')
        jobs.cancel()
        cancelled.set()
        handler.wfile.write(archive[len(archive) // 2 :])

    with serving(Mirror(publication, hold, publication)) as mirror:
        jobs.fetch_flowers(tmp_path / "flowers", base_url=mirror.url)
        jobs.wait()
        assert cancelled.is_set()
        assert jobs.latest is not None
        assert jobs.latest.state is TaskState.CANCELLED
        assert "Press the same button again" in str(jobs.latest.error)
        jobs.fetch_flowers(tmp_path / "flowers", base_url=mirror.url)
        jobs.wait()
    assert jobs.latest.result is not None
    assert jobs.latest.result.images == len(LABELS)
    assert mirror.ranges[-1].startswith("bytes=")
