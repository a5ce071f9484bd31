"""Weights are found, with real files and a real server."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest

from core import downloads
from core.config import DEFAULT_WEIGHTS_URL
from core.downloads import PublishedFile
from core.errors import Cancelled, WeightsError
from core.model import Weights, weights
from core.model.weights import random_kernel
from tests.mirror import Answer, Mirror, hang_up, missing, overloaded, ranged, send, serving

CONTENT = np.random.RandomState(7).bytes(200_000)
OFFICIAL = PublishedFile("vgg16_made_up.h5", hashlib.md5(CONTENT).hexdigest(), len(CONTENT))
WITH_TOP = PublishedFile(
    "vgg16_made_up_top.h5", hashlib.md5(CONTENT[::-1]).hexdigest(), len(CONTENT)
)
FILES = {False: OFFICIAL, True: WITH_TOP}
PARTIAL = f"{OFFICIAL.name}.partial"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def whole(handler: BaseHTTPRequestHandler) -> None:
    send(handler, CONTENT)


def another(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"<html>Please sign in to this network</html>")


def cut(handler: BaseHTTPRequestHandler) -> None:
    send(handler, CONTENT[: len(CONTENT) // 2], length=len(CONTENT))


def unsized(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(CONTENT)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving(Mirror(whole)) as mirror:
        yield mirror


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Keras cache, no proxy, and no wait between two attempts."""
    monkeypatch.setattr(downloads, "RETRY_SECONDS", 0)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "keras" / "models"


