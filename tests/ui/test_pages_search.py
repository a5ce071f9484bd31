"""The Search page as a person meets it, with the real engine."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import image_id
from core.jobs import SearchQueue, first_look
from core.search import rocchio
from core.types import Array
from core.ui import resources
from core.ui.results import answer
from tests.fakes import FakeExtractor, OtherPrecision, fake_extractor, feedback_on
from tests.ui.conftest import SECONDS
from tests.ui.pages import ROUTER, button, open_page, picture_file, texts


def test_uploaded_picture_finds_itself_first(indexed: Path, few: Path) -> None:
    page = open_page("search")
    query = next(path for path in sorted(few.iterdir()) if path.name != "broken.jpg")
    page.file_uploader[0].set_value(picture_file(query)).run()
    assert not page.exception
    table = page.dataframe[0].value
    assert table["image"].iloc[0] == query.name
    assert table["distance"].iloc[0] < 0.01
    assert table["distance"].is_monotonic_increasing
    assert len(table) == 4
    assert "4 closest of 4 images" in texts(page)


def test_a_file_of_the_gallery_is_at_distance_zero_until_it_is_edited(
    indexed: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "feature_extractor", lambda _, space, __: OtherPrecision(space))
    resources.engine.clear()
    query = sorted(few.glob("*.png"))[0]

    def closest(page: AppTest) -> tuple[str, float]:
        assert not page.exception
        first = page.dataframe[0].value.iloc[0]
        return first["image"], first["distance"]

    page = open_page("search")
    page.file_uploader[0].set_value(picture_file(query)).run()
    assert closest(page) == (query.name, 0)
    linked = open_page("search", image=image_id(query.read_bytes()))
    assert closest(linked) == (query.name, 0)
    for edit, value in (("box", "0,0,0.99,1"), ("mirror", "1")):
        edited = open_page("search", image=image_id(query.read_bytes()), **{edit: value})
        assert closest(edited)[1] > 1e-3
    snapshot = resources.engine().require_snapshot()
    row = snapshot.images.row_of_path(query.name)
    marks = feedback_on(snapshot, [snapshot.images[row - 1].path])
    moved = rocchio(
        np.asarray(snapshot.matrix[[row]]),
        resources.engine().indexes.of(snapshot).features_of(marks.right),
        np.empty((0, snapshot.fit.dimension), np.float32),
    )
    followed = open_page("search", image=snapshot.images[row].id, more=list(marks.right))
    expected = np.linalg.norm(np.asarray(snapshot.matrix) - moved, axis=1).min()
    assert closest(followed)[1] == pytest.approx(expected, abs=1e-7)


def test_bad_upload_is_told_and_the_next_good_one_works(indexed: Path, few: Path) -> None:
    page = open_page("search")
    page.file_uploader[0].set_value(("notes.jpg", b"no picture", "image/jpeg")).run()
    assert not page.exception
    assert "“notes.jpg” cannot be used: not an image" in texts(page)
    good = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(good, "PNG")
    page.file_uploader[0].set_value(("red.png", good.getvalue(), "image/png")).run()
    assert not page.exception
    assert "cannot be used" not in texts(page)
    assert len(page.dataframe) == 1


class Gated(FakeExtractor):
    """Waits where several images are extracted at once, until the test lets it go on."""

    reached, go_on = threading.Event(), threading.Event()

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        if len(images) > 1:
            self.reached.set()
            assert self.go_on.wait(SECONDS)
        return super().extract_all(images)


def test_search_goes_on_while_the_index_is_rebuilt(
    features: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "feature_extractor", lambda _, space, __: Gated(space))
    Gated.go_on.set()
    resources.engine().index(few)
    owner, visitor = open_page("index"), open_page("search")
    Gated.go_on.clear()
    Gated.reached.clear()
    button(owner, "Rebuild index")
    assert Gated.reached.wait(SECONDS)
    app = AppTest.from_file(ROUTER, default_timeout=SECONDS).run()
    assert app.get("progress")[0].proto.text.startswith("Loading VGG16")
    for query in sorted(few.glob("*.png")):
        visitor.file_uploader[0].set_value(picture_file(query)).run()
        assert not visitor.exception
        assert visitor.dataframe[0].value["image"].iloc[0] == query.name
        job = resources.jobs().indexing.latest
        assert job is not None
        assert job.running
    Gated.go_on.set()
    resources.jobs().indexing.wait()
    rebuilt = resources.jobs().indexing.latest
    assert rebuilt is not None and rebuilt.result is not None
    assert (rebuilt.result.extracted, rebuilt.result.generation) == (4, 2)
    app.run()
    assert "The index is ready: 4 images, 4 extracted, 1 skipped, in" in texts(app)
    visitor.file_uploader[0].set_value(picture_file(query)).run()
    assert not visitor.exception
    assert visitor.dataframe[0].value["image"].iloc[0] == query.name


def test_index_of_another_space_offers_to_rebuild(
    indexed: Path, few: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other.weights.h5"
    other.write_bytes(b"other kernels")
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", str(other))
    resources.engine.clear()
    page = open_page("search")
    page.file_uploader[0].set_value(picture_file(sorted(few.glob("*.png"))[0])).run()
    assert not page.exception
    assert "another feature space" in texts(page)
    assert "Rebuild the index" in [item.label for item in page.button]


def test_search_is_told_busy_in_one_line_and_offers_to_try_again(
    indexed: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("search")
    query = picture_file(sorted(few.glob("*.png"))[0])
    queue = SearchQueue(waiting=0)
    monkeypatch.setattr(answer, "search_queue", lambda: queue)
    with queue.place():
        page.file_uploader[0].set_value(query).run()
    assert not page.exception
    assert "Busy" in texts(page)
    assert len(page.dataframe) == 0
    button(page, "Try again")
    assert len(page.dataframe[0].value) == 4


def test_new_index_of_the_command_line_is_searched_without_a_restart(
    indexed: Path, few: Path
) -> None:
    page = open_page("search")
    Image.new("RGB", (40, 40), "teal").save(few / "later.png")
    settings = Settings(features=indexed, weights="random")
    ImageSearchEngine(settings, make_extractor=fake_extractor).index(few)
    page.file_uploader[0].set_value(picture_file(few / "later.png")).run()
    assert page.dataframe[0].value["image"].iloc[0] == "later.png"


def test_each_match_says_how_close_it_is_beside_first_matches(indexed: Path, few: Path) -> None:
    page = open_page("search")
    query = sorted(few.glob("*.jpg"))[1]
    page.file_uploader[0].set_value(picture_file(query)).run()
    rows = page.dataframe[0].value
    assert rows["closer"].iloc[0] == "100\u00a0%"
    assert rows["closeness"].iloc[0] == 1
    assert rows["closeness"].is_monotonic_decreasing
    assert "really similar" not in texts(page)


def test_a_picture_unlike_all_others_is_told_that_nothing_is_similar(
    features: Path, tmp_path: Path
) -> None:
    # Of colours alone: two greens in all proportions, and a red that has none of them.
    folder = tmp_path / "greens"
    folder.mkdir()
    for number in range(30):
        image = Image.new("RGB", (40, 40), (0, 90, 20))
        image.paste((0, 200, 20), (0, 0, number + 1, 40))
        image.save(folder / f"{number}.png")
    Image.new("RGB", (40, 40), "red").save(tmp_path / "red.png")
    resources.engine().index(folder, descriptor="hsv")
    page = open_page("search")
    page.file_uploader[0].set_value(picture_file(tmp_path / "red.png")).run()
    assert "Nothing here is really similar" in texts(page)
    page.file_uploader[0].set_value(picture_file(folder / "4.png")).run()
    assert "Nothing here is really similar" not in texts(page)


def test_a_first_look_answers_and_says_how_far_vgg16_is(
    features: Path,
    few: Path,
    held_extraction: tuple[threading.Event, threading.Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(first_look, "FIRST_LOOK_FROM", 1)
    described, go_on = held_extraction
    page = open_page("search")
    resources.jobs().indexing.index(few)
    assert described.wait(SECONDS)
    page.file_uploader[0].set_value(picture_file(sorted(few.glob("*.jpg"))[1])).run()
    assert page.dataframe[0].value["distance"].iloc[0] == 0
    assert "by colours alone.** VGG16 has described 0 of 4 images (0%)" in texts(page)
    # It serves for minutes: its order is not chosen.
    assert not page.radio
    go_on.set()
    resources.jobs().indexing.wait()
    page.run()
    assert "colours alone" not in texts(page)
    assert page.dataframe[0].value["distance"].iloc[0] < 0.01
