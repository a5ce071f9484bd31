"""Extraction on real Dask workers: equal to that of this process, whatever fails."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import Cancelled, WorkersError
from core.indexing import dask_workers
from core.jobs import Jobs, TaskState
from core.model import BATCH_SIZE
from core.types import IndexReport, Progress, Stage
from tests.cluster.conftest import PARTS
from tests.cluster.dask_cluster import ROOT, DaskCluster, free_port, kill, stop
from tests.fakes import save_picture
from tests.indexing.faults import INTERRUPTED, STOPPED, Process, assert_one_line, catalogued, once

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.name != "posix", reason="the faults are those of POSIX systems"),
]

IMAGES = PARTS * BATCH_SIZE


def engine(
    features: Path, cluster: DaskCluster | None = None, **settings: Any
) -> ImageSearchEngine:
    """An engine; by default it extracts colours, which need no network."""
    values = {"descriptor": "hsv", "workers": cluster and cluster.address} | settings
    return ImageSearchEngine(Settings(features=features, **values))


def checksums(features: Path, **settings: Any) -> dict[str, str]:
    images = engine(features, **settings).require_snapshot().images
    return {image.path: image.checksum for image in images}


def comparable(report: IndexReport) -> IndexReport:
    """A report without what differs from run to run."""
    skipped = tuple(sorted(report.skipped, key=lambda item: item.image))
    return replace(report, seconds=0, images_per_second=0, skipped=skipped)


def when_extracted(action: Callable[[], object]) -> Callable[[Progress], None]:
    """A progress callback that does something after the first images were extracted."""
    left = [action]

    def progress(step: Progress) -> None:
        if step.stage == Stage.EXTRACTING and step.done and left:
            left.pop()()

    return progress


def when_waiting(*actions: Callable[[], object]) -> Callable[[Progress], None]:
    """A progress callback that does the next action when nothing came since the last step."""
    left, last = list(actions), [0]

    def progress(step: Progress) -> None:
        if step.stage == Stage.EXTRACTING:
            if last == [step.done] and step.done and left:
                left.pop(0)()
            last[:] = [step.done]

    return progress


def error_of(features: Path, cluster: DaskCluster, library: Path, **settings: Any) -> str:
    with pytest.raises(WorkersError) as caught:
        engine(features, cluster, **settings).index(library)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.model
def test_features_of_the_network_equal_those_of_this_process(
    cluster: DaskCluster, many: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        cluster.start_worker()
    cluster.wait()
    space = {"descriptor": "avg", "weights": "random", "size": 96, "precision": "float32"}
    there = engine(tmp_path / "there", cluster, **space).index(many)
    here = engine(tmp_path / "here", **space).index(many)
    assert comparable(there) == comparable(here)
    assert there.extracted == IMAGES
    assert checksums(tmp_path / "there", **space) == checksums(tmp_path / "here", **space)


def test_damaged_images_are_skipped_with_the_reason_of_this_process(
    cluster: DaskCluster, library: Path, tmp_path: Path
) -> None:
    cluster.add_worker()
    (library / "red" / "broken.jpg").write_bytes(b"no picture")
    (library / "empty.png").write_bytes(b"")
    there = engine(tmp_path / "there", cluster).index(library)
    assert comparable(there) == comparable(engine(tmp_path / "here").index(library))
    assert {item.image for item in there.skipped} == {"red/broken.jpg", "empty.png"}
    assert checksums(tmp_path / "there") == checksums(tmp_path / "here")


@pytest.mark.parametrize("most", [0, dask_workers.MOST_OF_ONE_SIZE])
def test_moved_changed_and_copied_images_count_as_in_this_process(
    most: int, cluster: DaskCluster, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_workers, "MOST_OF_ONE_SIZE", most)
    cluster.add_worker()
    first, last = "a/000.png", "b/191.png"
    shutil.copy(many / first, many / last)
    engines = engine(tmp_path / "there", cluster), engine(tmp_path / "here")
    for number in range(2):
        there, here = (each.index(many) for each in engines)
        assert comparable(there) == comparable(here)
        assert checksums(tmp_path / "there") == checksums(tmp_path / "here")
        if number == 0:
            assert (there.images, there.extracted) == (IMAGES, IMAGES - 1)
            (many / "a/002.png").rename(many / "b/moved.png")
            os.utime(many / "a/004.png", (7, 7))
            save_picture(many / "a/006.png", 1006)
    assert (there.extracted, there.moved, there.removed) == (1, 1, 0)
    assert engines[0].check() == ()


def test_a_killed_worker_loses_nothing(cluster: DaskCluster, many: Path, tmp_path: Path) -> None:
    cluster.add_worker()
    frozen = cluster.add_worker()
    # Its parts stay with it until it is dead.
    stop(frozen)
    seen: list[int] = []
    killing = when_waiting(lambda: kill(frozen))

    def progress(step: Progress) -> None:
        seen.append(step.workers)
        killing(step)

    report = engine(tmp_path / "there", cluster).index(many, progress=progress)
    assert frozen.poll() is not None
    assert (report.images, report.extracted, report.skipped) == (IMAGES, IMAGES, ())
    assert 2 in seen
    assert seen[-1] == 0
    engine(tmp_path / "here").index(many)
    assert checksums(tmp_path / "there") == checksums(tmp_path / "here")


def test_a_worker_joins_in_mid_run(cluster: DaskCluster, many: Path, tmp_path: Path) -> None:
    first = cluster.add_worker()
    kill_first = when_extracted(lambda: (cluster.add_worker(), kill(first)))
    report = engine(tmp_path / "features", cluster).index(many, progress=kill_first)
    assert (report.images, report.extracted) == (IMAGES, IMAGES)


def test_a_killed_scheduler_ends_the_run_and_the_next_one_goes_on(
    cluster: DaskCluster, many: Path, tmp_path: Path
) -> None:
    cluster.add_worker()
    features = tmp_path / "features"
    with pytest.raises(WorkersError) as caught:
        engine(features, cluster).index(
            many, progress=when_extracted(lambda: kill(cluster.scheduler))
        )
    assert str(caught.value) == (
        f"The scheduler went away: expected it at {cluster.address} during the run. Received: a "
        "lost connection. Start it and index again: what was extracted is kept."
    )
    kept = len(catalogued(features))
    assert 0 < kept < IMAGES
    folder = tmp_path / "second"
    folder.mkdir()
    with DaskCluster(folder) as second:
        second.add_worker()
        report = engine(features, second).index(many)
    assert (report.images, report.extracted) == (IMAGES, IMAGES - kept)


def test_no_worker_left_ends_the_run(
    cluster: DaskCluster, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_workers, "NO_WORKER_SECONDS", 1.0)
    message = (
        f"No worker is left: expected one at {cluster.address}. Received: none for 1 s. What was "
        "extracted is kept."
    )
    features = tmp_path / "features"
    assert error_of(features, cluster, many) == message
    worker = cluster.add_worker()
    with pytest.raises(WorkersError) as caught:
        engine(features, cluster).index(many, progress=when_extracted(lambda: kill(worker)))
    assert str(caught.value) == message
    kept = len(catalogued(features))
    assert 0 < kept < IMAGES
    cluster.add_worker()
    assert engine(features, cluster).index(many).extracted == IMAGES - kept


def test_no_scheduler(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_workers, "SCHEDULER_SECONDS", 1.0)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(WorkersError) as caught:
        engine(tmp_path / "features", workers=address).index(photos)
    assert str(caught.value) == (
        f"No scheduler answers: expected one at {address}. Received: nothing in 1 s. Start it with "
        '"dask scheduler".'
    )


def test_a_scheduler_that_hangs(
    cluster: DaskCluster, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_workers, "SCHEDULER_SECONDS", 1.0)
    monkeypatch.setattr(dask_workers, "NO_WORKER_SECONDS", 1.0)
    cluster.add_worker()
    features = tmp_path / "features"
    with pytest.raises(WorkersError, match=r"No worker is left: .* What was extracted is kept"):
        engine(features, cluster).index(
            many, progress=when_extracted(lambda: stop(cluster.scheduler))
        )
    assert 0 < len(catalogued(features)) < IMAGES
    assert error_of(features, cluster, many) == (
        f"No scheduler answers: expected one at {cluster.address}. Received: nothing in 1 s. Start "
        'it with "dask scheduler".'
    )


def test_cancel_while_the_only_worker_is_silent(
    cluster: DaskCluster, many: Path, tmp_path: Path
) -> None:
    worker = cluster.add_worker()
    features = tmp_path / "features"

    def cancel() -> None:
        raise Cancelled("stop")

    waiting = when_waiting(cancel)

    def progress(step: Progress) -> None:
        if step.stage == Stage.EXTRACTING and step.done:
            stop(worker)
        waiting(step)

    with pytest.raises(Cancelled, match="what was extracted is kept"):
        engine(features, cluster).index(many, progress=progress)
    kept = len(catalogued(features))
    assert 0 < kept < IMAGES
    kill(worker)
    cluster.add_worker()
    assert engine(features, cluster).index(many).extracted == IMAGES - kept


def index_by_command(cluster: DaskCluster, library: Path, features: Path) -> Process:
    """``python -m core index`` on the cluster; it waits at each step of the extraction."""
    options = ["--features", str(features), "--descriptor", "hsv", "--workers", cluster.address]
    arguments = ["--hold", "extracting", "index", str(library), *options]
    return Process("tests.indexing.fault_worker", arguments)


def test_ctrl_c_says_so_in_one_line(cluster: DaskCluster, many: Path, tmp_path: Path) -> None:
    worker = cluster.add_worker()
    with index_by_command(cluster, many, tmp_path / "features") as run:
        run.wait_for("step extracting")
        stop(worker)
        run.popen.send_signal(signal.SIGINT)
        assert run.finish() == (INTERRUPTED, STOPPED)


def test_the_command_says_in_one_line_that_the_scheduler_went_away(
    cluster: DaskCluster, many: Path, tmp_path: Path
) -> None:
    cluster.add_worker()
    with index_by_command(cluster, many, tmp_path / "features") as run:
        run.wait_for("step extracting")
        kill(cluster.scheduler)
        code, error = run.finish("\n" * IMAGES)
    assert code == 2
    assert_one_line(error)
    assert "The scheduler went away: " in error


def test_a_job_of_the_app_uses_the_workers_of_the_setting(
    cluster: DaskCluster, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_workers, "SCHEDULER_SECONDS", 1.0)
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "features"))
    monkeypatch.setenv("LOOKALIKE_DESCRIPTOR", "hsv")
    monkeypatch.setenv("LOOKALIKE_WORKERS", cluster.address)
    cluster.add_worker()
    indexing = Jobs(ImageSearchEngine(Settings.from_environment())).indexing
    indexing.index(photos)
    indexing.wait()
    assert indexing.latest
    assert indexing.latest.state is TaskState.DONE
    kill(cluster.scheduler)
    save_picture(photos / "new.jpg", 99)
    indexing.index(photos)
    indexing.wait()
    assert indexing.latest.state is TaskState.FAILED
    assert str(indexing.latest.error).startswith("No scheduler answers: ")


def with_other_mounts(commands: str) -> list[str]:
    """What starts a command that sees other mounts; skips the test where that is not allowed."""
    unshare = ["unshare", "--mount"]
    if os.geteuid() != 0:
        unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    try:
        subprocess.run([*unshare, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no other mounts can be made here: {error}")
    return [*unshare, "sh", "-c", f'{commands} && exec "$0" "$@"']


def test_a_folder_that_is_not_mounted_on_a_worker_is_an_error(
    cluster: DaskCluster, photos: Path, tmp_path: Path
) -> None:
    features = tmp_path / "features"
    before = engine(features).index(photos)
    save_picture(photos / "new.jpg", 99)
    cluster.add_worker(before=with_other_mounts(f"mount -t tmpfs none '{photos}'"))
    host = os.uname().nodename
    assert error_of(features, cluster, photos) == (
        f"A worker does not see the images: expected {photos}/new.jpg on {host}. Received: no such "
        "file. Mount the folder there at the same path."
    )
    # Nothing was skipped or removed.
    assert len(catalogued(features)) == before.images
    assert len(engine(features).require_snapshot().images) == before.images


def test_another_folder_at_the_path_on_a_worker_is_an_error(
    cluster: DaskCluster, photos: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(photos, other)
    (other / "a.jpg").write_bytes((photos / "a.jpg").read_bytes() + b"more")
    cluster.add_worker(before=with_other_mounts(f"mount --bind '{other}' '{photos}'"))
    error = error_of(tmp_path / "features", cluster, photos)
    size = (photos / "a.jpg").stat().st_size
    assert f"expected {photos}/a.jpg on " in error
    assert f"Received: a file of {size + 4} bytes instead of {size}." in error


def test_an_image_that_only_a_worker_cannot_read_is_an_error(
    cluster: DaskCluster, photos: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(photos, other)
    (other / "a.jpg").write_bytes(b"\0" * (photos / "a.jpg").stat().st_size)
    cluster.add_worker(before=with_other_mounts(f"mount --bind '{other}' '{photos}'"))
    error = error_of(tmp_path / "features", cluster, photos)
    assert f"expected {photos}/a.jpg on " in error
    assert "Received: not an image of a known format." in error


def test_an_image_that_is_gone_everywhere_is_skipped(
    cluster: DaskCluster, photos: Path, tmp_path: Path
) -> None:
    cluster.add_worker()
    report = engine(tmp_path / "features", cluster).index(
        photos, progress=once(Stage.LOADING, (photos / "a.jpg").unlink)
    )
    assert [(item.image, item.reason) for item in report.skipped] == [
        ("a.jpg", "it does not exist")
    ]
    assert report.images == 5


def test_a_worker_of_another_version_is_an_error(
    cluster: DaskCluster, photos: Path, tmp_path: Path
) -> None:
    older = tmp_path / "older"
    ignored = shutil.ignore_patterns("__pycache__", "*.npz")
    shutil.copytree(ROOT / "core", older / "core", ignore=ignored)
    with (older / "core" / "model" / "pooling.py").open("a") as file:
        file.write("\n# Another version.\n")
    cluster.add_worker(folder=older)
    error = error_of(tmp_path / "features", cluster, photos)
    assert error.startswith("A worker runs another version of Lookalike: expected ")
    assert error.endswith(" Copy the project there and start the worker again.")


def test_a_worker_without_the_project_is_an_error(
    cluster: DaskCluster, photos: Path, tmp_path: Path
) -> None:
    cluster.add_worker(folder=tmp_path)
    error = error_of(tmp_path / "features", cluster, photos)
    assert error.startswith("A worker failed: expected the features of 6 images from ")
    assert "No module named 'core'" in error
    assert "start the worker in the project's folder" in error


@pytest.mark.parametrize(
    ("spoil", "received"),
    [
        (lambda file: file.write_bytes(b"others"), "Received: others."),
        (lambda file: file.unlink(), "No such file or directory"),
    ],
)
def test_other_weights_on_a_worker_are_an_error(
    spoil: Callable[[Path], object],
    received: str,
    cluster: DaskCluster,
    photos: Path,
    tmp_path: Path,
) -> None:
    file = tmp_path / "own.weights.h5"
    file.write_bytes(b"those of the client")
    cluster.add_worker()
    finder = engine(tmp_path / "features", cluster, descriptor="avg", weights=str(file))
    with pytest.raises(WorkersError, match="A worker lacks the weights: expected") as caught:
        finder.index(photos, progress=once(Stage.LOADING, lambda: spoil(file)))
    assert received in str(caught.value)


def test_an_address_that_is_not_loopback_is_warned_of_once(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_workers, "SCHEDULER_SECONDS", 0.2)
    port = free_port()
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "0.0.0.0"):
        with pytest.raises(WorkersError, match="No scheduler answers"):
            engine(tmp_path / "features", workers=f"tcp://{host}:{port}").index(photos)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert f"tcp://0.0.0.0:{port}" in record.getMessage()
    assert "whoever reaches a port of Dask runs code" in record.getMessage()
