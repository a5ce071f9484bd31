"""The richest file is kept, then the camera's own, then the best picture; each says why."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.duplicates.contents import FRAMES, RAW, Contents, holds_more, lacking
from core.duplicates.keeping import which_to_keep
from core.images import load_image
from core.types import ImageRecord
from tests.duplicates.photographs import contents, from_camera, saved_again, scene
from tests.images.test_loading import encode

IDS = [letter * 32 for letter in "0123456789"]
PLAIN = Contents(loss=2.0, sharpness=30.0)


def image(path: str, identity: str, width: int = 100, mtime: int = 0) -> ImageRecord:
    return ImageRecord(path, 1000, mtime, identity, width, 100, None)


ONE, OTHER = image("x/one.jpg", IDS[0]), image("y/other.jpg", IDS[1])


def kept(images: Sequence[ImageRecord], *known: Contents, folder: str | None = None) -> str:
    by_id = dict(zip((one.id for one in images), known, strict=False))
    number, words = which_to_keep(images, by_id, folder=folder)
    assert all(words)
    return f"{images[number].path}: {words[number]}"


def test_the_best_is_kept_and_says_why() -> None:
    one, other, bad = ONE, OTHER, replace(PLAIN, loss=9.0)
    assert kept([one, replace(other, width=200)]) == "y/other.jpg: most pixels"
    assert kept([one, other], bad, PLAIN) == "y/other.jpg: least compressed"
    assert kept([one, other], PLAIN, bad) == "x/one.jpg: least compressed"
    assert kept([one, other], replace(PLAIN, sharpness=9.0), PLAIN) == "y/other.jpg: sharpest"
    assert kept([replace(one, mtime_ns=5), other]) == "y/other.jpg: the oldest file"
    for name in ("a (1).jpg", "copy of a.jpg", "a_small.png", "a - Kopie.jpg"):
        assert kept([image(name, IDS[0]), other]) == "y/other.jpg: original name"
    assert kept([image("copyright.jpg", IDS[0]), other]) == "copyright.jpg: the oldest file"


def test_a_folder_to_keep_wins_over_everything() -> None:
    one, other = ONE, image("xy/other.jpg", IDS[1], width=900)
    rich = replace(PLAIN, original=True, tags={"EXIF Make": "0"})
    assert kept([one, other], PLAIN, rich, folder="x") == "x/one.jpg: in the folder to keep"
    assert kept([one, other], folder="elsewhere") == "xy/other.jpg: most pixels"


@pytest.mark.parametrize(
    ("rich", "why"),
    [
        (Contents(RAW, streams={RAW: "0"}), "the negative of the camera"),
        (Contents(FRAMES, 4, streams={FRAMES: "0"}), "3 more frames"),
        (Contents(streams={"a video": "0"}), "a video"),
        (Contents(bits=16), "16 bits a channel"),
        (
            Contents(tags=dict.fromkeys(("GPS GPSLatitude", "IPTC 2:25", "IPTC 2:120"), "0")),
            "GPS position, keywords, caption",
        ),
        (
            Contents(tags=dict.fromkeys(map(str, range(5)), "0")),
            "0, 1, 2 and 2 more",
        ),
    ],
)
def test_the_richer_file_is_kept_whatever_else_speaks_for_the_poorer(
    rich: Contents, why: str
) -> None:
    poor = Contents(loss=0.0, sharpness=99.0)
    rich = replace(rich, loss=50.0, sharpness=1.0, enlargement=4.0)
    images = [image("copy (1).jpg", IDS[0], mtime=9), replace(OTHER, width=5000)]
    number, words = which_to_keep(images, {IDS[0]: rich, IDS[1]: poor})
    assert (number, words) == (0, (f"holds more: {why}", f"lacks {why}"))


def test_what_nobody_can_know_of_a_format_does_not_make_it_richer(tmp_path: Path) -> None:
    jpeg = encode(scene(size=(160, 120)), "JPEG", quality=90)
    copy = saved_again(jpeg, "PPM")
    known = {name: contents(tmp_path, one) for name, one in zip(IDS, (jpeg, copy), strict=False)}
    assert lacking(known[IDS[1]], known[IDS[0]])
    assert kept([ONE, replace(OTHER, mtime_ns=1)], *known.values()) == "x/one.jpg: the oldest file"


def test_two_that_each_hold_something_are_told_by_the_next_reason() -> None:
    one, other = (replace(PLAIN, tags={name: "0"}) for name in ("EXIF Make", "IPTC 2:25"))
    original = replace(one, original=True)
    assert kept([OTHER, ONE], other, original) == "x/one.jpg: the camera original"
    assert kept([replace(OTHER, width=900), ONE], other, one) == "y/other.jpg: most pixels"


def test_a_camera_original_is_kept_before_one_that_was_saved_again_with_more_tags() -> None:
    original = replace(PLAIN, tags={"EXIF Make": "0"}, original=True)
    again = replace(PLAIN, tags={"EXIF Make": "0", "IPTC 2:25": "1"}, loss=1.0)
    assert kept([OTHER, ONE], again, original) == "x/one.jpg: the camera original"
    captioned = replace(again, original=True)
    assert kept([ONE, OTHER], original, captioned) == "y/other.jpg: holds more: keywords"


def test_an_enlarged_picture_does_not_count_as_more() -> None:
    large = replace(OTHER, width=400, height=400)
    enlarged = replace(PLAIN, enlargement=5.0)
    number, words = which_to_keep([large, ONE], {IDS[1]: enlarged, IDS[0]: PLAIN})
    assert (number, words) == (1, ("enlarged or soft", "not enlarged"))
    # Of one size they are the same picture: what is taken for soft may be its compression.
    soft = replace(PLAIN, enlargement=2.0, loss=1.0)
    assert kept([ONE, OTHER], soft, PLAIN) == "x/one.jpg: least compressed"


def test_what_was_not_read_is_not_kept_for_what_was() -> None:
    large = replace(OTHER, width=900)
    assert kept([large, ONE]) == "y/other.jpg: most pixels"
    number, words = which_to_keep([large, ONE], {IDS[0]: PLAIN})
    assert (number, words) == (1, ("not read", "read"))


_contents = st.builds(
    Contents,
    kind=st.just("picture"),
    bits=st.sampled_from([8, 16]),
    alpha=st.sampled_from(["", "00" * 64]),
    streams=st.dictionaries(st.sampled_from("ab"), st.sampled_from("01")),
    tags=st.dictionaries(st.sampled_from("cde"), st.sampled_from("01")),
    original=st.booleans(),
    loss=st.sampled_from([None, 0.0, 5.0, 30.0]),
    sharpness=st.floats(0, 100),
    enlargement=st.sampled_from([1.0, 2.5]),
)


@given(st.lists(_contents, min_size=1, max_size=5), st.lists(st.integers(50, 500), min_size=5))
def test_neither_a_richer_file_nor_a_camera_original_is_outranked(
    known: list[Contents], widths: list[int]
) -> None:
    images = [image(f"{n}.jpg", IDS[n], widths[n], n) for n in range(len(known))]
    number, words = which_to_keep(images, dict(zip(IDS, known, strict=False)))
    chosen = known[number]
    assert all(words)
    for one in known:
        if one.original >= chosen.original:
            assert not holds_more(one, chosen)
        if one.original and not chosen.original:
            assert lacking(chosen, one)
            assert holds_more(chosen, one) == ()


ORIGINAL = from_camera(scene(size=(256, 192)), 85)


def enlarged(content: bytes, factor: float, resampling: Image.Resampling) -> bytes:
    pixels = load_image(content).pixels
    size = tuple(round(side * factor) for side in pixels.size)
    return encode(pixels.resize(size, resampling), "JPEG", quality=95)


COPIES = {
    "quality 95": saved_again(ORIGINAL, quality=95),
    "quality 95 with its tags": saved_again(ORIGINAL, quality=95, keep=True),
    "png with its tags": saved_again(ORIGINAL, "PNG", keep=True),
    "webp with its tags": saved_again(ORIGINAL, "WEBP", keep=True, quality=95),
    "heic with its tags": saved_again(ORIGINAL, "HEIF", keep=True, quality=95),
    **{
        f"enlarged {factor}, {resampling.name}": enlarged(ORIGINAL, factor, resampling)
        for factor, resampling in itertools.product(
            (1.5, 2, 3),
            (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS),
        )
    },
}


def kept_of(folder: Path, older: bytes, newer: bytes) -> bytes:
    records, known = [], {}
    for number, content in enumerate((older, newer)):
        picture = load_image(content)
        record = image(f"{number}.jpg", IDS[number], picture.width, number)
        records.append(replace(record, height=picture.height))
        known[IDS[number]] = contents(folder, content)
    return (older, newer)[which_to_keep(records, known)[0]]


@pytest.mark.parametrize("copy", COPIES)
def test_a_camera_original_outranks_what_was_made_of_it(copy: str, tmp_path: Path) -> None:
    # The copy is the older one by its date, as after a synchronisation.
    assert kept_of(tmp_path, COPIES[copy], ORIGINAL) == ORIGINAL


@pytest.mark.parametrize("copy", [name for name in COPIES if not name.endswith("tags")])
def test_without_its_tags_an_original_is_told_by_its_pixels(copy: str, tmp_path: Path) -> None:
    start = 4 + int.from_bytes(ORIGINAL[4:6])
    stripped = ORIGINAL[:2] + ORIGINAL[start:]
    assert kept_of(tmp_path, stripped, COPIES[copy]) == stripped
    if copy.startswith("enlarged"):
        assert kept_of(tmp_path, COPIES[copy], stripped) == stripped
