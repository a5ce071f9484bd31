"""Each page as a person meets it, run by Streamlit's own test runner with the real engine.

The model is one that costs nothing, but where a test says otherwise.
"""

from __future__ import annotations

import io
import os
import re
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.jobs import SearchQueue, first_look
from core.model import find_weights
from core.types import Array
from core.ui import resources
from core.ui.library import galleries
from core.ui.library.overview import time_ago
from core.ui.results import answer
from core.ui.sharing import addresses, visitor
from core.ui.sharing.access import Access
from core.ui.text import plain
from tests.datasets.flower_files import LABELS, archive_of, photographs, publish
from tests.fakes import FakeExtractor, fake_extractor, save_picture
from tests.galleries import copy_small_files
from tests.mirror import Mirror, missing, send, serving

PAGES = Path(__file__).parents[2] / "pages"
ROUTER = PAGES.parent / "core" / "ui" / "main.py"
SECONDS = 120
VGG16 = resources.feature_extractor
CHUNK = 1 << 16  # bytes that a download writes at once
OFFERS = ["Index this folder", "Draw a sample gallery", "Get the photographs"]


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An app with an empty features folder of its own and a model that costs nothing."""
    folder = tmp_path / "features"
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(folder))
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", "random")
    monkeypatch.setenv("LOOKALIKE_SAMPLE", str(tmp_path / "sample"))
    monkeypatch.setenv("LOOKALIKE_SAMPLE_COUNT", "8")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("LIBRARY", "DESCRIPTOR", "PRECISION"):
        monkeypatch.delenv(f"LOOKALIKE_{name}", raising=False)
    monkeypatch.setattr(resources, "feature_extractor", fake_extractor)
    resources.engine.clear()
    resources.jobs.clear()
    yield folder
    resources.jobs().cancel()
    resources.jobs().wait()
    resources.engine.clear()
    resources.jobs.clear()


@pytest.fixture
def few(library: Path, tmp_path: Path) -> Path:
    """Four images and a file that is none."""
    folder = tmp_path / "few"
    folder.mkdir()
    for path in sorted(path for path in library.rglob("*") if path.is_file())[::11]:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.jpg").write_text("no picture")
    return folder


@pytest.fixture
def indexed(features: Path, few: Path) -> Path:
    """The features folder with an index of ``few``."""
    resources.engine().index(few)
    return features


def open_page(name: str) -> AppTest:
    page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=SECONDS).run()
    assert not page.exception
    return page


def button(page: AppTest, label: str) -> AppTest:
    return next(item for item in page.button if item.label == label).click().run()


def texts(page: AppTest) -> str:
    kinds = (page.markdown, page.info, page.error, page.warning, page.success, page.caption)
    return "\n".join(item.value for kind in kinds for item in kind)


def offers(page: AppTest) -> list[str]:
    """Labels of the buttons that lead to a gallery and can be pressed."""
    return [item.label for item in page.button if item.label in OFFERS and not item.disabled]


def picture_file(path: Path) -> tuple[str, bytes, str]:
    return (path.name, path.read_bytes(), "image/png")


@pytest.mark.parametrize("name", ["search", "index"])
def test_first_start_tells_three_steps_and_offers_three_galleries(
    name: str, features: Path
) -> None:
    page = open_page(name)
    assert [item.value for item in page.subheader] == [
        "Choose a folder",
        "Draw a sample gallery",
        "Get 8,189 flower photographs",
    ]
    steps = next(item.value for item in page.markdown if "1. **Choose**" in item.value)
    assert "2. **Watch**" in steps
    assert "3. **Drop**" in steps
    assert len(page.file_uploader) == (name == "search")
    assert not features.exists()


def test_picture_brought_before_there_is_a_gallery_is_answered_by_itself(
    features: Path, library: Path
) -> None:
    mine = next(library.rglob("*.png"))
    page = open_page("search")
    page.file_uploader[0].set_value(picture_file(mine)).run()
    assert f"**{plain(mine.name)}** is kept" in texts(page)
    assert len(page.subheader) == 3
    page = button(page, "Draw a sample gallery")
    assert f"**{plain(mine.name)}** is kept" in texts(page)
    assert "Your gallery is being made" in texts(page)
    resources.jobs().wait()
    page.run()
    assert not page.exception
    assert "is kept" not in texts(page)
    assert "8 closest of 8 images" in texts(page)
    # The first picture of the gallery would be at 0.
    assert page.dataframe[0].value["distance"].iloc[0] > 0.01


def test_bad_picture_before_there_is_a_gallery_is_told(features: Path) -> None:
    page = open_page("search")
    page.file_uploader[0].set_value(("notes.jpg", b"no picture", "image/jpeg")).run()
    assert not page.exception
    assert "cannot be used: not an image of a known format. Choose another picture." in texts(page)
    assert "is kept" not in texts(page)
    assert offers(page) == OFFERS


def test_flower_photographs_lead_to_a_first_search(
    features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_FLOWERS", str(tmp_path / "flowers"))
    publication = publish(monkeypatch, archive_of(photographs()))
    with serving(Mirror(publication)) as mirror:
        monkeypatch.setenv("LOOKALIKE_FLOWERS_URL", mirror.url)
        page = button(open_page("search"), "Get the photographs")
        assert "Your gallery is being made" in texts(page)
        resources.jobs().wait()
    page.run()
    assert not page.exception
    assert "24 closest of 24 images" in texts(page)
    nearest = page.dataframe[0].value.iloc[0]
    assert nearest["image"] == "012 colt's foot/image_00003.jpg"
    assert nearest["distance"] < 0.01


def test_flower_photographs_without_internet(
    features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_FLOWERS", str(tmp_path / "flowers"))
    with serving(Mirror(missing)) as mirror:
        monkeypatch.setenv("LOOKALIKE_FLOWERS_URL", mirror.url)
        app = AppTest.from_file(ROUTER, default_timeout=SECONDS).run()
        button(app, "Get the photographs")
        resources.jobs().wait()
    app.session_state["watched_job"] = 1  # as its panel does while it runs
    app.run()
    assert "The flower photographs could not be downloaded" in texts(app)
    assert "Try again, it goes on from where it ended" in texts(app)
    assert offers(app) == OFFERS


def test_flower_photographs_are_cancelled_and_continued(
    features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flowers = tmp_path / "flowers"
    monkeypatch.setenv("LOOKALIKE_FLOWERS", str(flowers))
    # With some megabytes more, for the bar to show.
    ballast = np.random.default_rng(0).bytes(5_000_000)
    archive = archive_of({**photographs(), "jpg/ballast": ballast})
    publication = publish(monkeypatch, archive)
    middle, go_on = len(archive) // 2, threading.Event()
    kept = flowers / ".download" / "102flowers.tgz.partial" / "content"

    def half(handler: BaseHTTPRequestHandler) -> None:
        """Send half of the archive, and the rest once the job is cancelled."""
        send(handler, archive[:middle], length=len(archive), ETag='"one"')
        assert go_on.wait(SECONDS)
        handler.wfile.write(archive[middle:])

    with serving(Mirror(publication, half, publication)) as mirror:
        monkeypatch.setenv("LOOKALIKE_FLOWERS_URL", mirror.url)
        app = AppTest.from_file(ROUTER, default_timeout=SECONDS).run()
        button(app, "Get the photographs")
        # The job waits for the rest once it has no whole chunk of the first half to come.
        while not (kept.exists() and kept.stat().st_size > middle - CHUNK):
            job = resources.jobs().latest
            assert job is not None and job.running
        app.run()
        bar = app.get("progress")[0].proto.text
        assert re.match(r"Downloading flower photographs: \d+ of \d+ MB", bar)
        assert "Your gallery is being made" in texts(app)
        assert not app.button(key="cancel_job").disabled
        # Streamlit's test runner cannot press it: it runs no part of a page alone.
        resources.jobs().cancel()
        app.run()
        assert app.button(key="cancel_job").label == "Stopping …"
        assert app.button(key="cancel_job").disabled
        go_on.set()
        resources.jobs().wait()
        app.run()
        assert "Stopped: what arrived is kept." in texts(app)
        assert offers(app) == OFFERS
        size = kept.stat().st_size
        button(app, "Get the photographs")
        resources.jobs().wait()
        app.run()
    assert mirror.ranges == ["", "", f"bytes={size}-"]
    assert not app.exception
    assert "24 closest of 24 images" in texts(app)
    nearest = app.dataframe[0].value.iloc[0]
    assert nearest["image"] == "012 colt's foot/image_00003.jpg"
    assert nearest["distance"] < 0.01
    assert len(list(flowers.glob("*/*.jpg"))) == len(LABELS)
    assert str(flowers) in texts(open_page("index"))


def test_sample_gallery_leads_to_a_first_search(features: Path) -> None:
    page = button(open_page("search"), "Draw a sample gallery")
    assert "Your gallery is being made" in texts(page)
    resources.jobs().wait()
    page.run()
    assert not page.exception
    assert "8 closest of 8 images" in texts(page)
    table = page.dataframe[0].value
    assert list(table["rank"]) == list(range(1, 9))
    assert table["distance"].iloc[0] < 0.01
    assert features.exists()


def test_folder_that_does_not_exist_is_an_error_in_plain_words(features: Path) -> None:
    page = open_page("search")
    page.text_input[0].set_value("/no/such/folder").run()
    button(page, "Index this folder")
    resources.jobs().wait()
    job = resources.jobs().latest
    assert job is not None
    assert job.error is not None
    assert "does not exist" in job.error


def test_folder_chooser_walks_into_a_subfolder(features: Path, library: Path) -> None:
    page = open_page("search")
    page.text_input[0].set_value(str(library)).run()
    first = sorted(path for path in library.iterdir() if path.is_dir())[0]
    page.selectbox[0].set_value(str(first)).run()
    assert page.text_input[0].value == str(first)
    assert page.selectbox[0].value is None


@pytest.mark.model
def test_uploaded_picture_finds_itself_first(
    features: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "feature_extractor", VGG16)
    resources.engine().index(few)
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


def test_index_page_shows_the_gallery_and_its_skipped_files(indexed: Path, few: Path) -> None:
    page = open_page("index")
    shown = {item.label: item.value for item in page.metric}
    assert (shown["Images"], shown["Skipped"], shown["Weights"]) == ("4", "1", "Untrained")
    assert str(few.resolve()) in texts(page)
    skipped = page.dataframe[0].value
    assert list(skipped["File"]) == ["broken.jpg"]
    assert list(skipped["Reason"]) == ["not an image of a known format"]


def test_update_takes_in_a_new_file_and_rebuild_extracts_all(indexed: Path, few: Path) -> None:
    page = open_page("index")
    Image.new("RGB", (40, 40), "navy").save(few / "new.png")
    button(page, "Update")
    resources.jobs().wait()
    update = resources.jobs().latest
    assert update is not None and update.result is not None
    assert (update.result.extracted, update.result.unchanged) == (1, 4)
    page.run()
    assert {item.label: item.value for item in page.metric}["Images"] == "5"
    button(page, "Rebuild index")
    resources.jobs().wait()
    rebuild = resources.jobs().latest
    assert rebuild is not None and rebuild.result is not None
    assert (rebuild.result.extracted, rebuild.result.generation) == (5, 3)


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
        job = resources.jobs().latest
        assert job is not None
        assert job.running
    Gated.go_on.set()
    resources.jobs().wait()
    rebuilt = resources.jobs().latest
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


@pytest.fixture
def folder_of_bytes(tmp_path: Path) -> Path:
    """A folder whose name is no text."""
    folder = tmp_path / "places" / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir(parents=True)
    except OSError:
        pytest.skip("this file system takes no such name")
    return folder


@pytest.mark.parametrize(
    "name", ["search", "index", "duplicates", "quality", "share", "how_it_works"]
)
def test_pages_show_a_gallery_in_a_folder_whose_name_is_no_text(
    name: str, features: Path, folder_of_bytes: Path
) -> None:
    for seed in range(4):
        save_picture(folder_of_bytes / f"kind {seed % 2}" / f"{seed}.png", seed)
    resources.engine().index(folder_of_bytes, descriptor="hsv", gallery="coffee")
    open_page(name)


def test_folder_chooser_leaves_out_folders_whose_name_is_no_text(
    features: Path, folder_of_bytes: Path
) -> None:
    (folder_of_bytes.parent / "beaches").mkdir()
    page = open_page("search")
    page.text_input[0].set_value(str(folder_of_bytes.parent)).run()
    assert not page.exception
    assert page.selectbox[0].options[:2] == [
        f"↑ up to {folder_of_bytes.parents[1].name}",
        "beaches",
    ]


@pytest.fixture
def visiting(features: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app is shared, and the browser has the key for visitors."""
    monkeypatch.setenv("LOOKALIKE_SHARE", "pictures")
    fresh = Access()
    for module in (visitor, galleries, addresses):
        monkeypatch.setattr(module, "access", lambda: fresh)
    # Streamlit's test runner has no browser and so no cookies; a real one is in test_security.py.
    monkeypatch.setattr(ContextProxy, "cookies", {visitor.cookie_name(): fresh.visitor})