@pytest.fixture
def closed_port() -> Iterator[str]:
    """The address of a port that is bound, so that nothing else can listen there, and refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


def resolve(source: str, url: str = "", **options: object) -> Weights:
    return weights.find_weights(source, base_url=url, files=FILES, **options)  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()] if folder.exists() else []


def put(folder: Path, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / OFFICIAL.name
    file.write_bytes(content)
    return file


def test_the_official_files_are_those_of_keras() -> None:
    package = importlib.util.find_spec("keras")
    assert package is not None
    assert package.origin is not None
    text = (Path(package.origin).parent / "src" / "applications" / "vgg16.py").read_text()
    published = re.findall(r'get_file\(\s*"(\w+\.h5)",[^)]*file_hash="(\w+)"', text)

    assert dict(published) == {file.name: file.md5 for file in weights.OFFICIAL_FILES.values()}
    assert [top for top, file in weights.OFFICIAL_FILES.items() if "notop" in file.name] == [False]
    assert DEFAULT_WEIGHTS_URL + weights.CONVOLUTIONS_FILE.name in re.sub(r'"\s+"', "", text)


def test_download(mirror: Mirror, cache: Path) -> None:
    found = resolve("imagenet", mirror.url)

    assert found == Weights("imagenet", DIGEST, cache / OFFICIAL.name)
    assert found.trained
    assert (cache / OFFICIAL.name).read_bytes() == CONTENT
    assert names(cache) == [OFFICIAL.name]
    assert mirror.requests == [f"/files/{OFFICIAL.name}"]


def test_the_base_address_may_lack_its_last_slash(mirror: Mirror) -> None:
    resolve("imagenet", mirror.url.rstrip("/"))

    assert mirror.requests == [f"/files/{OFFICIAL.name}"]


def test_top_takes_the_file_with_the_fully_connected_layers(mirror: Mirror, cache: Path) -> None:
    mirror.answers = [lambda handler: send(handler, CONTENT[::-1])]

    assert resolve("imagenet", mirror.url, top=True).file == cache / WITH_TOP.name
    assert mirror.requests == [f"/files/{WITH_TOP.name}"]


def test_a_downloaded_file_has_the_usual_permissions(mirror: Mirror, tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.touch()

    file = resolve("imagenet", mirror.url).file

    assert file is not None
    assert file.stat().st_mode == ordinary.stat().st_mode


@pytest.mark.parametrize("source", ["imagenet", "auto"])
def test_a_cached_file_needs_no_request(mirror: Mirror, cache: Path, source: str) -> None:
    file = put(cache, CONTENT)
    reports: list[tuple[int, int]] = []

    found = resolve(source, mirror.url, progress=lambda *report: reports.append(report))

    assert found == Weights("imagenet", DIGEST, file)
    assert mirror.requests == []
    assert reports == []


def test_a_damaged_file_is_downloaded_anew(mirror: Mirror, cache: Path) -> None:
    file = put(cache, CONTENT[:1000])

    assert resolve("imagenet", mirror.url).digest == DIGEST
    assert file.read_bytes() == CONTENT
    assert names(cache) == [OFFICIAL.name]


@pytest.mark.parametrize("failure", [cut, overloaded])
def test_a_failed_attempt_is_repeated_without_a_warning(
    mirror: Mirror, cache: Path, failure: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    mirror.answers = [failure, whole]

    with caplog.at_level("WARNING"):
        found = resolve("imagenet", mirror.url)

    assert found == Weights("imagenet", DIGEST, cache / OFFICIAL.name)
    assert len(mirror.requests) == 2
    assert names(cache) == [OFFICIAL.name]
    assert caplog.records == []


def test_three_failures_are_the_end_and_the_old_file_is_kept(mirror: Mirror, cache: Path) -> None:
    mirror.answers = [hang_up, cut, another, whole]
    file = put(cache, b"damaged")

    with pytest.raises(WeightsError) as caught:
        resolve("imagenet", mirror.url)

    assert str(caught.value) == (
        "The ImageNet weights could not be downloaded: "
        f"expected {OFFICIAL.name} (0.2 MB) from {mirror.url}. "
        f"Received: what the server sent has another checksum, and the cached {file} is damaged. "
        f"Put {OFFICIAL.name} into {cache} by hand, choose another file with --weights PATH or "
        "LOOKALIKE_WEIGHTS, or a mirror with LOOKALIKE_WEIGHTS_URL."
    )
    assert len(mirror.requests) == 3
    assert file.read_bytes() == b"damaged"
    # A page of another server does not delete the part that had arrived.
    assert sorted(names(cache)) == [OFFICIAL.name, PARTIAL]


def test_a_missing_file_is_requested_once(mirror: Mirror, cache: Path) -> None:
    mirror.answers = [missing]

    with pytest.raises(WeightsError, match="the server answered 404 Client Error: Not Found"):
        resolve("imagenet", mirror.url)

    assert len(mirror.requests) == 1
    assert names(cache) == []


@pytest.mark.parametrize("url", ["mirror.example/vgg16", "ftp://mirror.example/", "http://"])
def test_an_invalid_address(url: str) -> None:
    with pytest.raises(WeightsError, match="the address does not lead to a file"):
        resolve("imagenet", url)


def test_a_password_in_the_address_stays_secret(mirror: Mirror) -> None:
    mirror.answers = [missing]

    with pytest.raises(WeightsError) as caught:
        resolve("imagenet", mirror.url.replace("//", "//user:secret@"))

    assert f"from {mirror.url}." in str(caught.value)
    assert "secret" not in str(caught.value)


def test_auto_answers_with_the_starter_weights_at_once(mirror: Mirror, cache: Path) -> None:
    found = resolve("auto", mirror.url)

    assert (found.source, found.trained, found.notice) == ("starter", True, None)
    assert found == resolve("starter")
    assert found.file is not None
    assert found.digest == hashlib.sha256(found.file.read_bytes()).hexdigest()
    assert mirror.requests == []
    assert names(cache) == []


def test_auto_leaves_a_damaged_file_and_says_so(mirror: Mirror, cache: Path) -> None:
    file = put(cache, b"damaged")

    found = resolve("auto", mirror.url)

    assert found.source == "starter"
    assert found.notice == (
        f"The ImageNet weights at {file} cannot be used (it is damaged): using the starter "
        "weights. Fetch them anew with --weights imagenet."
    )
    assert file.read_bytes() == b"damaged"
    assert mirror.requests == []


def test_auto_with_a_cache_that_cannot_be_read(cache: Path) -> None:
    (cache / OFFICIAL.name).mkdir(parents=True)

    found = resolve("auto")

    assert found.source == "starter"
    assert "cannot be used (the cache cannot be used: " in str(found.notice)


def test_auto_downloads_where_only_the_full_file_serves(mirror: Mirror, cache: Path) -> None:
    mirror.answers = [lambda handler: send(handler, CONTENT[::-1])]

    assert resolve("auto", mirror.url, top=True).file == cache / WITH_TOP.name


def test_the_starter_weights_have_no_top() -> None:
    with pytest.raises(WeightsError, match="The starter weights have no fully connected layers"):
        resolve("starter", top=True)


def test_an_offline_download_tells_of_a_damaged_file(cache: Path, closed_port: str) -> None:
    file = put(cache, b"damaged")

    with pytest.raises(WeightsError) as caught:
        resolve("imagenet", closed_port)

    assert f"the connection failed, and the cached {file} is damaged. Put" in str(caught.value)
    assert file.read_bytes() == b"damaged"


def test_a_download_behind_a_closed_proxy(
    mirror: Mirror, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", closed_port)

    with pytest.raises(WeightsError, match="Received: the proxy let no connection through"):
        resolve("imagenet", mirror.url)

    assert mirror.requests == []


def test_a_cache_that_cannot_be_used(cache: Path) -> None:
    (cache / OFFICIAL.name).mkdir(parents=True)

    with pytest.raises(WeightsError, match="Received: the cache cannot be used: "):
        resolve("imagenet")


def test_a_cache_that_cannot_be_made(mirror: Mirror, cache: Path) -> None:
    cache.parent.write_text("in the way")

    with pytest.raises(WeightsError, match="Received: the cache cannot be used: "):
        resolve("imagenet", mirror.url)


def test_progress_of_a_slow_download(mirror: Mirror) -> None:
    seen_half = threading.Event()
    reports: list[tuple[int, int]] = []

    def drip(handler: BaseHTTPRequestHandler) -> None:
        half = len(CONTENT) // 2
        send(handler, CONTENT[:half], length=len(CONTENT))
        if seen_half.wait(timeout=20):
            handler.wfile.write(CONTENT[half:])

    def progress(done: int, total: int) -> None:
        reports.append((done, total))
        if done:
            seen_half.set()

    mirror.answers = [drip]
    resolve("imagenet", mirror.url, progress=progress)

    done = [report[0] for report in reports]
    assert {total for _, total in reports} == {len(CONTENT)}
    assert done == sorted(done)
    assert done[0] == 0
    assert 0 < done[1] <= len(CONTENT) // 2
    assert done[-1] == len(CONTENT)
    assert len(mirror.requests) == 1


def test_progress_where_the_server_does_not_tell_the_size(mirror: Mirror) -> None:
    mirror.answers = [unsized]
    reports: list[tuple[int, int]] = []

    resolve("imagenet", mirror.url, progress=lambda *report: reports.append(report))

    assert reports[0] == (0, OFFICIAL.size)
    assert reports[-1] == (OFFICIAL.size, OFFICIAL.size)
    assert reports == sorted(reports)


def test_what_the_progress_callback_raises_ends_the_download(mirror: Mirror, cache: Path) -> None:
    file = put(cache, b"damaged")

    def cancel(done: int, _total: int) -> None:
        if done:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        resolve("imagenet", mirror.url, progress=cancel)

    assert len(mirror.requests) == 1
    assert file.read_bytes() == b"damaged"
    assert sorted(names(cache)) == [OFFICIAL.name, PARTIAL]


def test_a_cancelled_download_is_continued_by_the_next(mirror: Mirror, cache: Path) -> None:
    mirror.answers = [ranged(CONTENT)]

    def cancel(done: int, _total: int) -> None:
        if done:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        resolve("imagenet", mirror.url, progress=cancel)
    kept = (cache / PARTIAL / "content").stat().st_size

    assert resolve("imagenet", mirror.url).digest == DIGEST
    assert mirror.ranges == ["", f"bytes={kept}-"]
    assert names(cache) == [OFFICIAL.name]


@pytest.mark.parametrize("suffix", [".h5", ".weights.h5", ".keras"])
def test_own_file(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"mine{suffix}"
    file.write_bytes(CONTENT)

    found = resolve(str(file))

    assert found == Weights(str(file), DIGEST, file)
    assert found.trained


def test_own_file_by_a_short_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.h5"
    file.write_bytes(CONTENT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert resolve("mine.h5") == resolve("~/mine.h5") == Weights(str(file), DIGEST, file)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("imagenett", "No such file or directory"),
        ("missing.h5", "No such file or directory"),
        ("~no-such-user/mine.h5", "No such file or directory"),
        ("mine.npz", "another kind of file"),
        ("folder.h5", "not a file"),
        ("empty.h5", "an empty file"),
    ],
)
def test_own_file_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, problem: str
) -> None:
    (tmp_path / "folder.h5").mkdir()
    (tmp_path / "empty.h5").touch()
    (tmp_path / "mine.npz").write_bytes(CONTENT)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(WeightsError) as caught:
        resolve(name)

    assert str(caught.value) == (
        f"The weights cannot be used ({problem}): expected auto, imagenet, starter, random or the "
        f"path of a Keras file (.h5, .weights.h5, .keras). Received: {name!r}"
    )


def test_random_needs_nothing_and_is_always_the_same(mirror: Mirror) -> None:
    digest = "8be1523f48d2b4d8f5bad4a65056cc5934a3a985a511576b989fdcb2e4a0f538"
    with_top = "ec2f60f8df50eab9536427d1bb95d4250b483d3373f8386b617c99c501153c29"

    assert resolve("random", mirror.url) == Weights("random", digest, None)
    assert resolve("random", mirror.url, top=True) == Weights("random", with_top, None)
    assert mirror.requests == []


def test_random_kernels_are_the_same_on_every_machine() -> None:
    kernel = random_kernel("block1_conv1", (3, 3, 3, 64))

    assert kernel.dtype == np.float32
    assert kernel[0, 0, 0, :2].tolist() == [-0.5684003233909607, -0.05788002908229828]
    assert kernel[2, 2, 2, -1] == np.float32(0.015099799260497093)
    assert hashlib.sha256(kernel.astype("<f4").tobytes()).hexdigest() == (
        "1d30345cf1fc1ff27a74838143274a037006f920019d5a8178a8d02446e1d80e"
    )


@pytest.mark.parametrize("shape", [(3, 3, 64, 128), (512, 256)])
def test_random_kernels_are_he_normal(shape: tuple[int, ...]) -> None:
    kernel = random_kernel("any", shape).astype(np.float64)
    expected = np.sqrt(2 / np.prod(shape[:-1]))

    # Five standard errors of a normal sample's mean, deviation and share within one deviation.
    assert kernel.shape == shape
    assert abs(kernel.mean()) < 5 * expected / np.sqrt(kernel.size)
    assert kernel.std() == pytest.approx(expected, rel=5 / np.sqrt(2 * kernel.size))
    within = np.mean(np.abs(kernel) < expected)
    assert within == pytest.approx(0.6827, abs=5 * np.sqrt(0.6827 * 0.3173 / kernel.size))


def test_random_kernels_do_not_depend_on_each_other() -> None:
    first, second = (random_kernel(name, (3, 3, 8, 8)) for name in ("a", "b"))

    np.testing.assert_array_equal(second, random_kernel("b", (3, 3, 8, 8)))
    np.testing.assert_array_equal(first, random_kernel("a", (3, 3, 8, 8)))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.2
    assert not np.array_equal(first, random_kernel("a", (3, 3, 8, 8), seed=1))


def test_the_cache_where_the_home_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    fallback = Path("/tmp/.keras/models")
    monkeypatch.setenv("KERAS_HOME", "")
    assert weights.keras_cache() == fallback

    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", "/no/such/home")
    assert weights.keras_cache() == fallback


def test_a_file_downloaded_by_keras_is_found(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    served = tmp_path / "served.h5"
    served.write_bytes(CONTENT)
    # Keras reads the environment once, on import; the rule for the home alone needs it read again.
    script = f"""
import importlib, json, os
import keras
from keras.src.backend import config

def download():
    return keras.utils.get_file(
        {OFFICIAL.name!r}, {served.as_uri()!r}, cache_subdir="models", file_hash={OFFICIAL.md5!r}
    )

places = [download()]
del os.environ["KERAS_HOME"]
importlib.reload(config)
places.append(download())
print(json.dumps(places))
"""
    environment = {
        **os.environ,
        "HOME": str(tmp_path / "home"),
        "KERAS_HOME": "~/chosen",
        "KERAS_BACKEND": "tensorflow",
    }
    (tmp_path / "home" / "chosen").mkdir()
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    places = json.loads(run.stdout.splitlines()[-1])

    for place, keras_home in zip(places, ("~/chosen", None), strict=True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOME", str(tmp_path / "home"))
            patch.delenv("KERAS_HOME")
            if keras_home:
                patch.setenv("KERAS_HOME", keras_home)
            assert resolve("imagenet") == Weights("imagenet", DIGEST, Path(place))
