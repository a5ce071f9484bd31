"""What ``model.json`` says is enough: features computed by it alone are those of the export."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from core.config import Settings
from core.engine import ImageSearchEngine
from core.export.recipe import recipe
from core.feature_store import ImageTable, IndexSnapshot
from core.model import CROW_EPSILON, DESCRIPTORS, Fit, FitChoice, prepared
from core.model.vgg16 import read_kernels
from core.types import Array, FeatureSpace
from tests.fakes import picture

ROOT = Path(__file__).parents[2]
COUNT = 12
RNG = np.random.default_rng(3)


def documented_function() -> Callable[[str, str, Any], Array]:
    """The function of docs/export.md."""
    text = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", text, re.S) if "def " in code]
    names: dict[str, Any] = {}
    exec(code, names)
    function: Callable[[str, str, Any], Array] = names["feature"]
    return function


@pytest.mark.model
def test_plain_keras_makes_the_exported_features(tmp_path: Path) -> None:
    library, export = tmp_path / "library", tmp_path / "export"
    library.mkdir()
    for number in range(COUNT):
        picture(number, size=(96, 64)).save(library / f"{number:02}.png")
    turned = Image.Exif()
    turned[274] = 6
    picture(500, size=(1100, 700)).save(library / "turned.jpg", exif=turned)
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", precision="float32"))
    engine.index(library, fit="whiten")
    engine.export(export)
    rows, paths = np.load(export / "features.npy"), pd.read_parquet(export / "images.parquet").path
    assert rows.shape == (COUNT + 1, 256)
    feature, network = documented_function(), plain_network()
    for row in (0, 7, paths.tolist().index("turned.jpg")):
        found = feature(str(library / paths[row]), str(export), network)
        assert found @ rows[row] > 0.9999


def plain_network() -> Any:
    """Keras's own network with the kernels of the box, as it is without a download."""
    import keras

    network = keras.applications.VGG16(include_top=False, weights=None)
    kernels = read_kernels()
    for layer in network.layers:
        if layer.weights:
            layer.set_weights([kernels[f"{layer.name}/{part}"] for part in ("kernel", "bias")])
    return network


def snapshot_of(descriptor: str, *, size: int = 224, fit: Fit | None = None) -> IndexSnapshot:
    dimension = DESCRIPTORS[descriptor].dimension
    resize = "squash" if size <= 224 else "fit"
    return IndexSnapshot(
        Path("/library"),
        FeatureSpace("vgg16", "imagenet", "0" * 64, descriptor, dimension, size, resize),
        generation=1,
        published_at="",
        images=ImageTable.of([]),
        rows=np.empty((0, dimension), np.float32),
        fit=fit or Fit(FitChoice("none"), np.zeros(dimension, np.float32)),
    )


def crow(maps: Array) -> NDArray[Any]:
    mass, share = maps.sum(axis=2), (maps != 0).mean(axis=(0, 1))
    positions = (maps * np.sqrt(mass / np.linalg.norm(mass))[:, :, None]).sum(axis=(0, 1))
    channels = maps.shape[2]
    return positions * np.log((channels * CROW_EPSILON + share.sum()) / (CROW_EPSILON + share))


def rmac(maps: Array) -> NDArray[Any]:
    regions = recipe(snapshot_of("rmac"))["descriptor"]["regions"]["7x7"]
    largest = (
        maps[top : top + side, left : left + side].max(axis=(0, 1)) for top, left, side in regions
    )
    return np.sum([one / np.linalg.norm(one) for one in largest], axis=0)


# As the words of the recipe say, for maps of one image.
POOLED: dict[str, Callable[[Array], NDArray[Any]]] = {
    "avg": lambda maps: maps.mean(axis=(0, 1)),
    "max": lambda maps: maps.max(axis=(0, 1)),
    "gem": lambda maps: np.cbrt((maps**3).mean(axis=(0, 1))),
    "crow": crow,
    "rmac": rmac,
}


@pytest.mark.parametrize("name", POOLED)
def test_the_words_for_a_descriptor_are_what_it_does(name: str) -> None:
    maps = RNG.normal(size=(7, 7, 512)).clip(0).astype(np.float32)
    pooled = POOLED[name](maps)
    expected = DESCRIPTORS[name].describe(maps[None])[0]
    assert pooled @ expected / np.linalg.norm(pooled) == pytest.approx(1, abs=1e-6)
    assert recipe(snapshot_of(name))["descriptor"]["pooled"]


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_every_descriptor_has_words(name: str) -> None:
    content = recipe(snapshot_of(name))
    assert content["descriptor"]["pooled"]
    json.dumps(content)


@given(st.integers(225, 448), st.integers(1, 5000), st.integers(1, 5000))
def test_every_map_has_its_regions(size: int, width: int, height: int) -> None:
    snapshot = snapshot_of("rmac", size=size)
    seen = prepared(Image.new("RGB", (width, height)), snapshot.space)
    shape = f"{seen.height // 32}x{seen.width // 32}"
    assert shape in recipe(snapshot)["descriptor"]["regions"]


@pytest.mark.parametrize(
    ("kind", "axes", "share"),
    [("none", False, 1), ("centre", False, 1), ("neighbours", True, 1), ("folders", True, 0.5)],
)
def test_the_words_for_a_fit_are_what_it_does(kind: str, axes: bool, share: float) -> None:
    mean, extracted = RNG.normal(size=(2, 512)).astype(np.float32)
    fit = Fit(
        FitChoice(kind, 128 if axes else 0),
        mean,
        RNG.normal(size=(512, 128)).astype(np.float32) if axes else None,
        share=share,
    )
    names = {
        "extracted": extracted,
        "mean": mean,
        "axes": fit.axes,
        "share": share,
        "sqrt": np.sqrt,
        "unit": lambda vector: vector / np.linalg.norm(vector),
    }
    said = recipe(snapshot_of("avg", fit=fit))["fit"]["fitted"]
    parts = eval(f"({said.removeprefix('concatenated: ')},)", names)
    assert np.allclose(np.concatenate(parts), fit.apply(extracted[None])[0], atol=1e-5)
