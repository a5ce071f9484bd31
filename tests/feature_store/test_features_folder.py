"""The folder of stores: which one is current, and who may write."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.atomic import temporary_path
from core.errors import BusyError, FeatureStoreError, LibraryError
from core.feature_store import FeaturesFolder
from tests.fakes import FAKE_SPACE
from tests.feature_store.records import SEGMENT

ROOT = Path(__file__).parents[2]
AsUser = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def folder(tmp_path: Path) -> FeaturesFolder:
    return FeaturesFolder(tmp_path / "features")


def test_an_empty_folder_has_no_current_store(folder: FeaturesFolder) -> None:
    assert folder.current() is None
    assert not folder.path.exists()


def test_each_pair_of_library_and_space_has_a_store_of_its_own(folder: FeaturesFolder) -> None:
    spaces = [
        FAKE_SPACE,
        replace(FAKE_SPACE, descriptor="other"),
        replace(FAKE_SPACE, weights_digest="0" * 64),
        # The name of a space has only the first digits of the digest.
        replace(FAKE_SPACE, weights_digest=FAKE_SPACE.weights_digest[:-1] + "0"),
    ]
    libraries = [Path("/pictures/cats"), Path("/other/cats"), Path("/pictures/dogs")]
    pairs = [(library, space) for library in libraries for space in spaces]
    stores = [folder.store_for(*pair) for pair in pairs]
    assert len({store.folder for store in stores}) == len(pairs)
    for pair, store in zip(pairs, stores, strict=True):
        again = FeaturesFolder(folder.path).store_for(*pair)
        assert (again.folder, again.library, again.space) == (store.folder, *pair)


def test_weights_found_at_another_place_are_the_same_space(folder: FeaturesFolder) -> None:
    store = folder.store_for(Path("/cats"), FAKE_SPACE)
    moved = replace(FAKE_SPACE, weights="/elsewhere/vgg16.weights.h5")
    assert folder.store_for(Path("/cats"), moved).folder == store.folder


def test_the_current_store_is_switched(folder: FeaturesFolder) -> None:
    cats, dogs = (folder.store_for(Path(name), FAKE_SPACE) for name in ("/cats", "/dogs"))
    assert folder.current() is None
    for store in (cats, cats, dogs, cats):
        folder.set_current(store)
        current = FeaturesFolder(folder.path).current()
        assert current is not None
        assert (current.folder, current.library, current.space) == (
            store.folder,
            store.library,
            store.space,
        )


def test_a_current_store_that_was_deleted_is_none(folder: FeaturesFolder) -> None:
    store = folder.store_for(Path("/cats"), FAKE_SPACE)
    folder.set_current(store)
    (store.folder / "store.json").unlink()
    store.folder.rmdir()
    assert folder.current() is None


@given(st.one_of(SEGMENT, st.sampled_from(["𠀀" * 62, "_", "...", "a" * 251])))
def test_a_library_of_any_name_gets_a_store(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = FeaturesFolder(tmp_path_factory.mktemp("features"))
    library = Path("/pictures") / name
    store = folder.store_for(library, FAKE_SPACE)
    assert store.folder.parent == folder.path
    assert not store.folder.name.startswith(".")
    assert folder.store_for(library, FAKE_SPACE).folder == store.folder


def test_a_library_whose_path_is_no_utf8_gets_a_store(folder: FeaturesFolder) -> None:
    library = Path(os.fsdecode(b"/pictures/caf\xe9"))
    store = folder.store_for(library, FAKE_SPACE)
    folder.set_current(store)
    current = folder.current()
    assert current is not None
    assert current.library == library


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "\xff", '{"format": "lookalike-store", "version": 99}'],
    ids=["empty", "list", "no-keys", "no-json", "newer"],
)
def test_a_damaged_description_is_an_error_that_names_it(
    folder: FeaturesFolder, content: str
) -> None:
    store = folder.store_for(Path("/cats"), FAKE_SPACE)
    folder.set_current(store)
    (store.folder / "store.json").write_text(content)
    for look in (folder.current, lambda: folder.store_for(Path("/cats"), FAKE_SPACE)):
        with pytest.raises(FeatureStoreError) as caught:
            look()
        assert str(store.folder / "store.json") in str(caught.value)


def test_a_damaged_choice_is_an_error_that_names_it(folder: FeaturesFolder) -> None:
    folder.set_current(folder.store_for(Path("/cats"), FAKE_SPACE))
    (folder.path / "current.json").write_text("{")
    with pytest.raises(FeatureStoreError, match=r"current\.json"):
        folder.current()


def test_a_second_writer_in_the_process_is_told_so(folder: FeaturesFolder) -> None:
    outcomes: list[BaseException] = []

    def write() -> None:
        try:
            with FeaturesFolder(folder.path).writing():
                raise AssertionError("two writers at once")
        except BaseException as error:
            outcomes.append(error)

    with folder.writing():
        write()
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert [type(outcome) for outcome in outcomes] == [BusyError, BusyError]
    assert str(folder.path) in str(outcomes[0])
    with FeaturesFolder(folder.path).writing():
        pass


def test_a_writer_in_a_second_process_is_told_so(folder: FeaturesFolder) -> None:
    code = """