@pytest.mark.parametrize("name", ["search", "index", "duplicates", "quality", "share"])
def test_visitor_of_an_empty_app_is_offered_nothing(name: str, visiting: None) -> None:
    page = open_page(name)
    assert (len(page.button), len(page.text_input)) == (0, 0)
    assert "owner" in texts(page)


def test_visitor_searches_and_reads_no_folder(visiting: None, few: Path) -> None:
    resources.engine().index(few)
    page = open_page("search")
    assert "among 4 images, or" in texts(page)
    assert str(few.parent) not in texts(page)
    page.file_uploader[0].set_value(picture_file(sorted(few.glob("*.png"))[0])).run()
    assert not page.exception
    assert len(page.dataframe[0].value) == 4


@pytest.mark.parametrize("name", ["index", "duplicates", "quality", "share"])
def test_pages_of_the_owner_show_a_visitor_one_line(name: str, visiting: None, few: Path) -> None:
    resources.engine().index(few)
    page = open_page(name)
    assert texts(page) == "This page is for the owner of the gallery. You can search it."
    assert (len(page.button), len(page.metric), len(page.code)) == (0, 0, 0)


def visitor_starts_everything() -> None:
    from pathlib import Path

    from core.ui.library import start_indexing

    start_indexing(Path("/no/such/folder"))
    start_indexing(Path("/no/such/folder"), gallery="few", fit="none")


