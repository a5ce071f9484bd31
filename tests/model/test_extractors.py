"""Extractors that differ only in pooling share one loaded network."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import load_image
from core.model import Extractors, VGG16Network, Weights, feature_space, vgg16_extractors
from core.model.extractors import ExtractorFactory
from core.model.weights import find_weights
from core.types import FeatureSpace
from tests.fakes import save_picture

RANDOM = find_weights("random", base_url="")


class Networks:
    """Makes real networks and keeps a list of what was made."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []

    def __call__(self, weights: Weights, layer: str, size: int, precision: str) -> VGG16Network:
        self.made.append((layer, size))
        return VGG16Network(weights, layer, size, precision)


def counted(made: list[FeatureSpace]) -> ExtractorFactory:
    make = vgg16_extractors()

    def factory(weights: Weights, space: FeatureSpace, precision: str):  # type: ignore[no-untyped-def]
        made.append(space)
        return make(weights, space, precision)

    return factory


def test_an_extractor_is_kept_as_long_as_its_network_is() -> None:
    made: list[FeatureSpace] = []
    extractors = Extractors(Settings(weights="random"), counted(made))
    avg, gem, large = (feature_space(RANDOM, *one) for one in (("avg",), ("gem",), ("avg", 320)))
    first = extractors.of_space(avg)
    assert extractors.of_space(gem) is not first
    assert extractors.of_space(avg) is first
    assert made == [avg, gem]
    extractors.of_space(large)
    assert extractors.of_space(avg) is not first
    assert made == [avg, gem, large, avg]


@pytest.mark.parametrize(
    ("other", "shared"), [(("gem",), True), (("avg", 320), False), (("avg", 224), True)]
)
def test_a_network_is_shared_by_weights_layer_size_and_precision(
    other: tuple[str, int], shared: bool
) -> None:
    make = vgg16_extractors()
    one = make(RANDOM, feature_space(RANDOM, "avg"), "float32")
    two = make(RANDOM, feature_space(RANDOM, *other), "float32")
    assert (one._network is two._network) is shared  # type: ignore[attr-defined]
    again = make(RANDOM, feature_space(RANDOM, "avg"), "mixed_bfloat16")
    assert again._network is not one._network  # type: ignore[attr-defined]


@pytest.mark.model
def test_two_galleries_that_differ_in_pooling_are_searched_in_turn_with_one_network(
    tmp_path: Path,
) -> None:
    networks = Networks()
    for number in range(2):
        save_picture(tmp_path / "cats" / f"{number}.png", number)
    made: list[tuple[str, int]] = networks.made
    features = tmp_path / "features"
    for name in ("avg", "gem"):
        settings = Settings(features=features, weights="random", descriptor=name)
        ImageSearchEngine(settings).index(tmp_path / "cats", gallery=name)
    from core.model import shared_network

    engine = ImageSearchEngine(
        Settings(features=features, weights="random"),
        make_extractor=vgg16_extractors(shared_network(networks)),
    )
    query = load_image(tmp_path / "cats" / "1.png").pixels
    for name in ("avg", "gem", "avg", "gem"):
        found = engine.search(query, snapshot=engine.snapshot(name))
        assert found.matches[0].image == "1.png"
        assert found.matches[0].distance < 1e-3
    assert made == [("block5_pool", 224)]
