"""Heat maps: they sum to the similarity, and show what it depends on."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_images

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError, ImageError
from core.explanation import HEAT_COLOURS, heat_levels, heat_overlay
from core.explanation.explanation import Explanation, explanation_of
from core.model import DESCRIPTORS, WITH_POSITIONS, FitChoice, learn_fit
from core.search import Feedback, SearchOptions, rocchio
from core.search.feedback import ALPHA, shift
from core.types import Array
from tests.fakes import picture

CHANNELS = 24
FITS = [
    *(FitChoice("none"), FitChoice("centre"), FitChoice("neighbours", 16)),
    *(FitChoice("whiten", 64), FitChoice("folders", 3)),
]


def drawn_maps(seed: int, count: int, height: int = 7, width: int = 7) -> Array:
    numbers = np.random.default_rng(seed).normal(size=(count, height, width, CHANNELS))
    return np.maximum(numbers, 0).astype(np.float32)


@pytest.mark.parametrize("descriptor", WITH_POSITIONS)
@pytest.mark.parametrize("choice", FITS, ids=str)
def test_the_maps_sum_to_the_similarity(descriptor: str, choice: FitChoice) -> None:
    describe = DESCRIPTORS[descriptor].describe
    fit = learn_fit(describe(drawn_maps(0, 60)), choice, labels=["a", "b", "c", "d"] * 15)
    query, match = drawn_maps(1, 1)[0], drawn_maps(2, 1, 6, 9)[0]
    assert (fit.axes is None) == (choice.kind in ("none", "centre"))
    found = explanation_of(descriptor, fit, query, match)
    of_query, of_match = (fit.apply(describe(maps[None]))[0] for maps in (query, match))
    assert found.similarity == pytest.approx(float(of_query @ of_match), abs=1e-4)
    assert found.query.sum() + found.query_constant == pytest.approx(found.similarity, abs=1e-4)
    assert found.match.sum() + found.match_constant == pytest.approx(found.similarity, abs=1e-4)
    assert found.pairs.shape == (7, 7, 6, 9)
    # The share of each position in the constant is the same.
    of_positions = found.pairs.sum(axis=(2, 3)) - found.query
    assert np.allclose(of_positions, found.query_constant / 49, atol=1e-4)
    if choice.kind == "none":
        assert (found.query_constant, found.match_constant) == (0, 0)


@pytest.mark.parametrize("descriptor", WITH_POSITIONS)
@pytest.mark.parametrize("choice", FITS, ids=str)
def test_the_maps_sum_to_the_similarity_of_the_moved_query(
    descriptor: str, choice: FitChoice
) -> None:
    describe = DESCRIPTORS[descriptor].describe
    fit = learn_fit(describe(drawn_maps(0, 60)), choice, labels=["a", "b", "c", "d"] * 15)
    query, match, *others = (maps[0] for maps in (drawn_maps(seed, 1) for seed in range(1, 6)))
    of_query, of_match, *marked = (
        fit.apply(describe(maps[None])) for maps in (query, match, *others)
    )
    right, wrong = np.concatenate(marked[:2]), marked[2]
    moved = rocchio(of_query, right, wrong)[0]
    found = explanation_of(
        descriptor, fit, query, match, (shift(right, wrong) / ALPHA).astype(np.float32)
    )
    assert found.similarity == pytest.approx(float(moved @ of_match[0]), abs=1e-4)
    assert found.marks != 0
    whole = found.query.sum() + found.query_constant + found.marks
    assert whole == pytest.approx(found.similarity, abs=1e-4)
    assert found.match.sum() + found.match_constant == pytest.approx(found.similarity, abs=1e-4)
    assert found.pairs.sum() == pytest.approx(found.similarity, abs=1e-4)
    # Marks change by how much a place speaks for a match, and not for which.
    before = explanation_of(descriptor, fit, query, match)
    np.testing.assert_allclose(
        found.query / np.abs(found.query).max(),
        before.query / np.abs(before.query).max(),
        atol=1e-4,
    )


def test_marks_that_cancel_the_query_out_leave_it_where_it_is() -> None:
    maps, fit = drawn_maps(1, 2), learn_fit(np.eye(CHANNELS, dtype=np.float32), FitChoice("none"))
    query = DESCRIPTORS["avg"].describe(maps)[0]
    found, unmoved = (
        explanation_of("avg", fit, maps[0], maps[1], moved) for moved in (-query, None)
    )
    assert (found.similarity, found.marks) == (unmoved.similarity, 0)


def test_the_sentence_gives_all_that_sums_to_the_similarity() -> None:
    heat = np.full((5, 5), 0.01, np.float32)
    heat[0] = 0.16
    heat[4, 4] = -3
    found = Explanation(-2.01, heat, heat, np.zeros((5, 5, 5, 5), np.float32), 0, 0)
    assert found.share == pytest.approx(0.8 / 0.99)
    assert found.sentence == (
        "81% of what speaks for this match comes from the warmest fifth of your picture. In all, "
        "the places for it add 0.99, those against it −3.00: a similarity of −2.01."
    )
    fitted = Explanation(0.5, heat, heat, found.pairs, 2.26, 0, 0.25)
    assert fitted.sentence.endswith(
        "against it −3.00, the mean of the gallery 2.26, your marks 0.25: a similarity of 0.50."
    )
    cold = Explanation(-0.4, -abs(heat), heat, found.pairs, 0, 0)
    assert cold.share == 0
    assert cold.sentence.startswith("Nothing in your picture speaks for this match. In all, ")


def test_a_heat_map_is_warm_for_a_match_and_cool_against_it() -> None:
    heat = np.zeros((7, 7), np.float32)
    heat[1, 5], heat[5, 1] = 2, -1
    pixels = np.asarray(heat_overlay(Image.new("RGB", (70, 140), "gray"), heat)).astype(int)
    assert pixels.shape == (140, 70, 3)
    warm, cool, nothing = pixels[30, 55], pixels[110, 15], pixels[70, 35]
    assert warm[0] > warm[2] + 80
    assert cool[2] > cool[0] + 80
    assert max(abs(nothing - nothing.mean())) < 10
    assert nothing.max() < min(warm.max(), cool.max())


@pytest.mark.parametrize("scale", [1, -2, 0])
def test_the_level_in_the_middle_stands_for_0(scale: int) -> None:
    values = scale * np.array([-2, 0, 0.5, 2], np.float32)
    levels = heat_levels(values)
    assert levels.dtype == np.uint8
    assert (
        levels.tolist()
        == {
            1: [0, 128, 159, 255],
            -2: [255, 128, 96, 0],
            0: [128] * 4,
        }[scale]
    )
    middle = HEAT_COLOURS[128].astype(int)
    assert abs(middle - HEAT_COLOURS[127]).max() <= 4
    assert (HEAT_COLOURS[[0, 255], 3] > middle[3]).all()


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of parts of the two photographs that come with scikit-learn."""
    library = tmp_path_factory.mktemp("photographs")
    for name, pixels in zip(("temple", "dahlia"), load_sample_images().images, strict=True):
        whole = Image.fromarray(pixels)
        for place, left in enumerate(range(0, 241, 60)):
            whole.crop((left, 20, left + 400, 420)).save(library / f"{name}{place}.png")
    return library


