"""Comparison of descriptors and whitenings on one gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import LibraryError
from core.evaluation import (
    BASELINES,
    Representation,
    compare,
    evaluate,
    ground_truth,
    representation_of,
)
from core.model import DESCRIPTORS, fit_whitening
from core.types import Array, Progress
from tests.fakes import fake_extractor

FROM_ONE_PASS = {name for name, one in DESCRIPTORS.items() if one.layer == "block5_pool"}


def engine_in(folder: Path, library: Path, **settings: object) -> ImageSearchEngine:
    """An engine with an indexed library; a fake extractor gives the features."""
    engine = ImageSearchEngine(
        Settings(features=folder, weights="random", **settings),  # type: ignore[arg-type]
        make_extractor=fake_extractor,
    )
    engine.index(library)
    return engine


@pytest.fixture
def engine(library: Path, tmp_path: Path) -> ImageSearchEngine:
    return engine_in(tmp_path / "features", library)


@pytest.fixture
def by_colours(library: Path, tmp_path: Path) -> ImageSearchEngine:
    return engine_in(tmp_path / "colours", library, descriptor="hsv")


def test_every_descriptor_of_the_pass_is_measured_as_it_is_and_whitened(
    engine: ImageSearchEngine,
) -> None:
    found = compare(engine, self_check_images=5)
    expected = {Representation(name, whiten) for name in FROM_ONE_PASS for whiten in (0, 256)}
    assert set(found.evaluations) == set(found.self_checks) == expected
    assert found.unlabelled is None
    snapshot, features = engine.features()
    assert next(iter(found.evaluations)) == representation_of(snapshot) == Representation("avg", 0)
    truth = ground_truth(snapshot)
    assert found.evaluations[Representation("avg", 0)] == evaluate(snapshot.matrix, truth)
    assert found.evaluations[Representation("max", 0)] == evaluate(features["max"], truth)
    whitened = fit_whitening(features["max"], 256).apply(features["max"])
    assert found.evaluations[Representation("max", 256)] == evaluate(whitened, truth)
    for check in found.self_checks.values():
        assert check.images == 5
        assert check.recalls["unchanged"]["recall@1"].mean == 1.0
    best = max(found.evaluations.values(), key=lambda one: one.measures["mAP"].mean)
    assert found.evaluations[found.best] == best


def test_the_representation_of_the_index_is_measured_as_it_is_searched(
    library: Path, tmp_path: Path
) -> None:
    engine = engine_in(tmp_path / "features", library, whiten=64)
    found = compare(engine, others=False)
    snapshot = engine.require_snapshot()
    assert list(found.evaluations) == [Representation("avg", 64)]
    assert found.evaluations[Representation("avg", 64)] == evaluate(
        snapshot.matrix, ground_truth(snapshot)
    )
    expected = {Representation(name, whiten) for name in FROM_ONE_PASS for whiten in (0, 256)}
    assert set(compare(engine).evaluations) == expected | {Representation("avg", 64)}


def test_baselines_are_what_an_index_of_them_measures(
    engine: ImageSearchEngine, by_colours: ImageSearchEngine, library: Path
) -> None:
    hsv, steps = Representation("hsv", 0), list[Progress]()
    found = compare(
        engine, self_check_images=4, others=False, baselines=True, progress=steps.append
    )
    assert {one.descriptor for one in found.evaluations} == {"avg", *BASELINES}
    alone = compare(by_colours, self_check_images=4, others=False)
    assert list(alone.evaluations) == [hsv]
    assert found.evaluations[hsv] == alone.evaluations[hsv]
    assert found.self_checks[hsv] == alone.self_checks[hsv]
    assert [step.stage for step in steps][:: len(steps) - 1] == ["extracting", "evaluating"]
    assert (steps[-1].done, steps[-1].total) == (3 * 40, 3 * 40)
    # A missing file has features far from all others, and the measurement goes on.
    (library / "red" / "red-00.png").unlink()
    without = compare(engine, others=False, baselines=True).evaluations[hsv]
    assert without.queries == 40
    assert without.measures["mAP"].mean < found.evaluations[hsv].measures["mAP"].mean


def test_without_labels_the_self_check_tells_which_is_best(library: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in library.rglob("*.png"):
        (flat / path.name).write_bytes(path.read_bytes())
    engine = engine_in(tmp_path / "features", flat)
    with pytest.raises(LibraryError, match="at least two labels"):
        compare(engine)
    found = compare(engine, self_check_images=6)
    assert found.evaluations == {}
    assert found.unlabelled is not None
    assert "at least two labels" in found.unlabelled
    best = max(found.self_checks.values(), key=lambda one: one.recall_at_1)
    assert found.self_checks[found.best] == best


def test_the_best_representation_is_adopted_without_reading_the_images_again(
    engine: ImageSearchEngine, library: Path
) -> None:
    report = engine.index(library, descriptor="max", whiten=64)
    assert report.extracted == 0
    snapshot = engine.require_snapshot()
    assert representation_of(snapshot) == Representation("max", 64)
    assert snapshot.matrix.shape == (40, 64)
    # An update keeps it.
    engine.index(library)
    assert representation_of(engine.require_snapshot()) == Representation("max", 64)
    engine.index(library, descriptor="avg", whiten=0)
    assert representation_of(engine.require_snapshot()) == Representation("avg", 0)


def test_representations_have_names() -> None:
    assert str(Representation("gem", 0)) == "gem"
    assert str(Representation("gem", 256)) == "gem, whitened to 256"


def test_features_of_the_pass_are_not_the_same(engine: ImageSearchEngine) -> None:
    """Otherwise the tests above would not see a wrong descriptor."""
    _, features = engine.features()
    assert set(features) == FROM_ONE_PASS
    rows: list[Array] = list(features.values())
    assert all(not np.allclose(rows[0], other) for other in rows[1:])
