"""An app of its own for each test, with a model that costs nothing, and servers to attack."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.context import ContextProxy

from core.model import FeatureExtractor
from core.types import UNTRAINED
from core.ui import resources
from core.ui.sharing import ACCESS
from tests.fakes import fake_extractor
from tests.served import Served, served
from tests.ui.security import ALONE, SHARE, environment, furnish

SECONDS = 120
CACHED = (resources.engine, resources.jobs)


def come_with(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the browser have a key, of a share that nobody has come to before."""
    monkeypatch.setattr(ACCESS, "_gallery", None)
    # Streamlit's test runner has no browser and so no cookies; a real one is in test_security.py.
    cookie = f"lookalike-{st.get_option('server.port')}"
    monkeypatch.setattr(ContextProxy, "cookies", {cookie: key})


@pytest.fixture(scope="session", autouse=True)
def packages_are_scanned_once() -> None:
    """Streamlit's test runner reads of all packages that are installed whether they are components.

    It does so for each page that is opened, which takes several times as long as the page.
    """
    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An app with an empty features folder of its own."""
    folder = tmp_path / "features"
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(folder))
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", UNTRAINED)
    monkeypatch.setenv("LOOKALIKE_SAMPLE", str(tmp_path / "sample"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    names = ("LIBRARY", "DESCRIPTOR", "FIT", "FIT_SIZE", "SIZE", "PRECISION", "GALLERY", "SHARE")
    for name in names:
        monkeypatch.delenv(f"LOOKALIKE_{name}", raising=False)
    monkeypatch.setattr(resources, "feature_extractor", fake_extractor)
    for cached in CACHED:
        cached.clear()
    yield folder
    jobs = resources.jobs()
    jobs.close()
    for job in (jobs.indexing, jobs.maps, jobs.quality, jobs.duplicates):
        job.wait()
    for cached in CACHED:
        cached.clear()


@pytest.fixture
def few(library: Path, tmp_path: Path) -> Path:
    """Four images and a file that is none."""
    folder = tmp_path / "few"
    folder.mkdir()
    for path in sorted(path for path in library.rglob("*") if path.is_file())[::11]:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.jpg").write_text("no picture")
    return folder


@pytest.fixture
def indexed(features: Path, few: Path) -> Path:
    """The features folder with an index of ``few``."""
    resources.engine().index(few)
    return features


@pytest.fixture
def visiting(features: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app is shared, and the browser has the key for visitors."""
    monkeypatch.setenv("LOOKALIKE_SHARE", "pictures")
    come_with(ACCESS.visitor, monkeypatch)


@pytest.fixture
def held_extraction(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Event, Event]]:
    """The app makes no extractor until the second event; the first says that it wants one."""
    wanted, go_on = Event(), Event()
    extractors = resources.engine()._extractors
    make = extractors._make

    def wait(*choices: Any) -> FeatureExtractor:
        wanted.set()
        assert go_on.wait(SECONDS)
        return make(*choices)

    monkeypatch.setattr(extractors, "_make", wait)
    yield wanted, go_on
    go_on.set()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the shared server may read and write."""
    folder = tmp_path_factory.mktemp("shared")
    furnish(folder)
    return folder


@pytest.fixture(scope="session")
def shared(folder: Path) -> Iterator[Served]:
    """An app that is shared, with a gallery."""
    with served(folder, *SHARE, environment=environment(folder)) as server:
        yield server
        keys = (server.owner_key, server.visitor_key)
    # After everything that the tests did to it.
    log = server.log.read_text()
    assert "Traceback" not in log
    for key in keys:
        assert key not in log
        assert server.out.read_text().count(key) == 1
        written = [path for path in folder.rglob("*") if path.is_file() and path != server.out]
        assert len(written) > 10
        assert [path for path in written if key.encode() in path.read_bytes()] == []


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app as it starts by default."""
    folder = tmp_path_factory.mktemp("alone")
    furnish(folder)
    with served(folder, *ALONE, environment=environment(folder)) as server:
        yield server


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """A shared app without a gallery, that takes files of a megabyte."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    limits = {"STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "1"}
    with served(tmp_path, *SHARE, environment=environment(tmp_path) | limits) as server:
        yield server