import sys
from pathlib import Path
from core.errors import BusyError
from core.feature_store import FeaturesFolder
try:
    with FeaturesFolder(Path(sys.argv[1])).writing():
        print("writes")
except BusyError:
    print("busy")
"""

    def second() -> str:
        command = [sys.executable, "-c", code, str(folder.path)]
        return subprocess.run(
            command, cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.strip()

    with folder.writing():
        assert second() == "busy"
    assert second() == "writes"


def test_a_writer_that_fails_lets_the_next_one_in(folder: FeaturesFolder) -> None:
    with pytest.raises(BusyError, match="inner"), folder.writing():
        raise BusyError("inner")
    with folder.writing():
        pass


def test_a_full_disk_while_writing_is_an_error_that_names_the_folder(
    folder: FeaturesFolder,
) -> None:
    with pytest.raises(FeatureStoreError) as caught, folder.writing():
        raise OSError(28, "No space left on device")
    assert str(folder.path) in str(caught.value)
    assert "No space left on device" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENOSPC, "free some space or choose another folder with --features."),
        (errno.EDQUOT, "free some space or choose another folder with --features."),
        (errno.EFBIG, "free some space or choose another folder with --features."),
        (errno.EROFS, "make it writable or choose another folder with --features."),
        (errno.EACCES, "make it writable or choose another folder with --features."),
        (errno.EIO, "What was saved is kept; choose another folder with --features."),
        (errno.ESTALE, "What was saved is kept; choose another folder with --features."),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_an_error_of_writing_says_what_it_is_and_what_helps(
    folder: FeaturesFolder, code: int, remedy: str, named: bool
) -> None:
    file = [str(folder.path / "store" / "matrix.npy")] if named else []
    with pytest.raises(FeatureStoreError) as caught, folder.writing():
        raise OSError(code, os.strerror(code), *file)
    message = str(caught.value)
    assert f"Received: {folder.path} ({os.strerror(code)})" in message
    assert message.endswith(remedy)
    assert ("free some space" in message) == remedy.startswith("free")
    assert "\n" not in message


def test_a_full_device_is_an_error_that_says_so(folder: FeaturesFolder) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has a device that is always full")
    with pytest.raises(FeatureStoreError, match="free some space"), folder.writing():
        (folder.path / "full").symlink_to("/dev/full")
        (folder.path / "full").write_text("too much")


def test_a_file_of_another_folder_is_not_blamed_on_the_features(
    folder: FeaturesFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for missing in (tmp_path / "photos" / "gone.jpg", Path("photos/gone.jpg")):
        with pytest.raises(LibraryError) as caught, folder.writing():
            missing.read_bytes()
        assert f"Received: {missing} (No such file or directory)" in str(caught.value)
        assert "--features" not in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(LibraryError, match=r"broken\.jpg \(Input/output error\)"), folder.writing():
        raise OSError(errno.EIO, os.strerror(errno.EIO), tmp_path / "photos" / "broken.jpg")
    with folder.writing():
        pass


def test_a_folder_named_from_elsewhere_is_known_as_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = FeaturesFolder(Path("features"))
    with pytest.raises(FeatureStoreError, match="cannot be saved"), folder.writing():
        (tmp_path / "features" / "gone.npy").read_bytes()


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, as_user: AsUser) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0o555)

    def write(name: str) -> str:
        with pytest.raises(FeatureStoreError) as caught, FeaturesFolder(Path(name)).writing():
            pass
        return str(caught.value)

    assert "Received: closed (Permission denied)" in as_user(lambda: write("closed"))
    assert "Received: closed/inner (" in as_user(lambda: write("closed/inner"))


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "features").write_text("a file")
    with (
        pytest.raises(FeatureStoreError, match="cannot be saved"),
        FeaturesFolder(tmp_path / "features").writing(),
    ):
        pass


def test_temporary_files_of_other_programs_are_left_alone(folder: FeaturesFolder) -> None:
    store = folder.store_for(Path("/cats"), FAKE_SPACE)
    (store.folder / "partial").mkdir()
    for place in (folder.path, store.folder, store.folder / "partial"):
        (place / ".sync-1234.tmp").write_text("of another program")
        temporary_path(place).write_text("half a file")
    with folder.writing():
        store.sweep()
    left = [path.name for path in folder.path.rglob("*.tmp")]
    assert left == [".sync-1234.tmp"] * 3
