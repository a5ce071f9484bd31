"""Several pictures at once, and marks: what the address says is what is asked and shown."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import image_id, load_image
from core.search import Feedback, SearchOptions
from core.types import Match
from core.ui import resources
from tests.fakes import feedback_on
from tests.galleries import make_mixed_gallery
from tests.ui.search_page import open_page, searched


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a gallery of 61 images and its features."""
    folder = tmp_path_factory.mktemp("mixed")
    make_mixed_gallery(folder)
    return folder


@pytest.fixture
def library(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The gallery that the app searches."""
    with searched(place, monkeypatch) as library:
        yield library


def ids(library: Path, *paths: str) -> list[str]:
    return [image_id((library / path).read_bytes()) for path in paths]


def file_of(path: Path) -> tuple[str, bytes, str]:
    return path.name, path.read_bytes(), "image/png"


def drop(page: AppTest, files: Sequence[tuple[str, bytes, str]]) -> AppTest:
    page.file_uploader[0].set_value(list(files)).run()
    assert not page.exception
    return page


def found(page: AppTest) -> list[tuple[str, float]]:
    if not page.dataframe:
        return []
    table = page.dataframe[0].value
    return list(zip(table["image"], table["distance"], strict=True))


def pairs(matches: Sequence[Match]) -> list[tuple[str, float]]:
    return [(match.image, match.distance) for match in matches]


def bar(page: AppTest) -> str:
    return next(item.value for item in page.markdown if "right" in item.value)


def press(page: AppTest, label: str) -> AppTest:
    next(item for item in page.button if item.label == label).click().run()
    assert not page.exception
    return page


def labels(page: AppTest) -> list[str]:
    return [item.label for item in page.button]


def errors(page: AppTest) -> str:
    return "\n".join(item.value for item in page.error)


@pytest.fixture
def engine(place: Path) -> ImageSearchEngine:
    return ImageSearchEngine(Settings(features=place / "features"))


FIVE = ("red/00.png", "red/03.jpg", "blue/04.png", "blue/05.jpg", "red/old/06.png")


@pytest.mark.parametrize("combine", ["all", "any"])
def test_five_images_of_a_link_are_asked_with_at_once(
    combine: str, library: Path, engine: ImageSearchEngine
) -> None:
    near = {} if combine == "all" else {"near": combine}
    page = open_page(image=ids(library, *FIVE), **near)
    expected = engine.search(
        [load_image(library / path).pixels for path in FIVE], SearchOptions(combine=combine)
    )
    assert found(page) == pairs(expected.matches)
    assert page.segmented_control[0].value == combine


def test_five_files_that_are_dropped_are_asked_with_at_once(
    library: Path, engine: ImageSearchEngine
) -> None:
    page = drop(open_page(), [file_of(library / path) for path in FIVE])
    queries = [load_image(library / path).pixels for path in FIVE]
    assert found(page) == pairs(engine.search(queries).matches)
    page.segmented_control[0].set_value("any").run()
    assert found(page) == pairs(engine.search(queries, SearchOptions(combine="any")).matches)
    assert dict(page.query_params) == {"near": "any"}
    page.segmented_control[0].set_value("all").run()
    assert dict(page.query_params) == {}


def test_one_picture_has_no_switch(library: Path) -> None:
    assert not open_page(image=ids(library, FIVE[0]), near="any").segmented_control
    page = drop(open_page(), [file_of(library / FIVE[0])])
    assert not page.segmented_control


def test_a_box_is_for_a_single_picture(library: Path) -> None:
    whole = open_page(image=ids(library, *FIVE))
    assert found(open_page(image=ids(library, *FIVE), box="0,0,0.3,0.3", turn="90")) == found(whole)


def test_unusable_files_among_several_are_named_and_the_rest_is_asked_with(
    library: Path, engine: ImageSearchEngine
) -> None:
    files = [file_of(library / path) for path in FIVE[:2]]
    page = drop(open_page(), [files[0], ("notes.jpg", b"no picture", "image/jpeg"), files[1]])
    assert "“notes.jpg” cannot be used: not an image of a known format" in errors(page)
    queries = [load_image(library / path).pixels for path in FIVE[:2]]
    assert found(page) == pairs(engine.search(queries).matches)
    drop(page, [("a.jpg", b"", "image/jpeg"), ("b.jpg", b"no", "image/jpeg")])
    assert "“a.jpg” cannot be used" in errors(page)
    assert "“b.jpg” cannot be used" in errors(page)
    assert found(page) == pairs(engine.search(queries).matches)
    drop(page, [files[0]])
    assert errors(page) == ""


def test_more_than_ten_files_are_too_many(library: Path, engine: ImageSearchEngine) -> None:
    paths = [f"red/{number:02}.{'jpg' if number % 2 else 'png'}" for number in range(12)]
    page = drop(open_page(), [file_of(library / path) for path in paths])
    assert "12 pictures are too many to ask with at once: the first 10 were taken." in errors(page)
    queries = [load_image(library / path).pixels for path in paths[:10]]
    assert found(page) == pairs(engine.search(queries).matches)
    assert found(open_page(image=ids(library, *paths))) == found(page)


def test_the_same_picture_twice_is_one(library: Path) -> None:
    page = drop(open_page(), [file_of(library / FIVE[0])] * 2)
    assert not page.segmented_control
    assert found(page)[0] == (FIVE[0], pytest.approx(0, abs=1e-6))
    twice = open_page(image=ids(library, FIVE[0], FIVE[0]))
    assert not twice.segmented_control


def test_an_unknown_image_among_several_is_said_and_the_rest_is_asked_with(library: Path) -> None:
    page = open_page(image=[*ids(library, *FIVE[:2]), "0" * 32])
    assert "not in the gallery that is searched" in errors(page)
    assert found(page) == found(open_page(image=ids(library, *FIVE[:2])))


def test_files_and_images_of_the_gallery_are_asked_with_together(
    library: Path, engine: ImageSearchEngine
) -> None:
    page = drop(open_page(), [file_of(library / FIVE[0])])
    page.query_params["image"] = ["file", *ids(library, FIVE[2])]
    page.run()
    queries = [load_image(library / path).pixels for path in (FIVE[0], FIVE[2])]
    assert found(page) == pairs(engine.search(queries).matches)


def marks_on(
    engine: ImageSearchEngine, right: tuple[str, ...], wrong: tuple[str, ...] = ()
) -> Feedback:
    return feedback_on(engine.require_snapshot(), right, wrong)


def test_an_address_without_marks_says_how_to_mark(library: Path) -> None:
    page = open_page(image=ids(library, FIVE[0]))
    assert bar(page) == "Mark results as right or wrong, then search again."
    assert {"Search again", "Clear"}.isdisjoint(labels(page))


def test_marks_are_searched_with_when_it_is_asked_for_and_cleared_by_one_click(
    library: Path, engine: ImageSearchEngine
) -> None:
    right, wrong = ("blue/04.png", "blue/05.jpg"), ("red/03.jpg",)
    page = open_page(
        image=ids(library, FIVE[0]), right=ids(library, *right), wrong=ids(library, *wrong)
    )
    query = load_image(library / FIVE[0]).pixels
    before = pairs(engine.search(query).matches)
    assert bar(page) == "**2 right, 1 wrong**"
    assert found(page) == before
    press(page, "Search again")
    after = pairs(
        engine.search(query, SearchOptions(feedback=marks_on(engine, right, wrong))).matches
    )
    assert found(page) == after
    assert after != before
    assert wrong[0] not in dict(after)
    assert bar(page) == "Results follow **2 right, 1 wrong**"
    assert "30 closest of 60 images" in page.caption[0].value
    assert page.caption[0].value.endswith(", following 2 right, 1 wrong")
    assert "Search again" not in labels(page)
    # A link with all that is the same page.
    link = {name: page.query_params[name] for name in page.query_params}
    assert found(open_page(**link)) == after
    page.query_params["wrong"] = [*ids(library, *wrong), *ids(library, "blue/06.png")]
    page.run()
    assert bar(page) == "**2 right, 2 wrong**"
    assert found(page) == after
    press(page, "Clear")
    assert found(page) == before
    assert dict(page.query_params) == {"image": ids(library, FIVE[0])[0]}
    assert {"Search again", "Clear"}.isdisjoint(labels(page))


def test_feedback_moves_each_of_several_queries(library: Path, engine: ImageSearchEngine) -> None:
    page = open_page(image=ids(library, *FIVE), near="any", more=ids(library, "blue/08.png"))
    expected = engine.search(
        [load_image(library / path).pixels for path in FIVE],
        SearchOptions(combine="any", feedback=marks_on(engine, ("blue/08.png",))),
    )
    assert found(page) == pairs(expected.matches)


def test_marks_that_are_taken_back_are_searched_without(library: Path) -> None:
    asked = ids(library, FIVE[0])
    page = open_page(image=asked, more=ids(library, "blue/08.png"))
    assert "No marks" in [item.value for item in page.markdown]
    press(page, "Search again")
    assert found(page) == found(open_page(image=asked))
    assert "more" not in page.query_params


def test_a_new_picture_clears_the_marks_and_keeps_the_filters(library: Path) -> None:
    marks = {"right": ids(library, "blue/04.png"), "less": ids(library, "red/03.jpg")}
    page = open_page(image=ids(library, *FIVE), near="any", k="10", **marks)
    drop(page, [file_of(library / FIVE[1])])
    assert dict(page.query_params) == {"k": "10"}


def test_marks_stay_when_the_picture_is_cut_or_the_filters_change(library: Path) -> None:
    page = open_page(image=ids(library, FIVE[0]), right=ids(library, "blue/04.png"))
    page.slider[0].set_value(50).run()
    assert bar(page) == "**1 right, 0 wrong**"
    assert len(found(page)) == 50
    page.query_params["box"] = "0,0,0.5,0.5"
    page.run()
    assert bar(page) == "**1 right, 0 wrong**"
    assert len(found(page)) == 50


def test_all_that_could_be_found_marked_as_wrong_says_so_and_can_be_cleared(library: Path) -> None:
    wrong = ids(library, *(f"red/{file.name}" for file in (library / "red").glob("*.*")))
    old = ids(library, *(f"red/old/{file.name}" for file in (library / "red/old").glob("*.*")))
    page = open_page(image=ids(library, FIVE[0]), folder="red", less=[*wrong, *old])
    assert found(page) == []
    assert "Every image that could be found is marked as wrong" in page.info[0].value
    press(page, "Clear")
    assert len(found(page)) == 30


@pytest.mark.parametrize(
    "parameters",
    [
        {"right": "0" * 32, "wrong": "<b>", "more": "../../etc/passwd", "less": ""},
        {"more": ["\x00", "A" * 32, "1" * 5000], "near": "some"},
        {"less": ["None"] * 500},
    ],
)
def test_marks_that_make_no_sense_are_taken_as_not_said(
    parameters: dict[str, str | list[str]], library: Path
) -> None:
    page = open_page(image=ids(library, FIVE[0]), **parameters)
    assert not page.error
    assert found(page) == found(open_page(image=ids(library, FIVE[0])))
    assert bar(page) == "Mark results as right or wrong, then search again."


def test_an_image_that_an_address_marks_as_both_is_right(
    library: Path, engine: ImageSearchEngine
) -> None:
    both = ids(library, "blue/04.png")
    page = open_page(image=ids(library, FIVE[0]), more=both, less=both)
    query = load_image(library / FIVE[0]).pixels
    feedback = marks_on(engine, ("blue/04.png",))
    assert found(page) == pairs(engine.search(query, SearchOptions(feedback=feedback)).matches)


def test_files_are_kept_until_there_is_a_gallery(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "empty"))
    resources.engine.clear()
    page = drop(open_page(), [file_of(library / path) for path in FIVE])
    assert "**5 pictures** are kept: their closest images appear here" in "".join(
        item.value for item in page.markdown
    )


def test_contact_sheet_has_all_pictures_of_the_question() -> None:
    from core.media import make_collage

    images = [Image.new("RGB", size, "red") for size in ((400, 100), (100, 400), (9, 9))]
    assert make_collage(images[:1]) is images[0]
    page = make_collage(images)
    assert max(page.size) <= 800
    for x, y in ((200, 200), (600, 200), (200, 600)):
        assert page.getpixel((x, y)) == (255, 0, 0)
    assert page.getpixel((600, 600)) == (255, 255, 255)
    file = io.BytesIO()
    make_collage(images * 4).save(file, "JPEG")