def test_masking_the_hottest_tenth_lowers_the_similarity_most(photographs: Path) -> None:
    engine = ImageSearchEngine(Settings(features=photographs.parent / "photographs-features"))
    engine.index(photographs)
    snapshot = engine.require_snapshot()
    rng = np.random.default_rng(0)
    hottest, random = [], []
    for name in ("temple", "dahlia"):
        match = snapshot.record(f"{name}3.png")
        other = Image.open(photographs / match.path)
        for place in (0, 1, 2):
            query = Image.open(photographs / f"{name}{place}.png")
            found = engine.explainer(snapshot, query).explain(match)
            order = np.argsort(-found.query.ravel())
            tenth = round(found.query.size / 10)
            masks = [order[:tenth]]
            masks += [rng.choice(found.query.size, tenth, replace=False) for _ in range(5)]
            pictures = [masked(query, cells, found.query.shape) for cells in masks]
            features = engine.describe(snapshot, [*pictures, other])
            drops = found.similarity - features[:-1] @ features[-1]
            hottest.append(drops[0])
            random.append(drops[1:].mean())
    assert np.mean(hottest) > 2 * np.mean(random)
    assert (np.array(hottest) > np.array(random)).all()


def masked(image: Image.Image, cells: Array, shape: tuple[int, ...]) -> Image.Image:
    """The picture with some of its positions in its mean colour."""
    image = image.copy()
    draw, mean = ImageDraw.Draw(image), tuple(np.asarray(image).mean(axis=(0, 1)).astype(int))
    height, width = image.height / shape[0], image.width / shape[1]
    for row, column in zip(*np.unravel_index(cells, shape), strict=True):
        corner = (column * width, row * height)
        draw.rectangle((*corner, corner[0] + width, corner[1] + height), mean)
    return image


def test_the_picture_of_an_explanation_shows_both(photographs: Path) -> None:
    settings = Settings(features=photographs.parent / "untrained", weights="random")
    engine = ImageSearchEngine(settings)
    engine.index(photographs)
    snapshot = engine.require_snapshot()
    explainer = engine.explainer(snapshot, picture(1, size=(300, 600)))
    with Image.open(io.BytesIO(explainer.picture(snapshot.images[0]))) as page:
        assert (page.format, page.size) == ("JPEG", (320 + 16 + 640, 640 + 40))
    changed = photographs / snapshot.images[1].path
    content = changed.read_bytes()
    changed.write_bytes(content + b"more")
    try:
        with pytest.raises(ImageError, match="has changed since it was indexed"):
            explainer.explain(snapshot.images[1])
    finally:
        changed.write_bytes(content)


def test_marks_move_what_is_explained(photographs: Path) -> None:
    settings = Settings(features=photographs.parent / "moved", weights="random")
    engine = ImageSearchEngine(settings)
    engine.index(photographs)
    snapshot = engine.require_snapshot()
    right, wrong = snapshot.record("temple4.png").id, snapshot.record("dahlia4.png").id
    options = SearchOptions(feedback=Feedback((right,), (wrong,)))
    query = Image.open(photographs / "temple0.png").convert("RGB")
    explainer = engine.explainer(snapshot, query, options)
    for match in engine.search(query, options).matches:
        found = explainer.explain(match.record)
        assert 2 - 2 * found.similarity == pytest.approx(match.distance**2, abs=1e-3)


def test_a_descriptor_without_positions_is_refused(tmp_path: Path) -> None:
    picture(1).save(tmp_path / "one.png")
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(tmp_path)
    with pytest.raises(ConfigurationError, match="Received: hsv, which does not keep"):
        engine.explainer(engine.require_snapshot(), picture(2))