def test_what_starts_a_job_refuses_a_visitor_whoever_calls_it(visiting: None) -> None:
    page = AppTest.from_function(visitor_starts_everything, default_timeout=SECONDS).run()
    assert not page.exception
    assert [item.value[:36] for item in page.error] == ["Expected the owner of the gallery. R"] * 2
    assert resources.jobs().latest is None


def test_visitor_sees_the_gallery_that_was_there_first(
    visiting: None, few: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (40, 40), "navy").save(other / "navy.png")
    resources.engine().index(few)
    assert "among 4 images" in texts(open_page("search"))
    resources.engine().index(other, gallery="private")
    app = AppTest.from_file(ROUTER, default_timeout=SECONDS).run()
    assert not app.exception
    assert len(app.sidebar.selectbox) == 0
    assert "among 4 images" in texts(app)


def test_visitor_is_not_told_what_an_error_says_of_folders(
    visiting: None, features: Path, few: Path
) -> None:
    resources.engine().index(few)
    next(features.glob("*/index.json")).write_text("{")
    page = open_page("search")
    assert "cannot be searched right now" in texts(page)
    assert str(features) not in texts(page)


def notes_of_a_server() -> None:
    from core.types import SearchResult
    from core.ui.question import Scope
    from core.ui.results import answer_notes

    answer_notes(
        SearchResult((), 4, warning="http://milvus.lan is of another generation."), Scope()
    )


