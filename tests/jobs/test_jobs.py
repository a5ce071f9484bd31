"""The four kinds of job run beside each other and end together."""

from __future__ import annotations

import threading
from pathlib import Path

from core.config import Settings
from core.engine import ImageSearchEngine
from core.jobs import Jobs, TaskState
from core.types import Progress, ProgressCallback


def test_close_cancels_every_kind_and_stops_watching(photos: Path, tmp_path: Path) -> None:
    jobs = Jobs(ImageSearchEngine(Settings(features=tmp_path / "features")))
    kinds = (jobs.indexing, jobs.maps, jobs.quality, jobs.duplicates)
    go = threading.Event()

    def work(progress: ProgressCallback) -> None:
        go.wait()
        progress(Progress())

    jobs.indexing.watch(photos, gallery="photos")
    for job in kinds:
        job.start("photos", work)  # type: ignore[arg-type]
    assert all(job.running for job in kinds)
    jobs.close()
    go.set()
    for job in kinds:
        job.wait()
    assert [job.latest and job.latest.state for job in kinds] == [TaskState.CANCELLED] * 4
    assert not jobs.indexing.watching
