"""The flower photographs: downloaded, sorted into folders, stopped and continued."""

from __future__ import annotations

import json
import os
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli import main
from core.datasets import NAMES, fetch_flowers, read_labels
from core.datasets import flowers102 as flowers
from core.downloads import PARTIAL_SUFFIX
from core.errors import Cancelled, DownloadError, LibraryError
from core.types import Progress
from tests.datasets.flower_files import LABELS, archive_of, labels_file, photographs, publish
from tests.mirror import Mirror, missing, serving

PUBLISHED = labels_file([77] * 3 + [73] * 3)


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A server of the flowers."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(Mirror(publish(monkeypatch, archive_of(photographs())))) as mirror:
        yield mirror


def fetch(mirror: Mirror, folder: Path) -> list[Progress]:
    seen: list[Progress] = []
    assert fetch_flowers(folder, base_url=mirror.url, progress=seen.append) == len(LABELS)
    return seen


def stop_at(stage: str, done: int) -> object:
    def cancel(now: Progress) -> None:
        if now.stage == stage and now.done >= done:
            raise Cancelled("stop")

    return cancel


def saved(folder: Path) -> dict[str, bytes]:
    """What a library of this folder shows, by number."""
    return {
        f"jpg/{path.name}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


def test_names() -> None:
    assert len(NAMES) == len(set(NAMES)) == 102
    # As the paper and the page of the data set show them.
    known = {1: "pink primrose", 12: "colt's foot", 46: "wallflower", 51: "petunia"}
    known |= {73: "water lily", 77: "passion flower", 84: "columbine", 102: "blackberry lily"}
    assert {number: NAMES[number - 1] for number in known} == known
    # They are names of folders, on Windows too.
    assert not any(set(name) & set('<>:"/\\|?*') or name != name.strip() for name in NAMES)


def test_photographs_are_sorted_into_folders(mirror: Mirror, tmp_path: Path) -> None:
    folder = tmp_path / "flowers-102"

    seen = fetch(mirror, folder)

    assert saved(folder) == photographs()
    assert sorted(path.name for path in folder.iterdir() if path.name[0] != ".") == [
        "012 colt's foot",
        "059 orange dahlia",
        "073 water lily",
        "077 passion flower",
    ]
    assert (folder / "077 passion flower" / "image_00001.jpg").is_file()
    assert (folder / "073 water lily" / "image_00006.jpg").is_file()
    assert [now.stage for now in seen] == sorted(now.stage for now in seen)
    assert {now.stage: (now.done, now.total) for now in seen} == {
        "flowers": (flowers.ARCHIVE.size, flowers.ARCHIVE.size),
        "unpacking": (len(LABELS), len(LABELS)),
    }
    # The archive would take as much room again.
    assert [path.name for path in (folder / ".download").iterdir()] == ["imagelabels.mat"]


def test_finished_flowers_need_no_request(mirror: Mirror, tmp_path: Path) -> None:
    fetch(mirror, tmp_path)
    asked = len(mirror.requests)

    assert fetch(mirror, tmp_path) == []
    assert len(mirror.requests) == asked


def test_a_deleted_photograph_comes_back_and_the_others_stay(
    mirror: Mirror, tmp_path: Path
) -> None:
    fetch(mirror, tmp_path)
    gone, *others = sorted(tmp_path.rglob("*.jpg"))
    gone.unlink()
    before = [path.stat().st_mtime_ns for path in others]

    fetch(mirror, tmp_path)

    assert saved(tmp_path) == photographs()
    assert [path.stat().st_mtime_ns for path in others] == before


def test_a_cancelled_download_is_continued(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        fetch_flowers(tmp_path, base_url=mirror.url, progress=stop_at("flowers", 1))
    partial = tmp_path / ".download" / f"102flowers.tgz{PARTIAL_SUFFIX}" / "content"
    kept = partial.stat().st_size

    seen = fetch(mirror, tmp_path)

    assert mirror.ranges[-1] == f"bytes={kept}-"
    assert seen[0].done == kept
    assert saved(tmp_path) == photographs()


def test_a_cancelled_unpacking_is_continued(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        fetch_flowers(tmp_path, base_url=mirror.url, progress=stop_at("unpacking", 5))
    unpacked = saved(tmp_path)
    asked = len(mirror.requests)

    fetch(mirror, tmp_path)

    assert unpacked.items() < photographs().items()
    assert len(unpacked) == 5
    assert saved(tmp_path) == photographs()
    assert len(mirror.requests) == asked


def test_time_left_is_told_once_there_is_a_speed(mirror: Mirror, tmp_path: Path) -> None:
    downloading = [now for now in fetch(mirror, tmp_path) if now.stage == "flowers"]

    assert downloading[0].seconds_left is None
    assert downloading[-1].seconds_left == 0


def test_an_archive_writes_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, mirror: Mirror, tmp_path: Path
) -> None:
    hostile = {
        "../evil.jpg": b"1",
        "jpg/../../evil.jpg": b"2",
        str(tmp_path / "evil.jpg"): b"3",
        "jpg/image_00001.jpg/evil.jpg": b"4",
        "jpg/image_99999.jpg": b"5",
        "jpg/image_00001.jpg.exe": b"6",
    }
    link = tarfile.TarInfo("jpg/image_00001.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    folder = tarfile.TarInfo("jpg")
    folder.type = tarfile.DIRTYPE
    mirror.answers = [publish(monkeypatch, archive_of(hostile | photographs(), folder, link))]
    library = tmp_path / "library"

    fetch(mirror, library)

    assert saved(library) == photographs()
    assert not any(path.is_symlink() for path in library.rglob("*"))
    assert list(tmp_path.iterdir()) == [library]


def test_a_photograph_beyond_all_measure_is_refused(
    monkeypatch: pytest.MonkeyPatch, mirror: Mirror, tmp_path: Path
) -> None:
    bomb = {"jpg/image_00001.jpg": bytes(flowers._MOST_BYTES + 1)}
    mirror.answers = [publish(monkeypatch, archive_of(bomb))]

    with pytest.raises(LibraryError, match=r"image_00001\.jpg has 16,777,217 bytes"):
        fetch(mirror, tmp_path)

    assert saved(tmp_path) == {}


def test_an_archive_that_is_none(
    monkeypatch: pytest.MonkeyPatch, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.answers = [publish(monkeypatch, b"no archive " * 1000)]

    with pytest.raises(LibraryError, match="expected that of Oxford Flowers 102"):
        fetch(mirror, tmp_path)


def test_an_archive_that_ends_too_early(
    monkeypatch: pytest.MonkeyPatch, mirror: Mirror, tmp_path: Path
) -> None:
    whole = archive_of(photographs())
    mirror.answers = [publish(monkeypatch, whole[: len(whole) // 2])]

    with pytest.raises(LibraryError, match="expected that of Oxford Flowers 102"):
        fetch(mirror, tmp_path)

    assert saved(tmp_path).items() < photographs().items()


def test_missing_photographs_are_told(
    monkeypatch: pytest.MonkeyPatch, mirror: Mirror, tmp_path: Path
) -> None:
    few = dict(list(photographs().items())[2:])
    mirror.answers = [publish(monkeypatch, archive_of(few))]

    with pytest.raises(LibraryError, match=r"2 are missing, such as image_00001\.jpg"):
        fetch(mirror, tmp_path)


def test_flowers_that_cannot_be_had(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers = [missing]

    with pytest.raises(DownloadError) as caught:
        fetch_flowers(tmp_path, base_url=mirror.url.replace("//", "//me:secret@"))

    assert str(caught.value) == (
        "The flower photographs could not be downloaded: expected imagelabels.mat (185 bytes) from "
        f"{mirror.url}. Received: the server answered 404 Client Error: Not Found. Try again, it "
        "goes on from where it ended; or choose another address with LOOKALIKE_FLOWERS_URL."
    )


def test_a_folder_that_cannot_be_made(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LibraryError, match="The photographs cannot be saved"):
        fetch_flowers(tmp_path / "file", base_url=mirror.url)


def test_the_published_labels_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    labels = [number % 102 + 1 for number in range(8189)]
    content = labels_file(labels)
    publish(monkeypatch, b"", content)
    file = tmp_path / "imagelabels.mat"
    file.write_bytes(content)

    assert read_labels(file) == labels


@given(at=st.integers(0, len(PUBLISHED) - 1), flipped=st.integers(1, 255), cut=st.booleans())
def test_damaged_labels_are_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, flipped: int, cut: bool
) -> None:
    kept, changed = PUBLISHED[:at], bytes([PUBLISHED[at] ^ flipped])
    damaged = kept if cut else kept + changed + PUBLISHED[at + 1 :]
    file = tmp_path_factory.mktemp("labels") / "imagelabels.mat"
    file.write_bytes(damaged)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(ValueError, match="checksum differs"):
        publish(patch, b"", PUBLISHED)
        read_labels(file)


@pytest.mark.parametrize("element", [10, 60_000])
def test_labels_that_crash_scipy_are_refused(element: int, tmp_path: Path) -> None:
    # Uncompressed, with a type of numbers that SciPy looks up beyond the end of its table.
    matrix = struct.pack("<4I", 6, 8, 9, 0) + struct.pack("<4I", 5, 8, 1, 3)
    matrix += struct.pack("<II8s", 1, 6, b"labels") + struct.pack("<II8x", element, 3)
    file = tmp_path / "imagelabels.mat"
    file.write_bytes(
        b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + struct.pack("<II", 14, len(matrix)) + matrix
    )

    with pytest.raises(ValueError, match="checksum differs"):
        read_labels(file)


def test_labels_of_another_size_are_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "imagelabels.mat"
    file.touch()
    os.truncate(file, 1 << 40)

    with pytest.raises(ValueError, match="checksum differs"):
        read_labels(file)


def test_command(
    mirror: Mirror,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LOOKALIKE_FLOWERS_URL", mirror.url)

    assert main(["flowers", str(tmp_path / "here"), "--json"]) == 0

    written = capsys.readouterr()
    assert json.loads(written.out) == {"directory": str(tmp_path / "here"), "images": len(LABELS)}
    assert written.err == ""
    assert saved(tmp_path / "here") == photographs()


def test_command_without_a_server(
    mirror: Mirror,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mirror.answers = [missing]
    monkeypatch.setenv("LOOKALIKE_FLOWERS_URL", mirror.url)

    assert main(["flowers", str(tmp_path)]) == 2

    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("lookalike: The flower photographs could not be downloaded: ")
    assert written.err.count("\n") == 1