def test_owner_is_warned_of_another_generation_on_the_server(features: Path) -> None:
    page = AppTest.from_function(notes_of_a_server, default_timeout=SECONDS).run()
    assert [item.value for item in page.warning] == ["http://milvus.lan is of another generation."]


def test_visitor_reads_no_address_of_an_index_server(visiting: None) -> None:
    page = AppTest.from_function(notes_of_a_server, default_timeout=SECONDS).run()
    assert not page.exception
    assert texts(page) == ""


def test_pages_say_that_the_features_are_on_another_machine(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_small_files(indexed, tmp_path / "second")
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "second"))
    monkeypatch.setenv("LOOKALIKE_INDEX_URL", "http://127.0.0.1:1")
    resources.engine.clear()
    resources.jobs.clear()
    page = open_page("quality")
    assert [item.value[:46] for item in page.error] == [
        "The rows of the index are not on this computer"
    ]
    assert len(page.button) == 0
    page = open_page("index")
    assert "This computer has no features of these pictures" in texts(page)
    assert "Index: on the server; the rows are not on this computer" in texts(page)
    assert len(page.radio) == 0


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


def test_share_page_tells_how_to_share(features: Path) -> None:
    page = open_page("share")
    assert [item.value for item in page.code] == ["make share", "python -m core share"]


