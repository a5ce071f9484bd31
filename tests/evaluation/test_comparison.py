"""Comparison of descriptors, fits and rankings on one gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError, LibraryError
from core.evaluation import (
    BASELINES,
    Comparison,
    Estimate,
    GroundTruth,
    Hubness,
    Representation,
    SelfCheck,
    evaluate,
    evaluate_held_out,
    ground_truth,
    representation_of,
)
from core.feature_store import find_neighbours
from core.model import (
    CENTRE,
    DEFAULT_DESCRIPTOR,
    DESCRIPTORS,
    FITS,
    NONE,
    WHITEN,
    FitChoice,
    l2_normalise,
    learn_fit,
)
from core.model import FOLDERS as LEARNT
from core.types import NEIGHBOURHOOD, RANKINGS, Array, Progress
from tests.fakes import fake_extractor, save_kinds

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
    return engine_in(tmp_path / "colours", library, descriptor="hsv", fit=NONE)


def test_every_descriptor_is_measured_with_all_fits_and_rankings(
    engine: ImageSearchEngine,
) -> None:
    found = engine.quality.compare(self_check_images=5)
    expected = {
        Representation(name, FitChoice.of(fit), ranking)
        for name in FROM_ONE_PASS
        for fit in FITS
        for ranking in RANKINGS
    }
    assert set(found.evaluations) == set(found.self_checks) == expected
    assert (found.unlabelled, found.learnt_from) == (None, "folders")
    snapshot, features = engine.features()
    truth, rows = ground_truth(snapshot), features["max"]
    first = Representation(DEFAULT_DESCRIPTOR, FitChoice.of())
    assert next(iter(found.evaluations)) == representation_of(snapshot) == first
    assert found.evaluations[first] == evaluate(snapshot.matrix, truth)
    for check in found.self_checks.values():
        assert check.images == 5
        assert "unchanged" not in check.recalls
    better = found.recommendation(first)
    if better:
        assert better.difference == found.differences_to(first)[better.representation]
        assert better.difference.gain.low > 0

    for fit in map(FitChoice.of, FITS):
        by_distance = found.evaluations[Representation("max", fit)]
        by_neighbourhood = found.evaluations[Representation("max", fit, NEIGHBOURHOOD)]
        if fit.kind == LEARNT:
            assert by_distance == evaluate_held_out(rows, truth, fit)
            assert by_neighbourhood == evaluate_held_out(rows, truth, fit, ranking=NEIGHBOURHOOD)
        else:
            matrix = learn_fit(rows, fit).apply(rows)
            near = find_neighbours(matrix)
            assert by_distance == evaluate(matrix, truth)
            assert by_neighbourhood == evaluate(matrix, truth, neighbours=near)
        # An index with it measures the same.
        engine.index(descriptor="max", fit=fit.kind)
        alone = engine.quality.compare(others=False, ranking=NEIGHBOURHOOD)
        assert list(alone.evaluations) == [Representation("max", fit, NEIGHBOURHOOD)]
        (measured,) = alone.evaluations.values()
        assert measured.average_precisions == pytest.approx(by_neighbourhood.average_precisions)


def test_the_representation_of_the_index_is_measured_as_it_is_searched(
    library: Path, tmp_path: Path
) -> None:
    engine = engine_in(tmp_path / "features", library, fit=WHITEN, fit_size=64)
    found = engine.quality.compare(others=False)
    snapshot = engine.require_snapshot()
    whitened = FitChoice(WHITEN, 64)
    assert list(found.evaluations) == [Representation(DEFAULT_DESCRIPTOR, whitened)]
    assert found.evaluations[Representation(DEFAULT_DESCRIPTOR, whitened)] == evaluate(
        snapshot.matrix, ground_truth(snapshot)
    )
    every = list(engine.quality.compare().evaluations)
    assert every[0] == Representation(DEFAULT_DESCRIPTOR, whitened)
    assert len(every) == len(FROM_ONE_PASS) * len(FITS) * len(RANKINGS) + 1
    # The gallery's own ranking is that of its measures.
    engine.index(ranking=NEIGHBOURHOOD)
    snapshot = engine.require_snapshot()
    own = Representation(DEFAULT_DESCRIPTOR, whitened, NEIGHBOURHOOD)
    assert representation_of(snapshot) == own
    found = engine.quality.compare(self_check_images=8, others=False)
    assert found.evaluations == {
        own: evaluate(snapshot.matrix, ground_truth(snapshot), neighbours=snapshot.neighbours)
    }
    assert found.evaluation_of(snapshot) == found.evaluations[own]
    assert list(found.self_checks) == [own]


def test_what_is_learnt_is_learnt_from_the_labels_of_the_gallery(
    engine: ImageSearchEngine, tmp_path: Path
) -> None:
    """Its measures are by the labels that were asked for."""
    snapshot, features = engine.features()
    file = tmp_path / "labels.csv"
    labels = ["one" if row % 2 else "two" for row in range(40)]
    lines = [f"{image.path},{label}" for image, label in zip(snapshot.images, labels, strict=True)]
    file.write_text("\n".join(["image,label", *lines]))
    learnt = Representation(DEFAULT_DESCRIPTOR, FitChoice.of(LEARNT))
    truth = ground_truth(snapshot)
    from_folders = evaluate_held_out(features[DEFAULT_DESCRIPTOR], truth, learnt.fit)
    engine.index(fit=LEARNT)
    assert engine.quality.compare(others=False).evaluations == {learnt: from_folders}
    from_file = evaluate_held_out(features[DEFAULT_DESCRIPTOR], truth, learnt.fit, labels=labels)
    assert from_file != from_folders
    engine.index(fit=LEARNT, labels=str(file))
    found = engine.quality.compare(others=False)
    assert found.evaluations == {learnt: from_file}
    assert found.learnt_from == str(file)


def test_too_few_images_a_folder_are_not_learnt_from(library: Path, tmp_path: Path) -> None:
    for name in ("red", "blue", "green"):
        (library / name / f"{name}-00.png").unlink()
    found = engine_in(tmp_path / "features", library).quality.compare(sample=5)
    assert {one.fit.kind for one in found.evaluations} == set(FITS) - {LEARNT}


def test_an_unknown_ranking_is_an_error(engine: ImageSearchEngine) -> None:
    with pytest.raises(ConfigurationError, match=r"distance or neighbourhood.*ranking='nearest'"):
        engine.quality.compare(ranking="nearest")


def test_baselines_are_what_an_index_of_them_measures(
    engine: ImageSearchEngine, by_colours: ImageSearchEngine, library: Path
) -> None:
    hsv, steps = Representation("hsv", FitChoice.of(NONE)), list[Progress]()
    found = engine.quality.compare(
        self_check_images=4, others=False, baselines=True, progress=steps.append
    )
    assert {one.descriptor for one in found.evaluations} == {DEFAULT_DESCRIPTOR, *BASELINES}
    alone = by_colours.quality.compare(self_check_images=4, others=False)
    assert list(alone.evaluations) == [hsv]
    assert found.evaluations[hsv] == alone.evaluations[hsv]
    assert found.self_checks[hsv] == alone.self_checks[hsv]
    assert [step.stage for step in steps][:: len(steps) - 1] == ["extracting", "evaluating"]
    assert (steps[-1].done, steps[-1].total) == (3 * 40, 3 * 40)
    # A missing file has features far from all others, and the measurement goes on.
    (library / "red" / "red-00.png").unlink()
    without = engine.quality.compare(others=False, baselines=True).evaluations[hsv]
    assert without.queries == 40
    assert without.measures["mAP"].mean < found.evaluations[hsv].measures["mAP"].mean


def test_without_labels_the_self_check_tells_which_is_best(library: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in library.rglob("*.png"):
        (flat / path.name).write_bytes(path.read_bytes())
    engine = engine_in(tmp_path / "features", flat)
    with pytest.raises(LibraryError, match="at least two labels"):
        engine.quality.compare()
    found = engine.quality.compare(self_check_images=6)
    assert found.evaluations == {}
    assert found.unlabelled is not None
    assert "at least two labels" in found.unlabelled
    best = max(found.self_checks.values(), key=lambda one: one.recall_at_1)
    better = found.recommendation(representation_of(found.snapshot))
    assert better is None or (found.self_checks[better.representation], better.difference) == (
        best,
        None,
    )
    other = next(one for one in found.self_checks if found.self_checks[one] != best)
    better = found.recommendation(other)
    assert better is not None
    assert found.self_checks[better.representation] == best


def recalls(recall: float) -> SelfCheck:
    estimate = Estimate(recall, recall, recall)
    return SelfCheck(1, {"mirror": {"recall@1": estimate}}, ())


@pytest.mark.parametrize(
    ("signal", "recall", "recommended"),
    [
        (2.0, 0.9, True),
        (2.0, 0.885, True),
        # More than 0.02 fewer copies, and no gain that is sure.
        (2.0, 0.875, False),
        (0.02, 0.9, False),
    ],
)
def test_what_loses_copies_or_gains_by_chance_is_not_recommended(
    engine: ImageSearchEngine, signal: float, recall: float, recommended: bool
) -> None:
    snapshot = engine.require_snapshot()
    labels = [*"abcd" * 20]
    truth = GroundTruth(tuple(map(str, range(80))), tuple(labels), tuple(map(str, range(80))))
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(80, 16))
    kinds = np.eye(16)[[ord(label) - ord("a") for label in labels]]
    current, other = (Representation("rmac", FitChoice.of(kind)) for kind in (NONE, CENTRE))
    before, after = (
        evaluate(l2_normalise((noise + kinds * much).astype(np.float32)), truth)
        for much in (0.0, signal)
    )
    assert after.measures["mAP"].mean > before.measures["mAP"].mean
    found = Comparison(
        snapshot,
        truth,
        "folders",
        {current: before, other: after},
        {current: recalls(0.9), other: recalls(recall)},
        {},
    )
    better = found.recommendation(current)
    assert (better is not None) == recommended
    if better:
        assert better.representation == other
        assert better.difference == found.differences_to(current)[other]
    assert found.recommendation(other) is None


def test_the_best_representation_is_adopted_without_reading_the_images_again(
    engine: ImageSearchEngine, library: Path
) -> None:
    report = engine.index(library, descriptor="max", fit=WHITEN, fit_size=64)
    assert report.extracted == 0
    snapshot = engine.require_snapshot()
    assert representation_of(snapshot) == Representation("max", FitChoice(WHITEN, 64))
    assert snapshot.matrix.shape == (40, 64)
    # An update keeps it.
    engine.index(library)
    assert representation_of(engine.require_snapshot()) == representation_of(snapshot)
    engine.index(library, descriptor="gem", fit=NONE)
    assert representation_of(engine.require_snapshot()) == Representation("gem", FitChoice.of(NONE))


def test_representations_have_names() -> None:
    assert str(Representation("gem", FitChoice.of(NONE))) == "gem, none"
    assert str(Representation("gem", FitChoice.of(WHITEN))) == "gem, whiten 256"
    centred = Representation("rmac", FitChoice.of(CENTRE), NEIGHBOURHOOD)
    assert str(centred) == "rmac, centre, neighbourhood"


def test_features_of_the_pass_are_not_the_same(engine: ImageSearchEngine) -> None:
    """Otherwise the tests above would not see a wrong descriptor."""
    _, features = engine.features()
    assert set(features) == FROM_ONE_PASS
    rows: list[Array] = list(features.values())
    assert all(not np.allclose(rows[0], other) for other in rows[1:])


def test_another_gallery_teaches_the_fits(library: Path, tmp_path: Path) -> None:
    """What is learnt from the labels of other pictures is not held out."""
    engine = engine_in(tmp_path / "features", library)
    other = save_kinds(tmp_path / "other", count=60, marked=True)
    engine.index(other, gallery="other", fit=WHITEN, fit_size=64)
    snapshot, features = engine.features("library")
    _, taught = engine.features("other")
    truth, own = ground_truth(snapshot), representation_of(snapshot)
    alone = engine.quality.compare("library", others=False, fit_from="other", self_check_images=4)
    whitened = Representation(DEFAULT_DESCRIPTOR, FitChoice(WHITEN, 64), fit_from="other")
    assert list(alone.evaluations) == list(alone.self_checks) == [whitened]
    fit = learn_fit(taught[DEFAULT_DESCRIPTOR], whitened.fit)
    expected = evaluate(fit.apply(features[DEFAULT_DESCRIPTOR]), truth)
    assert alone.evaluations[whitened] == expected
    assert alone.evaluation_of(snapshot) is None

    found = engine.quality.compare("library", fit_from="other", sample=20)
    assert next(iter(found.evaluations)) == own
    assert own.fit_from is None
    learnt = {one for one in found.evaluations if one.fit_from == "other"}
    assert {one.fit.kind for one in learnt} == set(FITS) - {NONE}
    assert whitened in learnt
    assert all(one.fit.kind == NONE or one == own for one in set(found.evaluations) - learnt)
    by_folders = Representation("max", FitChoice.of(LEARNT), fit_from="other")
    labels = ground_truth(engine.require_snapshot("other")).labels
    fit = learn_fit(taught["max"], by_folders.fit, labels)
    assert found.evaluations[by_folders] == evaluate(fit.apply(features["max"]), truth, sample=20)


def test_hubness_and_differences_of_what_was_measured(engine: ImageSearchEngine) -> None:
    found = engine.quality.compare(sample=15, others=False, baselines=True)
    snapshot = engine.require_snapshot()
    own, colours = representation_of(snapshot), Representation("hsv", FitChoice.of(NONE))
    assert set(found.hubness) == set(found.evaluations)
    assert snapshot.neighbours is not None
    stored = Hubness.of(snapshot.neighbours)
    assert found.hubness[own] == engine.quality.hubness(snapshot) == stored
    assert found.hubness[colours] != stored
    beside = found.differences_to(own)
    assert set(beside) == set(found.evaluations) - {own}
    gain = found.evaluations[colours].gain_over(found.evaluations[own])
    assert beside[colours].gain.mean == pytest.approx(gain.mean)
    assert found.differences_to(own) is beside
    assert found.differences_to(Representation("fc1", own.fit)) == {}
