"""Distances of matches compared with those of the gallery's images to their nearest ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import Settings
from core.engine import ImageSearchEngine
from core.feature_store import Distances
from core.images import QueryPicture
from core.model import FitChoice, Lesson
from core.search import SearchOptions
from core.search.matching import nothing_similar
from core.types import Closeness
from tests.fakes import fake_extractor, picture
from tests.feature_store.test_distances import rows


def test_a_gallery_without_distances_has_nothing_to_compare_with() -> None:
    assert nothing_similar(2.0, Distances.unknown()) is None


def test_a_picture_farther_than_nearly_all_neighbours_has_nothing_similar() -> None:
    distances = Distances(np.empty(0, np.float32), Lesson(rows(200)).held_out(FitChoice("none")))
    limit = float(np.quantile(distances.neighbours, 0.95))
    assert nothing_similar(limit - 0.01, distances) is None
    told = nothing_similar(1.2, distances)
    assert told is not None
    assert told.startswith("100\u00a0% of the images of this gallery have a nearer neighbour")
    just_over = nothing_similar(float(distances.neighbours[192]), distances)
    assert just_over is not None
    assert just_over.startswith("96\u00a0%")


@pytest.mark.parametrize(
    ("share", "told"), [(1.0, "100"), (0.998, "99"), (0.29, "29"), (0.009, "0"), (0.0, "0")]
)
def test_only_all_images_are_shown_as_100_percent(share: float, told: str) -> None:
    assert str(Closeness(share)) == f"{told}\u00a0%"


def test_an_image_of_the_gallery_and_a_new_picture_compare_with_their_like(tmp_path: Path) -> None:
    for number in range(60):
        picture(number).save(tmp_path / f"{number}.png")
    features = tmp_path.with_name("features")
    settings = Settings(features=features, weights="random")
    engine = ImageSearchEngine(settings, make_extractor=fake_extractor)
    engine.index(tmp_path)
    snapshot = engine.require_snapshot()
    stored = snapshot.images[7]
    pixels = Image.open(tmp_path / stored.path).convert("RGB")
    for query, nearest in (
        (QueryPicture(pixels, stored.id), snapshot.distances.own),
        (picture(99), snapshot.distances.neighbours),
    ):
        for match in engine.search(query, SearchOptions(k=20)).matches:
            assert match.closeness
            expected = np.mean(nearest >= np.float32(match.distance))
            assert match.closeness.share == pytest.approx(expected)