def test_share_page_shows_the_address_of_visitors(
    features: Path, few: Path, visiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = visitor.access()
    monkeypatch.setattr(ContextProxy, "cookies", {visitor.cookie_name(): access.owner})
    monkeypatch.setenv("LOOKALIKE_SHARE", "thumbnails")
    monkeypatch.setenv("LOOKALIKE_SHARE_ADDRESS", "https://pictures.example/")
    resources.engine().index(few)
    page = open_page("share")
    assert page.code[0].value == f"https://pictures.example/?key={access.visitor}"
    assert access.owner not in str(page.main)
    assert "the gallery **few**" in texts(page)
    assert "thumbnails, never the files" in texts(page)


def test_galleries_are_chosen_in_the_sidebar(features: Path, few: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (40, 40), "navy").save(other / "navy.png")
    resources.engine().index(few)
    resources.engine().index(other, gallery="blue things")
    app = AppTest.from_file(ROUTER, default_timeout=SECONDS).run()
    assert not app.exception
    gallery = app.sidebar.selectbox[0]
    assert (gallery.options, gallery.value) == (["blue things", "few"], "blue things")
    assert "1 images" in texts(app)
    gallery.set_value("few").run()
    assert not app.exception
    assert "4 images" in texts(app)


def test_history_shows_the_runs(indexed: Path, few: Path) -> None:
    Image.new("RGB", (40, 40), "navy").save(few / "new.png")
    resources.engine().index(few)
    runs = open_page("index").dataframe[1].value
    assert list(runs["Extracted"]) == [1, 4]
    assert list(runs["Unchanged"]) == [4, 0]


@pytest.mark.parametrize("name", ["search", "index"])
def test_damaged_index_is_an_error_in_plain_words_with_a_way_out(
    name: str, indexed: Path, few: Path
) -> None:
    next(indexed.glob("*/index.json")).write_text("{")
    page = open_page(name)
    assert "The index cannot be read" in texts(page)
    assert "Index the folder again" in texts(page)
    page.text_input[0].set_value(str(few)).run()
    button(page, "Index this folder")
    resources.jobs().wait()
    page.run()
    assert "The index cannot be read" not in texts(page)
    assert "4 images" in texts(page) or page.metric[0].value == "4"


def test_new_index_of_the_command_line_is_searched_without_a_restart(
    indexed: Path, few: Path
) -> None:
    page = open_page("search")
    Image.new("RGB", (40, 40), "teal").save(few / "later.png")
    settings = Settings(features=indexed, weights="random")
    ImageSearchEngine(settings, make_extractor=fake_extractor).index(few)
    page.file_uploader[0].set_value(picture_file(few / "later.png")).run()
    assert page.dataframe[0].value["image"].iloc[0] == "later.png"


def test_caches_hold_one_model_and_one_engine(indexed: Path) -> None:
    assert resources.engine() is resources.engine()
    kernels = find_weights("random", base_url="")
    first = resources.network(kernels, "block5_pool", 224, "auto")
    assert resources.network(kernels, "block5_pool", 224, "auto") is first


def test_settings_are_those_of_the_product() -> None:
    content = (PAGES.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    settings = tomllib.loads(content)
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["runner"]["postScriptGC"] is False
    assert {"light", "dark"} <= set(settings["theme"])


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (5, "just now"),
        (119, "just now"),
        (180, "3 min ago"),
        (7300, "2 h ago"),
        (200_000, "2 days ago"),
    ],
)
def test_moments_are_told_in_plain_words(seconds: int, expected: str) -> None:
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    assert time_ago(moment.isoformat()) == expected


def test_each_match_says_how_close_it_is_among_random_pairs(indexed: Path, few: Path) -> None:
    page = open_page("search")
    query = sorted(few.glob("*.jpg"))[1]
    page.file_uploader[0].set_value(picture_file(query)).run()
    rows = page.dataframe[0].value
    assert rows["closer"].iloc[0] == "100.00\u00a0%"
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
    resources.jobs().index(few)
    assert described.wait(SECONDS)
    page.file_uploader[0].set_value(picture_file(sorted(few.glob("*.jpg"))[1])).run()
    assert page.dataframe[0].value["distance"].iloc[0] == 0
    assert "by colours alone.** VGG16 has described 0 of 4 images (0%)" in texts(page)
    # It serves for minutes: its order is not chosen.
    assert not page.radio
    go_on.set()
    resources.jobs().wait()
    page.run()
    assert "colours alone" not in texts(page)
    assert page.dataframe[0].value["distance"].iloc[0] < 0.01
