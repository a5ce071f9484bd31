"""The page How it works as a person meets it, with a model that costs nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.errors import QueueFullError
from core.feature_store import IndexSnapshot
from core.images import rotate, squash
from core.media import thumbnail
from core.model import fitting
from core.search import SearchOptions
from core.types import DISTANCE
from core.ui import resources, state
from core.ui.how_it_works import exciting as exciting_module
from core.ui.how_it_works.tiles import _take
from core.ui.sharing import ACCESS
from tests.fakes import OtherPrecision, save_picture
from tests.ui.conftest import come_with
from tests.ui.pages import open_page, texts


@pytest.fixture
def snapshot(features: Path, library: Path) -> IndexSnapshot:
    """The index of forty pictures."""
    resources.engine().index(library)
    return resources.engine().require_snapshot()


def captions(page: AppTest, why: str) -> list[str]:
    """What stands below the pictures of the gallery whose description holds a text."""
    lists = [item.proto.body for item in page.get("html")]  # type: ignore[attr-defined]
    found = next(body for body in lists if why in body)
    return [part.split("</figcaption>")[0] for part in found.split("<figcaption>")[1:]]


def test_without_a_gallery_a_drawn_flower_is_looked_at(features: Path) -> None:
    page = open_page("how_it_works")
    assert [item.value[0] for item in page.header] == ["1", "2", "3", "4", "5", "6", "S"]
    assert "**512 maps** of 7 × 7 positions" in texts(page)
    assert "With a gallery, its pictures that excite this channel most are here." in texts(page)
    assert "With a gallery, the pictures that are nearest" in texts(page)
    page.slider(key="turned").set_value(90).run()
    assert not page.exception
    assert not features.exists()


def test_a_picture_of_the_gallery_and_what_is_nearest_to_it(snapshot: IndexSnapshot) -> None:
    image = snapshot.images[7]
    page = open_page("how_it_works", image=image.id)
    pixels = Image.open(snapshot.library / image.path).convert("RGB")
    expected = resources.engine().search(pixels, SearchOptions(k=8, ranking=DISTANCE))
    shown = [match.distance for match in expected.matches]
    assert captions(page, "1. nearest") == [f"{distance:.3f}" for distance in shown]
    # The match itself is no answer to how the two differ.
    assert f"**Distance {shown[1]:.3f}.**" in texts(page)
    assert f"{shown[1] ** 2:.3f}." in texts(page)


def test_a_picture_of_the_gallery_is_at_distance_zero_until_it_is_changed(
    snapshot: IndexSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "feature_extractor", lambda _, space, __: OtherPrecision(space))
    resources.engine.clear()
    row = snapshot.images.row_of_id(snapshot.images[7].id)
    page = open_page("how_it_works", image=snapshot.images[7].id)
    (unchanged,) = page.session_state[state.NEAREST].values()
    assert unchanged.result.matches[0].distance == 0
    np.testing.assert_array_equal(unchanged.feature, snapshot.matrix[row])
    page.toggle(key="mirrored").set_value(True).run()
    assert not page.exception
    *_, mirrored = page.session_state[state.NEAREST].values()
    assert mirrored.result.matches[0].distance > 1e-3


def test_a_slider_moves_and_the_answer_moves(snapshot: IndexSnapshot) -> None:
    image = snapshot.images[7]
    page = open_page("how_it_works", image=image.id)
    page.slider(key="turned").set_value(90).run()
    assert not page.exception
    pixels = Image.open(snapshot.library / image.path).convert("RGB")
    engine = resources.engine()
    turned = rotate(pixels, 90)
    expected = engine.search(turned, SearchOptions(k=8, ranking=DISTANCE))
    now = captions(page, "1. nearest")
    assert [caption.split()[0] for caption in now] == [
        f"{match.distance:.3f}" for match in expected.matches
    ]
    before = {
        match.record.id: match.rank for match in engine.search(pixels, SearchOptions(k=9)).matches
    }
    for caption, match in zip(now, expected.matches, strict=True):
        rank = before.get(match.record.id)
        assert caption.endswith("new") == (rank is None)
        if rank not in (None, match.rank):
            assert caption.endswith(f"was {rank}")
    features = engine.describe(snapshot, [pixels, turned])
    apart = np.linalg.norm(features[0] - features[1])
    assert f"**Distance {apart:.3f}** from the picture as it was." in texts(page)


def test_a_channel_is_picked_and_what_excites_it_is_shown(snapshot: IndexSnapshot) -> None:
    page = open_page("how_it_works")
    page.session_state[state.picked_tile("block5_pool")] = 300
    page.session_state[state.picked_tile("matches")] = 2
    page.run()
    assert not page.exception
    assert next(item.value for item in page.subheader) == "What excites channel 300"
    _, saved = resources.engine().features()
    largest = sorted(saved["rmac"][:, 300])[: -12 - 1 : -1]
    shown = [float(caption) for caption in captions(page, "Excites channel 300")]
    assert shown == pytest.approx(largest, abs=1e-3)
    page.segmented_control(key="block").set_value("block2_pool").run()
    assert "**128 maps** of 56 × 56 positions; each position depends on 16 × 16" in texts(page)
    assert "the mean is largest, of the 40 pictures of the gallery that differ most" in texts(page)
    assert len(captions(page, "Excites channel")) == 12


def test_a_picture_that_could_not_be_read_is_tried_again(snapshot: IndexSnapshot) -> None:
    exciting_module._means.clear()
    image = snapshot.library / snapshot.images[int(snapshot.variety[0])].path
    away = image.rename(snapshot.library.parent / "away")
    page = open_page("how_it_works")
    page.segmented_control(key="block").set_value("block2_pool").run()
    assert "of the 39 pictures of the gallery that differ most" in texts(page)
    away.rename(image)
    page.run()
    assert "of the 40 pictures of the gallery that differ most" in texts(page)


@pytest.mark.parametrize("sent", [-1, 512, "x", None, [3], 1.5, float("nan"), {"a": 1}])
def test_what_is_no_channel_is_not_picked(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {state.tile_grid("filters"): {"pick": sent}}
    monkeypatch.setattr("streamlit.session_state", session)
    _take("filters", range(512))
    assert list(session) == [state.tile_grid("filters")]


def test_a_picture_is_brought(features: Path, tmp_path: Path) -> None:
    page = open_page("how_it_works")
    file = save_picture(tmp_path / "mine.png", 4711, size=(123, 45))
    page.file_uploader[0].set_value(("mine.png", file.read_bytes(), "image/png")).run()
    assert not page.exception
    assert "**The picture**, 123 × 45 pixels." in texts(page)


@pytest.mark.parametrize(
    ("descriptor", "fit", "said"),
    [
        ("hsv", "centre", "This gallery is searched by hsv, which takes the pixels"),
        ("fc1", "none", "The index keeps no numbers of this channel"),
    ],
)
def test_page_says_what_an_index_cannot_tell(
    descriptor: str, fit: str, said: str, features: Path, library: Path
) -> None:
    resources.engine().index(library, descriptor=descriptor, fit=fit)
    page = open_page("how_it_works")
    assert said in texts(page)
    assert len(captions(page, "Excites channel")) == 12
    assert len(captions(page, "1. nearest")) == 8


@pytest.mark.parametrize(
    ("fit", "said"),
    [
        ("none", "In this gallery they are compared as they are."),
        ("centre", "the mean of all pictures is subtracted from them first (the fit centre)"),
        *(
            (fit, f"{{}} others take their place first (the fit {fit}). Each **axis** of them")
            for fit in ("neighbours", "whiten", "folders")
        ),
    ],
)
def test_page_says_what_the_fit_makes_of_a_feature_and_shows_channels_with_each(
    fit: str, said: str, features: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that pictures as alike as these teach.
    monkeypatch.setattr(fitting, "SAME_PICTURE", 1.0)
    for number in range(40):
        save_picture(library / "more" / f"{number}.png", 900 + number)
    resources.engine().index(library, fit=fit)
    page = open_page("how_it_works")
    dimension = resources.engine().require_snapshot().fit.dimension
    assert said.format(dimension) in texts(page)
    after = "" if fit == "none" else f", after the gallery's fit ({fit})"
    assert f"the sum of the squared differences of {dimension} numbers{after}: " in texts(page)
    assert ("what both pictures lack also brings them together" in texts(page)) == (fit != "none")
    assert "pictures of the gallery whose feature (rmac) has the largest number at place" in (
        texts(page)
    )


@pytest.mark.parametrize("visits", [False, True])
def test_an_index_of_an_older_version_is_updated_for_its_channels(
    visits: bool, snapshot: IndexSnapshot, visiting: Callable[[str], None]
) -> None:
    assert snapshot.folder is not None
    (extracted,) = snapshot.folder.glob("extracted-*.npy")
    extracted.unlink()
    (fit,) = snapshot.folder.glob("fit-*.npz")
    with np.load(fit) as archive:
        np.savez(fit, **{name: archive[name] for name in archive.files if name != "taught"})
    resources.engine.clear()
    if visits:
        visiting("pictures")
    page = open_page("how_it_works")
    assert ("press **Update** on the Index page" in texts(page)) != visits
    assert "The index keeps no numbers of this channel" in texts(page)
    page.segmented_control(key="block").set_value("block2_pool").run()
    assert "press **Update**" not in texts(page)
    resources.engine().index(snapshot.library)
    page = open_page("how_it_works")
    assert "press **Update**" not in texts(page)
    assert "whose feature (rmac) has the largest number" in texts(page)


def test_an_unknown_picture_is_told_and_the_example_is_looked_at(snapshot: IndexSnapshot) -> None:
    page = open_page("how_it_works", image="0" * 32)
    assert "The picture of this link is not in the gallery" in texts(page)
    assert len(captions(page, "1. nearest")) == 8


def full(*_: Any, **__: Any) -> None:
    raise QueueFullError("Busy: try again in a moment.")


def test_a_full_queue_is_told(snapshot: IndexSnapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources.engine(), "activations", full)
    page = open_page("how_it_works")
    assert "Busy: try again in a moment." in texts(page)
    assert [item.label for item in page.button] == ["Try again"]
    assert len(page.header) == 0


def test_a_queue_that_fills_meanwhile_leaves_the_maps(
    snapshot: IndexSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources.engine(), "search", full)
    page = open_page("how_it_works")
    assert [item.label for item in page.button] == ["Try again", "Try again"]
    assert len(page.header) == 7
    monkeypatch.undo()
    page.button(key="again_distance").click().run()
    assert len(captions(page, "1. nearest")) == 8


def test_a_queue_that_is_full_leaves_the_maps_of_a_block(
    snapshot: IndexSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("how_it_works")
    exciting_module._means.clear()
    monkeypatch.setattr(resources.engine(), "channel_means", full)
    page.segmented_control(key="block").set_value("block2_pool").run()
    assert "Busy: try again in a moment." in texts(page)
    monkeypatch.undo()
    page.button(key="again_exciting").click().run()
    assert len(captions(page, "Excites channel")) == 12


@pytest.fixture
def visiting(snapshot: IndexSnapshot, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Shares the app with somebody who has the key for visitors."""
    come_with(ACCESS.visitor, monkeypatch)

    def visit(share: str) -> None:
        monkeypatch.setenv("LOOKALIKE_SHARE", share)
        resources.engine.clear()

    resources.picture_cache.clear()
    return visit


