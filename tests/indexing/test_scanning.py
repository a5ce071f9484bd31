"""Walking a folder of images, and telling what changed in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LibraryError
from core.indexing import Patterns, scan
from core.indexing.scanning import (
    MAX_NAME_BYTES,
    ImageFile,
    changed_files,
    check_still_there,
    close_unplugged,
)
from core.types import Drive, ImageRecord, Skipped
from tests.fakes import save_picture

AsUser = Callable[[Callable[[], Any]], Any]


def paths(library: Path, **options: Any) -> list[str]:
    return [file.path for file in scan(library, **options).files]


def skipped(library: Path) -> dict[str, str]:
    items = scan(library).skipped
    assert [item.image for item in items] == sorted(item.image for item in items)
    return {item.image: item.reason for item in items}


def test_images_of_nested_folders_come_in_the_order_of_their_paths(photos: Path) -> None:
    found = scan(photos)
    assert [file.path for file in found.files] == [
        "a.jpg",
        "b.png",
        "cats/1.jpg",
        "cats/2.jpg",
        "cats/old/1.png",
        "dogs/1.jpg",
    ]
    assert found.skipped == ()


def test_a_file_is_described_by_its_size_and_time(photos: Path) -> None:
    os.utime(photos / "a.jpg", ns=(1, 1_700_000_000_123_456_789))
    (file, *_) = scan(photos).files
    assert file == ImageFile("a.jpg", (photos / "a.jpg").stat().st_size, 1_700_000_000_123_456_789)


def test_hidden_files_and_previews_of_programs_are_passed_over(photos: Path) -> None:
    expected = paths(photos)
    for name in (".hidden.jpg", ".trash/1.jpg", "@eaDir/1.jpg", "cats/.thumbnails/1.png"):
        save_picture(photos / name, 1)
    found = scan(photos)
    assert ([file.path for file in found.files], found.skipped) == (expected, ())


def test_folders_to_leave_out_are_not_looked_into(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(photos / "cats")
    left = ["a.jpg", "b.png", "dogs/1.jpg"]
    assert paths(photos, leave_out=[photos / "cats", photos / "missing"]) == left
    assert paths(photos, leave_out=[tmp_path / "link"]) == left


def test_an_image_is_recognised_by_its_extension_in_any_case(photos: Path) -> None:
    (photos / "a.jpg").rename(photos / "A.JPeG")
    assert "A.JPeG" in paths(photos)


@pytest.mark.parametrize("name", ["no-extension", "picture.old", "picture.jpg.bak", "picture."])
def test_an_image_is_recognised_by_its_content_where_the_name_says_nothing(
    photos: Path, name: str
) -> None:
    (photos / "a.jpg").rename(photos / name)
    assert name in paths(photos)


def test_files_that_are_no_images_are_no_concern(photos: Path) -> None:
    expected = paths(photos)
    for name in ("notes.txt", "README", "cats/table.csv", "film.mp4", "empty"):
        (photos / name).write_bytes(b"" if name == "empty" else b"words")
    found = scan(photos)
    assert ([file.path for file in found.files], found.skipped) == (expected, ())


def test_pictures_of_formats_that_are_not_read_are_skipped_with_a_reason(photos: Path) -> None:
    expected = paths(photos)
    (photos / "icon.icns").write_bytes(b"icns")
    (photos / "cats" / "drawing").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert skipped(photos) == {
        "cats/drawing": "SVG pictures are not read; save it as PNG or JPEG",
        "icon.icns": "ICNS pictures are not read; save it as PNG or JPEG",
    }
    assert paths(photos) == expected


def test_a_text_named_like_an_image_is_left_to_the_loader(photos: Path) -> None:
    (photos / "text.jpg").write_text("words")
    found = scan(photos)
    assert "text.jpg" in [file.path for file in found.files]
    assert found.skipped == ()


def test_a_broken_link_is_skipped_with_a_reason(photos: Path) -> None:
    (photos / "broken.jpg").symlink_to(photos / "gone.jpg")
    (photos / "broken").symlink_to(photos / "gone")
    (photos / "circle.png").symlink_to(photos / "circle.png")
    reason = "a link to a file that does not exist"
    assert skipped(photos) == {"broken.jpg": reason, "circle.png": reason}


def test_a_link_to_an_image_is_an_image(photos: Path) -> None:
    (photos / "link.jpg").symlink_to(photos / "a.jpg")
    assert "link.jpg" in paths(photos)


def test_a_pipe_named_like_an_image_is_skipped_without_reading_it(photos: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    os.mkfifo(photos / "pipe")
    assert skipped(photos) == {"pipe.jpg": "not a regular file"}


def test_a_folder_named_like_an_image_is_a_folder(photos: Path) -> None:
    save_picture(photos / "album.jpg" / "1.png", 1)
    (photos / "empty.jpg").mkdir()
    assert "album.jpg/1.png" in paths(photos)
    assert skipped(photos) == {}


def test_a_loop_of_links_ends_and_each_folder_counts_once(photos: Path) -> None:
    expected = len(paths(photos))
    (photos / "cats" / "up").symlink_to(photos)
    (photos / "dogs" / "self").symlink_to(photos / "dogs")
    (photos / "twin").symlink_to(photos / "cats")
    names = [Path(path).name for path in paths(photos)]
    assert len(names) == expected


def test_a_folder_with_two_ways_to_it_has_the_same_paths_in_every_copy(tmp_path: Path) -> None:
    found = []
    for copy, order in (("one", range(8)), ("two", reversed(range(8)))):
        for number in order:
            save_picture(tmp_path / copy / f"folder-{number}" / "1.png", number)
            (tmp_path / copy / f"link-{number}").symlink_to(tmp_path / copy / f"folder-{number}")
        found.append(paths(tmp_path / copy))
    assert found[0] == found[1] == [f"folder-{number}/1.png" for number in range(8)]


def test_a_linked_folder_is_followed(photos: Path, tmp_path: Path) -> None:
    save_picture(tmp_path / "elsewhere" / "1.png", 1)
    (photos / "link").symlink_to(tmp_path / "elsewhere")
    assert "link/1.png" in paths(photos)


def test_a_name_that_is_no_utf8_is_skipped_with_a_reason(photos: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    save_picture(photos / "c.jpg", 1).rename(photos / name)
    save_picture(photos / "c.jpg", 1).rename(photos / os.fsdecode(b"caf\xe9"))
    reason = "its name is not valid UTF-8; rename it"
    found = skipped(photos)
    assert found == {"caf?.jpg": reason, "caf?": reason}
    assert len(paths(photos)) == 6


def test_names_of_any_language_are_taken(photos: Path) -> None:
    names = ["Ñandú.jpg", "写真 1.jpg", "new\nline.jpg", "🌸.jpg", "'quote\".jpg", "a\\b.jpg"]
    for seed, name in enumerate(names):
        save_picture(photos / "x.jpg", seed).rename(photos / name)
    assert set(names) < set(paths(photos))


def test_a_name_too_long_for_its_array_is_skipped_with_a_reason(photos: Path) -> None:
    fits, too_long, wide = "f" * 247 + ".jpg", "t" * 248 + ".jpg", "é" * 125 + ".jpg"
    assert [len(os.fsencode(name)) for name in (fits, too_long, wide)] == [251, 252, 254]
    for name in (fits, too_long, wide):
        save_picture(photos / "x.jpg", 1).rename(photos / name)
    reason = f"its name is longer than {MAX_NAME_BYTES} bytes; rename it"
    assert skipped(photos) == {too_long: reason, wide: reason}
    assert fits in paths(photos)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"does not exist.* Received: .*gone"):
        scan(tmp_path / "gone")


def test_a_file_is_refused(photos: Path) -> None:
    with pytest.raises(LibraryError, match=r"not a file\. Received: .*a\.jpg"):
        scan(photos / "a.jpg")


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "inner").mkdir()
    with pytest.raises(LibraryError, match="No images found"):
        scan(tmp_path)


def test_a_folder_without_permission_is_refused(photos: Path, as_user: AsUser) -> None:
    photos.chmod(0)

    def look(folder: str) -> str:
        with pytest.raises(LibraryError) as caught:
            scan(Path(folder))
        return str(caught.value)

    try:
        assert "no permission to read photos" in as_user(lambda: look("photos"))
        assert "no permission to read photos/cats" in as_user(lambda: look("photos/cats"))
    finally:
        photos.chmod(0o755)


def test_parts_without_permission_are_skipped_with_reasons(photos: Path, as_user: AsUser) -> None:
    odd = photos / os.fsdecode(b"caf\xe9")
    save_picture(odd / "1.jpg", 1)
    modes = {odd: 0, photos / "cats": 0, photos / "dogs": 0o444}
    for folder, mode in modes.items():
        folder.chmod(mode)
    try:
        found = as_user(lambda: scan(Path("photos")))
    finally:
        for folder in modes:
            folder.chmod(0o755)
    assert [file.path for file in found.files] == ["a.jpg", "b.png"]
    assert found.skipped == (
        Skipped("caf?", "no permission to open this folder"),
        Skipped("cats", "no permission to open this folder"),
        Skipped("dogs/1.jpg", "no permission to look at it"),
    )


# Drives below the library; a link to another device is what needs no mount.


@pytest.fixture
def other_device(photos: Path) -> Iterator[Path]:
    """A folder with a picture on another device than the library."""
    for place in ("/dev/shm", "/run", "/var/tmp", Path.home()):
        folder = Path(place)
        if folder.is_dir() and folder.stat().st_dev != photos.stat().st_dev:
            with tempfile.TemporaryDirectory(dir=folder) as name:
                save_picture(Path(name) / "album" / "1.jpg", 1)
                yield Path(name)
            return
    pytest.skip("there is no other device here")


def test_a_folder_on_another_device_is_a_drive(photos: Path, other_device: Path) -> None:
    (photos / "cats" / "usb").symlink_to(other_device)
    (photos / "empty").symlink_to(other_device / "empty")
    (other_device / "empty").mkdir()
    (photos / "near").symlink_to(photos.parent)
    found = scan(photos)
    assert "cats/usb/album/1.jpg" in [file.path for file in found.files]
    assert found.drives == (Drive("cats/usb", linked=True),)
    check_still_there(photos, found)


@pytest.mark.parametrize("leaves", ["nothing", "an empty folder", "a folder here"])
def test_a_drive_that_goes_in_mid_run_is_missed(
    leaves: str, photos: Path, other_device: Path, tmp_path: Path
) -> None:
    link = photos / "usb"
    link.symlink_to(other_device)
    found = scan(photos)
    if leaves == "a folder here":
        link.unlink()
        link.symlink_to(tmp_path)
    else:
        shutil.rmtree(other_device / "album")
        if leaves == "nothing":
            link.unlink()
            link.symlink_to(other_device / "album")
    with pytest.raises(LibraryError, match=r"expected .*/usb to stay reachable"):
        check_still_there(photos, found)


NOT_PLUGGED_IN = "the drive that was here is not plugged in; its images are kept until a rebuild"


def test_a_drive_that_was_here_is_closed_not_deleted(photos: Path, other_device: Path) -> None:
    (photos / "here").symlink_to(other_device)
    (photos / "dangling").symlink_to(photos / "gone")
    before = [
        Drive("here", linked=True),
        Drive("dangling", linked=True),
        Drive("deleted link", linked=True),
        Drive("unmounted", linked=False),
        Drive("unmounted/inner", linked=False),
        Drive("cats", linked=False),
    ]
    found = close_unplugged(photos, scan(photos), before)
    assert set(found.closed) == {"dangling", "unmounted", "cats"}
    assert set(found.skipped) == {Skipped(path, NOT_PLUGGED_IN) for path in found.closed}
    assert not found.knows("unmounted/inner/1.jpg")
    assert found.knows("deleted link/1.jpg")
    assert found.knows("here/2.jpg")
    # What is there now is taken all the same.
    assert "cats/1.jpg" in [file.path for file in found.files]


def test_without_drives_nothing_is_closed(photos: Path) -> None:
    found = scan(photos)
    assert found.drives == ()
    assert close_unplugged(photos, found, ()) == found


FILES = st.dictionaries(
    st.text("abc/", min_size=1, max_size=3), st.tuples(st.integers(0, 2), st.integers(0, 2))
)


@given(files=FILES, known=FILES)
def test_files_that_are_known_as_they_are_have_not_changed(
    files: dict[str, tuple[int, int]], known: dict[str, tuple[int, int]]
) -> None:
    listed = [ImageFile(path, *files[path]) for path in sorted(files)]
    records = {path: ImageRecord(path, *known[path], "id", 1, 1, None, "") for path in known}
    changed = changed_files(listed, records)
    same = {path for path, _ in set(files.items()) & set(known.items())}
    assert [file.path for file in changed] == sorted(set(files) - same)
    assert set(changed) <= set(listed)


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), (), ["a.jpg", "b.PNG", "raw/a.jpg", "raw/deep/c.jpg"]),
        (("*.jpg",), (), ["a.jpg", "raw/a.jpg", "raw/deep/c.jpg"]),
        ((), ("raw/*",), ["a.jpg", "b.PNG"]),
        ((), ("a.jpg",), ["b.PNG", "raw/deep/c.jpg"]),
        (("raw/*", "b.*"), ("*/deep/*",), ["b.PNG", "raw/a.jpg"]),
        (("*.gif",), (), None),
    ],
)
def test_patterns_choose_the_files_of_a_library(
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    expected: list[str] | None,
    tmp_path: Path,
) -> None:
    for seed, name in enumerate(("a.jpg", "b.PNG", "raw/a.jpg", "raw/deep/c.jpg")):
        save_picture(tmp_path / name, seed)
    patterns = Patterns(include, exclude)
    if expected is None:
        with pytest.raises(LibraryError, match="No images found"):
            scan(tmp_path, patterns=patterns)
    else:
        assert [file.path for file in scan(tmp_path, patterns=patterns).files] == expected
