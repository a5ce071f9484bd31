"""The question of the search page: what brings it, what changes it, what the address says."""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from core.images import ENOUGH_SIDE, Framing, image_id, load_image
from core.search import Feedback, Filters, SearchOptions
from core.types import DISTANCE, NEIGHBOURHOOD
from core.ui import resources, state
from core.ui.question import uploads
from core.ui.question.query import Query
from core.ui.sharing import ACCESS
from tests.fakes import picture
from tests.galleries import LARGE, index, make_mixed_gallery
from tests.ui.conftest import SECONDS, come_with
from tests.ui.search_page import open_page, searched


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the gallery and its features."""
    folder = tmp_path_factory.mktemp("mixed")
    make_mixed_gallery(folder)
    return folder


@pytest.fixture
def library(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The gallery that the app searches."""
    with searched(place, monkeypatch) as library:
        yield library


def id_of(file: Path) -> str:
    return image_id(file.read_bytes())


def upload(page: AppTest, name: str, content: bytes) -> AppTest:
    page.file_uploader[0].set_value((name, content, "image/png")).run()
    assert not page.exception
    return page


def encoded(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def fit() -> str:
    """What an address says of the fit of the gallery."""
    return resources.engine().require_snapshot().fit.digest[:8]


def found(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value["image"]) if page.dataframe else []


def texts(page: AppTest) -> str:
    kinds = (page.info, page.error, page.warning, page.caption)
    return "\n".join(item.value for kind in kinds for item in kind)


def test_link_to_an_image_of_the_gallery_asks_with_it(library: Path) -> None:
    page = open_page(image=id_of(library / "red" / "03.jpg"))
    assert found(page)[0] == "red/03.jpg"
    assert len(found(page)) == 30
    again = open_page(image=id_of(library / "red" / "03.jpg"))
    assert found(again) == found(page)


@pytest.mark.parametrize(
    "identity",
    ["0" * 32, "../../../etc/passwd", "red/03.jpg", "A" * 32, "0" * 31, "<b>x</b>", "\x00"],
)
def test_unknown_image_in_a_link_is_one_plain_line(identity: str, library: Path) -> None:
    page = open_page(image=identity)
    assert [item.value for item in page.error] == [
        "The picture of this link is not in the gallery that is searched: "
        "choose another gallery in the sidebar, or drop a picture above."
    ]
    assert found(page) == []
    assert found(upload(page, "a.png", (library / "red" / "04.png").read_bytes()))[0] == (
        "red/04.png"
    )
    assert not page.error
    assert "image" not in page.query_params


def test_a_gallery_of_a_folder_whose_name_is_no_text_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        library.mkdir()
    except OSError:
        pytest.skip("this file system takes no such name")
    picture(1).save(library / "a.png")
    index(tmp_path, library)
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "features"))
    resources.engine.clear()
    assert found(open_page(image=id_of(library / "a.png"))) == ["a.png"]
    resources.engine.clear()


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_file_of_this_computer_that_cannot_be_searched_with_is_told(
    content: bytes | None, library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a_b.png"
    if content is not None:
        file.write_bytes(content)

    def search_with(file: str) -> None:
        from pathlib import Path

        import streamlit as st

        from core.ui.question import ask, set_query_from_file

        set_query_from_file(Path(file))
        ask(None, st.container())

    page = AppTest.from_function(search_with, default_timeout=SECONDS, args=(str(file),)).run()
    assert not page.exception
    assert page.error[0].value.startswith("“a\\_b.png” cannot be used: ")


def test_a_selection_of_another_session_is_told_to_be_lost(library: Path) -> None:
    page = open_page(image=id_of(library / "red" / "03.jpg"), among="selection1")
    assert "not kept here: all images are searched" in texts(page)
    assert "30 closest of 61 images" in texts(page)


def test_an_address_of_the_browser_that_is_none_offers_no_camera(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ContextProxy, "url", "http://[")
    assert len(open_page().toggle) == 0


def test_pictures_in_a_list_are_large_again_when_they_are_alone(library: Path) -> None:
    page = open_page(image=[id_of(library / "red" / "03.jpg"), id_of(library / "blue" / "04.png")])
    queries = page.session_state[state.GALLERY_QUERIES].values()
    assert [max(query.shown.size) for query in queries] == [800, 800]


@pytest.fixture
def thumbnails_only(library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The gallery, shared as thumbnails with the visitor who opens the page."""
    monkeypatch.setenv("LOOKALIKE_SHARE", "thumbnails")
    come_with(ACCESS.visitor, monkeypatch)
    resources.picture_cache.clear()
    return library


def test_an_image_that_is_seen_as_a_thumbnail_finds_itself(thumbnails_only: Path) -> None:
    page = open_page(image=id_of(thumbnails_only / LARGE))
    assert page.dataframe[0].value[["image", "distance"]].iloc[0].tolist() == [LARGE, 0]
    turned = open_page(image=id_of(thumbnails_only / LARGE), turn="90")
    assert page.dataframe[0].value["distance"].iloc[0] < 0.01
    for query in (*page.session_state[state.QUERIES], *turned.session_state[state.QUERIES]):
        assert max(query.image.size) > 320
        assert max(query.visible.size) == max(query.shown.size) == 320


def test_a_crop_of_a_thumbnail_has_its_pixels(thumbnails_only: Path) -> None:
    page = open_page(image=id_of(thumbnails_only / LARGE), box="0.5,0.5,1,1")
    (cropped,) = page.session_state[state.QUERIES]
    assert cropped.image.size == cropped.visible.size == (160, 107)
    assert len(found(page)) == 30


def test_what_a_visitor_brings_stays_sharp_in_a_share_of_thumbnails(thumbnails_only: Path) -> None:
    page = upload(open_page(), "mine.png", (thumbnails_only / LARGE).read_bytes())
    assert found(page)[0] == LARGE
    page.query_params["box"] = "0.5,0.5,1,1"
    page.run()
    (query,) = page.session_state[state.QUERIES]
    assert max(query.shown.size) == 800
    assert query.visible.size == (450, 300)


@pytest.mark.parametrize(("room", "kept"), [(10**6, True), (10**3, False)])
def test_files_that_were_brought_before_are_kept_as_far_as_there_is_room(
    room: int, kept: bool, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_KEPT_BYTES", room)
    page = open_page()
    for name in ("red/02.png", "blue/04.png", "red/06.png"):
        upload(page, name, (library / name).read_bytes())
        assert found(page)[0] == name
    assert dict(page.query_params) == {"image": "file3"}
    for said, name in (({"image": "file2"}, "blue/04.png"), ({}, "red/02.png")):
        page.query_params.clear()
        page.query_params.update(said)
        page.run()
        assert found(page)[:1] == ([name] if kept else [])
        assert kept or "Drop a picture above" in page.markdown[0].value


def test_image_that_changed_since_it_was_indexed_is_not_asked_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    for name in ("a", "b"):
        Image.new("RGB", (20, 20), "red" if name == "a" else "blue").save(library / f"{name}.png")
    index(tmp_path, library)
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "features"))
    resources.engine.clear()
    was = id_of(library / "a.png")
    Image.new("RGB", (20, 20), "green").save(library / "a.png")
    page = open_page(image=was)
    assert "“a.png” cannot be used: its file has changed" in texts(page)
    assert "Press Update on the Index page" in texts(page)
    (library / "a.png").unlink()
    assert "it does not exist" in texts(open_page(image=was))
    resources.engine.clear()


def test_file_replaces_an_image_of_the_gallery_and_leaves_the_filters(library: Path) -> None:
    page = open_page(image=id_of(library / "red" / "03.jpg"), box="0,0,0.5,0.5", k="10")
    upload(page, "blue.png", (library / "blue" / "04.png").read_bytes())
    assert found(page)[0] == "blue/04.png"
    assert dict(page.query_params) == {"k": "10"}
    # The widget does not bring the file back over a newer query.
    page.query_params["image"] = id_of(library / "red" / "05.jpg")
    page.run()
    assert found(page)[0] == "red/05.jpg"
    page.run()
    assert found(page)[0] == "red/05.jpg"


def test_file_that_cannot_be_used_leaves_the_query_and_says_why(library: Path) -> None:
    page = open_page(image=id_of(library / "red" / "03.jpg"))
    upload(page, "notes.jpg", b"no picture")
    assert "cannot be used: not an image of a known format" in texts(page)
    assert found(page)[0] == "red/03.jpg"
    upload(page, "blue.png", (library / "blue" / "04.png").read_bytes())
    assert "cannot be used" not in texts(page)
    upload(page, "empty.png", b"")
    assert "cannot be used" in texts(page)
    assert found(page)[0] == "blue/04.png"


def test_box_and_turns_of_the_address_are_what_is_asked_with(library: Path) -> None:
    """Left red, right blue: the half that is in the box decides what is found."""
    halves = Image.open(library / "red" / "00.png").convert("RGB").resize((200, 120))
    halves.paste(
        Image.open(library / "blue" / "00.png").convert("RGB").resize((100, 120)), (100, 0)
    )
    page = upload(open_page(k="10"), "halves.png", encoded(halves))

    def folders(**parameters: str) -> set[str]:
        for name in ("box", "turn", "mirror"):
            page.query_params.pop(name, None)
        for name, value in parameters.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        return {image.partition("/")[0] for image in found(page)}

    assert folders(box="0,0,0.45,1") == {"red"}
    assert "red" not in folders(box="0.55,0,1,1")
    assert "red" not in folders(box="0,0,0.45,1", mirror="1")
    assert folders(box="0,0,1,0.45", turn="90") == {"red"}
    assert "red" not in folders(box="0,0,1,0.45", turn="270")
    # What makes no sense is the whole picture.
    assert folders(box="1,1,0,0", turn="91", mirror="yes") == folders()


@pytest.mark.parametrize("size", [(7000, 2500), (30, 90)])
def test_query_is_shown_in_its_true_proportions(size: tuple[int, int]) -> None:
    content = encoded(Image.new("RGB", size, "navy"))
    query = Query("a.png", content, load_image(content, enough=ENOUGH_SIDE), image_id(content))
    width, height = query.shown.size
    assert max(width, height) == 800
    assert width / height == pytest.approx(size[0] / size[1], rel=0.01)
    turned = dataclasses.replace(query, framing=Framing(quarters=1, box=(0, 0, 0.5, 0.5)))
    assert turned.shown.size == (height, width)
    assert turned.id != query.id


def test_a_box_finds_what_the_part_cut_out_by_hand_finds(library: Path) -> None:
    whole = library / "red" / "00.png"
    part = Image.open(whole).convert("RGB").crop((40, 30, 120, 90))
    by_hand = upload(open_page(), "part.png", encoded(part))
    # The sides are 160 and 120.
    by_box = open_page(image=id_of(whole), box="0.25,0.25,0.75,0.75")
    table, expected = by_box.dataframe[0].value, by_hand.dataframe[0].value
    assert list(table["image"]) == list(expected["image"])
    assert list(table["distance"]) == list(expected["distance"])
    assert list(table["distance"]) != list(
        open_page(image=id_of(whole)).dataframe[0].value["distance"]
    )


@pytest.mark.parametrize(
    ("address", "offered"),
    [
        ("http://localhost:8501/", True),
        ("http://127.0.0.1:8501/", True),
        ("https://pictures.example/", True),
        ("http://192.168.1.7:8501/", False),
        ("http://localhost.example/", False),
    ],
)
def test_camera_is_offered_where_browsers_give_it(
    address: str, offered: bool, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Streamlit's test runner has no address.
    monkeypatch.setattr(ContextProxy, "url", address)
    assert [item.label for item in open_page().toggle] == (["Camera"] if offered else [])


def test_every_filter_of_the_address_is_chosen_in_the_panel(library: Path) -> None:
    page = open_page(
        image=id_of(library / "red" / "03.jpg"),
        k="40",
        limit="1.9",
        fit=fit(),
        folder=["red"],
        orientation=["landscape", "portrait"],
        format=["JPEG"],
        **{"from": "2005-01-01", "to": "2015-12-31"},
    )
    assert [slider.value for slider in page.slider] == [40, 1.9]
    assert page.multiselect[0].value == ["red"]
    assert len(found(page)) > 3
    for path in found(page):
        number = int(path.rpartition("/")[2].partition(".")[0])
        assert path.startswith("red/")
        assert path.endswith(".jpg")
        assert 5 <= number <= 15
        assert number % 3 != 2
    expected = 2 * sum(number % 3 != 2 for number in range(5, 16, 2))
    assert len(found(page)) == expected


def test_choices_are_those_of_the_gallery(library: Path) -> None:
    page = open_page(image=id_of(library / "red" / "03.jpg"))
    assert list(page.multiselect[0].options) == ["blue", "red", "red/old"]
    assert list(page.selectbox[0].options) == ["Any size", "At least 500 pixels"]
    first, last = page.date_input
    assert (str(first.min), str(last.max)) == ("2001-05-04", "2019-05-04")
    assert "Clear filters" not in [item.label for item in page.button]


def test_what_is_chosen_stands_in_the_address_until_it_is_cleared(library: Path) -> None:
    asked = id_of(library / "red" / "03.jpg")
    page = open_page(image=asked)
    page.slider[0].set_value(50).run()
    page.multiselect[0].set_value(["blue"]).run()
    page.selectbox[0].set_value(500).run()
    assert not page.exception
    assert dict(page.query_params) == {
        "image": asked,
        "k": "50",
        "folder": "blue",
        "side": "500",
    }
    assert found(page) == []
    assert "No image passes all filters: without the size filter, 20 would." in texts(page)
    clear = next(item for item in page.button if item.label == "Clear filters")
    clear.click().run()
    assert dict(page.query_params) == {"image": asked, "k": "50"}
    assert len(found(page)) == 50
    assert page.multiselect[0].value == []


ORDER = "Order of the matches"


def order(page: AppTest) -> str | None:
    """What the switch of the order shows; ``None`` where there is no switch."""
    return next((one.value for one in page.radio if one.label == ORDER), None)


def switch_order(page: AppTest, ranking: str) -> AppTest:
    next(one for one in page.radio if one.label == ORDER).set_value(ranking).run()
    assert not page.exception
    return page


def answer(library: Path, path: str, **options: Any) -> list[str]:
    """What the engine finds for an image of the gallery."""
    engine = resources.engine()
    query = load_image((library / path).read_bytes()).pixels
    return [match.image for match in engine.search(query, SearchOptions(**options)).matches]


def test_order_is_not_chosen_where_a_server_searches(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = image_id((library / "red" / "03.jpg").read_bytes())
    monkeypatch.setenv("LOOKALIKE_INDEX_URL", "http://127.0.0.1:9")
    resources.engine.clear()
    page = open_page(image=asked, ranking=NEIGHBOURHOOD)
    assert not page.radio
    # No server answers, and its client may not be installed.
    assert len(page.error) == 1
    assert "neighbourhood" not in page.error[0].value


def test_order_is_switched_and_stands_in_the_address(library: Path) -> None:
    asked = id_of(library / "red" / "03.jpg")
    page = open_page(image=asked)
    by_distance = answer(library, "red/03.jpg", ranking=DISTANCE)
    by_neighbourhood = answer(library, "red/03.jpg", ranking=NEIGHBOURHOOD)
    assert by_distance != by_neighbourhood
    assert (order(page), found(page)) == (DISTANCE, by_distance)
    assert "order of the neighbourhood" not in texts(page)
    switch_order(page, NEIGHBOURHOOD)
    assert dict(page.query_params) == {"image": asked, "ranking": "neighbourhood"}
    assert found(page) == by_neighbourhood
    assert "In the order of the neighbourhood" in texts(page)
    assert "30 best by neighbourhood of 61 images" in texts(page)
    link = open_page(image=asked, ranking=NEIGHBOURHOOD)
    assert (order(link), found(link)) == (NEIGHBOURHOOD, by_neighbourhood)
    switch_order(page, DISTANCE)
    assert dict(page.query_params) == {"image": asked}
    assert found(page) == by_distance


def test_distances_in_the_order_of_the_neighbourhood_are_the_real_ones(library: Path) -> None:
    asked = id_of(library / "red" / "03.jpg")
    real, shown = (
        dict(zip(table["image"], table["distance"], strict=True))
        for table in (
            open_page(image=asked, k="70", ranking=ranking).dataframe[0].value
            for ranking in (DISTANCE, NEIGHBOURHOOD)
        )
    )
    assert shown == pytest.approx(real, abs=1e-5)


def test_order_holds_with_filters_marks_and_the_next_picture(library: Path) -> None:
    asked, right, wrong = (
        id_of(library / path) for path in ("red/03.jpg", "red/05.jpg", "red/04.png")
    )
    page = open_page(image=asked, ranking=NEIGHBOURHOOD, folder="red", more=right, less=wrong)
    assert found(page) == answer(
        library,
        "red/03.jpg",
        ranking=NEIGHBOURHOOD,
        filters=Filters(folders=("red",)),
        feedback=Feedback((right,), (wrong,)),
    )
    clear = next(item for item in page.button if item.label == "Clear filters")
    clear.click().run()
    assert order(page) == NEIGHBOURHOOD
    upload(page, "04.png", (library / "red" / "04.png").read_bytes())
    assert dict(page.query_params) == {"ranking": NEIGHBOURHOOD}
    assert found(page) == answer(library, "red/04.png", ranking=NEIGHBOURHOOD)


def test_order_of_the_gallery_is_the_one_without_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_mixed_gallery(tmp_path)
    with searched(tmp_path, monkeypatch):
        resources.engine().index(library, ranking=NEIGHBOURHOOD)
        asked = id_of(library / "red" / "03.jpg")
        page = open_page(image=asked)
        assert order(page) == NEIGHBOURHOOD
        assert found(page) == answer(library, "red/03.jpg", ranking=NEIGHBOURHOOD)
        switch_order(page, DISTANCE)
        assert dict(page.query_params) == {"image": asked, "ranking": "distance"}
        assert found(page) == answer(library, "red/03.jpg", ranking=DISTANCE)


def test_number_of_results_reaches_from_10_to_300(library: Path) -> None:
    asked = id_of(library / "red" / "03.jpg")
    assert (page := open_page(image=asked)).slider[0].min == 10
    assert page.slider[0].max == 300
    assert len(found(open_page(image=asked, k="300"))) == 61
    assert len(found(open_page(image=asked, k="10"))) == 10


def test_distance_limit_that_nothing_meets_says_so(library: Path) -> None:
    page = open_page(limit="0.05", fit=fit())
    page = upload(page, "green.png", encoded(Image.new("RGB", (9, 9), "lime")))
    assert found(page) == []
    assert "within a distance of 0.05: raise the distance limit" in texts(page)


@pytest.mark.parametrize(
    "parameters",
    [
        {"k": "many", "limit": "nan", "side": "1e9", "from": "yesterday", "folder": "../.."},
        {"k": "-5", "limit": "inf", "side": "-1", "to": "2020-13-45", "format": "EXE"},
        {"k": "99999999999999999999", "limit": "-1", "orientation": "round", "from": ""},
        {"k": "", "turn": "1e400", "box": "nan,nan,nan,nan", "ranking": "<b>"},
        {"box": "0,0,1e-320,1"},
        {"box": "0,0,1e-17,1", "turn": "180"},
    ],
)
def test_address_that_makes_no_sense_is_a_search_all_the_same(
    parameters: dict[str, str], library: Path
) -> None:
    page = open_page(image=id_of(library / "red" / "03.jpg"), **parameters)
    assert not page.error
    assert found(page)[0] == "red/03.jpg"


def test_days_in_the_wrong_order_are_taken_in_the_right_one(library: Path) -> None:
    asked = id_of(library / "red" / "03.jpg")
    wrong = open_page(image=asked, **{"from": "2010-01-01", "to": "2004-01-01"})
    right = open_page(image=asked, **{"from": "2004-01-01", "to": "2010-01-01"})
    assert found(wrong) == found(right)
    assert len(found(right)) == 9