def test_a_visitor_reads_no_folder(
    snapshot: IndexSnapshot, visiting: Callable[[str], None]
) -> None:
    visiting("pictures")
    page = open_page("how_it_works")
    assert len(captions(page, "1. nearest")) == 8
    page.segmented_control(key="block").set_value("block2_pool").run()
    assert len(captions(page, "Excites channel")) == 12
    assert str(snapshot.library) not in texts(page)


def test_maps_show_a_visitor_no_more_detail_than_a_thumbnail(
    snapshot: IndexSnapshot, visiting: Callable[[str], None]
) -> None:
    blots = np.random.default_rng(7).integers(0, 256, (900, 1200, 3), np.uint8)
    Image.fromarray(blots).save(snapshot.library / "detailed.png")
    resources.engine().index(snapshot.library)
    record = resources.engine().require_snapshot().record("detailed.png")
    small = thumbnail(resources.engine().require_snapshot(), record.id, resources.picture_cache())
    seen = {"pictures": Image.fromarray(blots), "thumbnails": Image.open(io.BytesIO(small))}
    for share, picture in seen.items():
        visiting(share)
        page = open_page("how_it_works", image=record.id)
        _, found = page.session_state[state.ACTIVATIONS]
        assert (np.asarray(found.seen) == np.asarray(squash(picture.convert("RGB"), 224))).all()
        for nearest in page.session_state[state.NEAREST].values():
            assert nearest.image.size == picture.size
