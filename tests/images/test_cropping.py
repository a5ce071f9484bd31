"""A part of a picture, turned or mirrored, is what cutting it out by hand gives."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import ENOUGH_SIDE, Framing, box_of, load_image
from tests.fakes import fake_extractor, picture

SIZE = (64, 48)


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def framed(framing: Framing, content: bytes) -> Image.Image:
    return framing.apply(load_image(content, enough=ENOUGH_SIDE), content)


@st.composite
def regions(draw: st.DrawFn, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in pixels."""
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return left, top, draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))


def fractions(region: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[float, ...]:
    return tuple(edge / size[axis % 2] for axis, edge in enumerate(region))


def assert_same(found: Image.Image, expected: Image.Image) -> None:
    assert found.size == expected.size
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


@given(st.data(), st.lists(st.sampled_from(["rotate", "mirror", "box"]), max_size=6))
def test_any_steps_are_the_same_steps_done_by_hand(data: st.DataObject, steps: list[str]) -> None:
    """The picture of a framing is a whole picture with a box drawn on it, turned together."""
    whole = picture(5, size=SIZE)
    marked = Image.new("L", SIZE, 255)
    framing = Framing()
    for step in steps:
        if step == "rotate":
            framing = framing.rotated()
            whole, marked = (image.rotate(-90, expand=True) for image in (whole, marked))
        elif step == "mirror":
            framing = framing.flipped()
            whole, marked = ImageOps.mirror(whole), ImageOps.mirror(marked)
        else:
            region = data.draw(regions(*whole.size))
            framing = framing.around(box_of(fractions(region, whole.size)))
            marked = Image.new("L", whole.size, 0)
            marked.paste(255, region)
    assert_same(framed(framing, encoded(picture(5, size=SIZE))), whole.crop(marked.getbbox()))
    assert_same(framing.turned(picture(5, size=SIZE)), whole)
    assert Framing.from_parameters(framing.parameters()).turned(marked).size == (
        framing.turned(marked).size
    )


@given(st.booleans(), st.integers(0, 3), st.none() | regions(5000, 4000))
def test_an_address_leads_to_the_same_framing(
    mirrored: bool, quarters: int, region: tuple[int, int, int, int] | None
) -> None:
    box = box_of(fractions(region, (5000, 4000))) if region else None
    framing = Framing(mirrored, quarters, box)
    parameters = framing.parameters()
    assert set(parameters) <= {"mirror", "turn", "box"}
    assert "" not in parameters.values()
    read = Framing.from_parameters(parameters)
    assert (read.mirrored, read.quarters) == (mirrored, quarters)
    # To the pixel.
    assert np.allclose(read.box or (), box or (), atol=0.5 / 5000)


@pytest.mark.parametrize(
    "edges",
    ["0.1,0.2,0.3", "0.1,0.2,0.3,0.4,0.5", "a,b,c,d", "nan,0,1,1", "0.5,0,0.5,1", "0.6,0,0.5,1",
     "1,0,2,1", "", "0,inf,1,1", "0,0,1e-320,1", "0,0,1e-17,1", "0,0,1,0.00001"],
)  # fmt: skip
def test_a_box_that_is_none_takes_the_whole_picture(edges: str) -> None:
    assert box_of(edges.split(",")) is None
    assert Framing.from_parameters({"box": edges, "turn": "45", "mirror": "yes"}) == Framing()


@pytest.mark.parametrize("edges", [None, 5, {"a": 1}, [[1], 2, 3, 4], [0, 0, 10**400, 1]])
def test_a_box_of_other_values_is_none(edges: object) -> None:
    assert box_of(edges) is None


def test_a_box_outside_of_the_picture_ends_at_its_edges() -> None:
    assert box_of([-1, 0.5, 7, 1.5]) == (0, 0.5, 1, 1)


def test_the_smallest_box_is_a_pixel() -> None:
    content = encoded(picture(1, size=SIZE))
    assert framed(Framing(box=(0.9999, 0.9999, 1.0, 1.0)), content).size == (1, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_box_is_one_of_the_upright_picture(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(picture(3, size=SIZE), exif=exif)
    upright = load_image(content).pixels
    region = (5, 7, 30, 29)
    framing = Framing(box=box_of(fractions(region, upright.size)))
    assert_same(framed(framing, content), upright.crop(region))


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_small_part_of_a_large_photograph_has_the_pixels_of_its_file(format: str) -> None:
    """48 megapixels: the whole is decoded at an eighth, the box is not."""
    width, height = 8000, 6000
    photograph = Image.new("RGB", (width, height), "grey")
    detail = picture(8, size=(600, 500))
    corner = (5000, 3100)
    photograph.paste(detail, corner)
    content = encoded(photograph, format, **({"quality": 95} if format == "JPEG" else {}))
    whole = load_image(content, enough=ENOUGH_SIDE)
    assert min(whole.pixels.size) < 1000
    region = (*corner, corner[0] + 600, corner[1] + 500)
    framing = Framing(box=box_of(fractions(region, (width, height))))
    found = framing.apply(whole, content)
    assert min(found.size) >= ENOUGH_SIDE
    difference = np.abs(
        np.asarray(found.resize(detail.size), np.float32) - np.asarray(detail, np.float32)
    )
    assert difference.mean() < 3
    # Turned as well, it is the same part.
    assert_same(framing.rotated().apply(whole, content), found.rotate(-90, expand=True))


def test_a_jpeg_beyond_the_limit_of_decoding_is_cut_at_reduced_scale() -> None:
    content = encoded(Image.new("RGB", (12_000, 10_000), "navy"), "JPEG")
    found = framed(Framing(box=(0.5, 0.5, 0.51, 0.51)), content)
    assert found.size == (60, 50)


def test_search_by_a_box_is_the_search_by_the_part_cut_out(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    for number in range(12):
        picture(number, size=(200, 160)).save(library / f"{number}.png")
    region = (40, 30, 130, 110)
    picture(7, size=(200, 160)).crop(region).save(library / "part.png")
    engine = ImageSearchEngine(
        Settings(features=tmp_path / "features", weights="random"), make_extractor=fake_extractor
    )
    engine.index(library)
    framing = Framing(box=box_of(fractions(region, (200, 160))))
    found = engine.search(framed(framing, (library / "7.png").read_bytes()))
    by_hand = engine.search(load_image(library / "part.png").pixels)
    assert found.matches == by_hand.matches
    assert (found.matches[0].image, found.matches[0].distance) == ("part.png", 0)
