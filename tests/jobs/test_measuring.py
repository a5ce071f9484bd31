"""Measurements in a background thread: one at a time, cancelled, the last result kept."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.engine.quality import Quality
from core.errors import BusyError
from core.evaluation import ground_truth, held_out_gain
from core.jobs import Measuring, TaskState
from tests.fakes import fake_extractor


@pytest.fixture
def engine(library: Path, tmp_path: Path) -> ImageSearchEngine:
    settings = Settings(features=tmp_path / "features", weights="random")
    engine = ImageSearchEngine(settings, make_extractor=fake_extractor)
    engine.index(library)
    return engine


def test_measurement_runs_in_the_background_and_keeps_its_result(engine: ImageSearchEngine) -> None:
    measuring = Measuring(engine)
    assert measuring.latest is None
    assert measuring.result(None) is None
    measuring.start(None, sample=10)
    measuring.wait()
    latest = measuring.latest
    assert latest is not None
    assert (latest.number, latest.state, latest.error) == (1, TaskState.DONE, None)
    assert (latest.progress.stage, latest.progress.done) == ("evaluating", latest.progress.total)
    result = measuring.result(None)
    assert result is not None
    assert result.evaluations == engine.quality.compare(sample=10).evaluations
    assert measuring.result("another") is None


class Held:
    """An engine that holds back its features until ``go`` is set."""

    def __init__(self, engine: ImageSearchEngine) -> None:
        self.engine = engine
        self.asked, self.go = threading.Event(), threading.Event()
        self.quality = Quality(self)  # type: ignore[arg-type]

    def features(self, gallery: str | None, **options: Any) -> tuple[object, object]:
        self.asked.set()
        self.go.wait()
        return self.engine.features(gallery, **options)

    def __getattr__(self, name: str) -> object:
        return getattr(self.engine, name)


def test_one_measurement_at_a_time_and_it_can_be_stopped(engine: ImageSearchEngine) -> None:
    held = Held(engine)
    measuring = Measuring(held)  # type: ignore[arg-type]
    measuring.start(None)
    held.asked.wait()
    with pytest.raises(BusyError, match="A measurement is under way"):
        measuring.start(None)
    measuring.cancel()
    assert measuring.latest is not None
    assert measuring.latest.running
    assert measuring.latest.stopping
    held.go.set()
    measuring.wait()
    assert measuring.latest.state is TaskState.CANCELLED
    assert measuring.latest.error == "Stopped: the last result stands."
    assert measuring.result(None) is None
    measuring.cancel()
    measuring.start(None)
    measuring.wait()
    assert measuring.latest.state is TaskState.DONE
    assert measuring.latest.number == 2


def test_failed_measurement_tells_why_and_keeps_the_result_before(
    engine: ImageSearchEngine,
) -> None:
    measuring = Measuring(engine)
    measuring.start(None)
    measuring.wait()
    before = measuring.result(None)
    measuring.start(None, labels="no/such.csv")
    measuring.wait()
    assert measuring.latest is not None
    assert measuring.latest.state is TaskState.FAILED
    assert "Received: labels='no/such.csv'" in (measuring.latest.error or "")
    assert measuring.result(None) is before
    measuring.start(None, nonsense=1)
    measuring.wait()
    assert "Unexpected error: TypeError" in (measuring.latest.error or "")


def test_gain_of_learning_from_folders_is_measured_and_kept(engine: ImageSearchEngine) -> None:
    measuring = Measuring(engine)
    assert measuring.gain("library") is None
    measuring.start_gain("library")
    measuring.wait()
    assert measuring.latest is not None
    assert measuring.latest.state is TaskState.DONE
    snapshot, features = engine.features()
    found = measuring.gain("library")
    assert found is not None
    assert (found.snapshot, found.truth) == (snapshot, ground_truth(snapshot))
    assert found.held_out == held_out_gain(features["rmac"], ground_truth(snapshot))
    assert measuring.result("library") is None
