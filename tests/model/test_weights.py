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


def resolve(source: str, url: str = "", *, top: bool = True, **options: object) -> Weights:
    return weights.find_weights(source, base_url=url, top=top, full=OFFICIAL, **options)  # type: ignore[arg-type]


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
    published = dict(re.findall(r'get_file\(\s*"(\w+\.h5)",[^)]*file_hash="(\w+)"', text))

    assert published[weights.FULL_FILE.name] == weights.FULL_FILE.md5
    assert DEFAULT_WEIGHTS_URL + weights.FULL_FILE.name in re.sub(r'"\s+"', "", text)


# As published for MatConvNet's imagenet-vgg-verydeep-16: the first kernel value, of red, and the
# first bias of each layer.
PUBLISHED = {
    "block1_conv1": (0.4800154, 0.73429835),
    "block1_conv2": (0.16621928, -0.30912212),
    "block2_conv1": (-0.008902963, -0.04577766),
    "block2_conv2": (-0.0023012366, -0.06418542),
    "block3_conv1": (0.002486315, -0.074358866),
    "block3_conv2": (-0.0103266295, 0.019675018),
    "block3_conv3": (0.0024918285, 0.035415243),
    "block4_conv1": (-0.012453815, 0.013485669),
    "block4_conv2": (0.007116542, 0.023680462),
    "block4_conv3": (-0.0041355654, 0.03757768),
    "block5_conv1": (-0.0006068934, 0.09722325),
    "block5_conv2": (-0.0011261065, 0.21327873),
    "block5_conv3": (0.00040788297, 0.18837857),
}


def test_the_imagenet_kernels_are_the_published_ones_to_16_bits(mirror: Mirror) -> None:
    kernels = weights.read_kernels()
    assert kernels.keys() == {f"{name}/{part}" for name in PUBLISHED for part in ("kernel", "bias")}
    assert {array.dtype for array in kernels.values()} == {np.dtype(np.float16)}
    assert sum(array.size for array in kernels.values()) == 14_714_688
    for name, (first, bias) in PUBLISHED.items():
        # Keras's networks take blue, green, red.
        channel = 2 if name == "block1_conv1" else 0
        found = kernels[f"{name}/kernel"][0, 0, channel, 0], kernels[f"{name}/bias"][0]
        assert found == (np.float16(first), np.float16(bias)), name
    assert kernels["block1_conv1/bias"][25] == np.float16(0.7446502)
    assert kernels["block1_conv2/kernel"][2, 2, 63, 63] == np.float16(0.016082443)
    assert kernels["block5_conv1/kernel"][1, 0, 63, 269] == np.float16(-0.011236359)
    assert kernels["block5_conv3/kernel"][0, 2, 0, 400] == np.float16(-0.008714244)

    found_weights = resolve("imagenet", mirror.url, top=False)
    file = weights.IMAGENET_FILE
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert found_weights == Weights("imagenet", digest, file)
    assert found_weights.trained
    assert file.stat().st_size <= 30_000_000
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert (card["sha256"], card["licence"]) == (digest, "CC BY 4.0")
    assert mirror.requests == []


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


def test_a_downloaded_file_has_the_usual_permissions(mirror: Mirror, tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.touch()

    file = resolve("imagenet", mirror.url).file

    assert file is not None
    assert file.stat().st_mode == ordinary.stat().st_mode


def test_a_cached_file_needs_no_request(mirror: Mirror, cache: Path) -> None:
    file = put(cache, CONTENT)
    reports: list[tuple[int, int]] = []

    found = resolve("imagenet", mirror.url, progress=lambda *report: reports.append(report))

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
        "The fully connected layers need Keras's full file of the ImageNet weights, which could "
        f"not be downloaded: expected {OFFICIAL.name} (200 kB) from {mirror.url}. "
        f"Received: what the server sent has another checksum, and the cached {file} is damaged. "
        f"Put {OFFICIAL.name} into {cache} by hand, choose a mirror with LOOKALIKE_WEIGHTS_URL, or "
        "take a descriptor of the convolutions."
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
        ("auto", "No such file or directory"),
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
        f"The weights cannot be used ({problem}): expected imagenet, random or the "
        f"path of a Keras file (.h5, .weights.h5, .keras). Received: {name!r}"
    )


def test_random_needs_nothing_and_is_always_the_same(mirror: Mirror) -> None:
    digest = "8be1523f48d2b4d8f5bad4a65056cc5934a3a985a511576b989fdcb2e4a0f538"
    with_top = "ec2f60f8df50eab9536427d1bb95d4250b483d3373f8386b617c99c501153c29"

    assert resolve("random", mirror.url, top=False) == Weights("random", digest, None)
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
