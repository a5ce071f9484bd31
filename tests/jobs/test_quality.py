"""Measurements in a background thread: one at a time, cancelled, the last result kept."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from core.engine import ImageSearchEngine
from core.engine.quality import Quality
from core.errors import BusyError
from core.evaluation import ground_truth, held_out_gain
from core.jobs import TaskState
from core.jobs.quality import QualityJob


def test_measurement_runs_in_the_background_and_keeps_its_result(engine: ImageSearchEngine) -> None:
    quality = QualityJob(engine)
    assert quality.latest is None
    assert quality.result(None) is None
    quality.measure(None, sample=10)
    quality.wait()
    latest = quality.latest
    assert latest is not None
    assert (latest.number, latest.state, latest.error) == (1, TaskState.DONE, None)
    assert (latest.progress.stage, latest.progress.done) == ("evaluating", latest.progress.total)
    result = quality.result(None)
    assert result is not None
    assert result.evaluations == engine.quality.compare(sample=10).evaluations
    assert quality.result("another") is None


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
    quality = QualityJob(held)  # type: ignore[arg-type]
    quality.measure(None)
    held.asked.wait()
    with pytest.raises(BusyError, match="A measurement is under way"):
        quality.measure(None)
    quality.cancel()
    assert quality.latest is not None
    assert quality.latest.running
    assert quality.latest.stopping
    held.go.set()
    quality.wait()
    assert quality.latest.state is TaskState.CANCELLED
    assert quality.latest.error == "Stopped: the last result stands."
    assert quality.result(None) is None
    quality.cancel()
    quality.measure(None)
    quality.wait()
    assert quality.latest.state is TaskState.DONE
    assert quality.latest.number == 2


def test_failed_measurement_tells_why_and_keeps_the_result_before(
    engine: ImageSearchEngine,
) -> None:
    quality = QualityJob(engine)
    quality.measure(None)
    quality.wait()
    before = quality.result(None)
    quality.measure(None, labels="no/such.csv")
    quality.wait()
    assert quality.latest is not None
    assert quality.latest.state is TaskState.FAILED
    assert "Received: labels='no/such.csv'" in (quality.latest.error or "")
    assert quality.result(None) is before
    quality.measure(None, nonsense=1)
    quality.wait()
    assert "Unexpected error: TypeError" in (quality.latest.error or "")


def test_gain_of_learning_from_folders_is_measured_and_kept(engine: ImageSearchEngine) -> None:
    quality = QualityJob(engine)
    assert quality.gain("library") is None
    quality.measure_gain("library")
    quality.wait()
    assert quality.latest is not None
    assert quality.latest.state is TaskState.DONE
    snapshot, features = engine.features()
    found = quality.gain("library")
    assert found is not None
    assert (found.snapshot, found.truth) == (snapshot, ground_truth(snapshot))
    assert found.held_out == held_out_gain(features["rmac"], ground_truth(snapshot))
    assert quality.result("library") is None
