"""Measures of what is learnt from labels, with queries that were held out of the learning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import LibraryError
from core.evaluation import (
    Comparison,
    Evaluation,
    GroundTruth,
    Representation,
    Scorer,
    can_learn,
    evaluate,
    evaluate_held_out,
    held_out,
    held_out_gain,
)
from core.feature_store import find_neighbours
from core.model import CENTRE, FOLDERS, NEIGHBOURS, Fit, FitChoice, l2_normalise, learn_fit
from core.types import Array
from tests.fakes import fake_extractor

CHOICE = FitChoice(FOLDERS, 8)


def truth_of(labels: Sequence[str | None], files: Sequence[object] = ()) -> GroundTruth:
    names = tuple(f"{row:04}" for row in range(len(labels)))
    return GroundTruth(names, tuple(labels), tuple(map(str, files)) or names)


def rows_of(labels: Sequence[str | None], seed: int, *, signal: float) -> Array:
    """Rows that their labels have in common by ``signal``, below much that they have not."""
    rng = np.random.default_rng(seed)
    centres = {label: rng.normal(size=24) for label in sorted({str(one) for one in labels})}
    noise = rng.normal(size=(len(labels), 24)) * np.linspace(0.5, 3, 24)
    rows = noise + signal * np.stack([centres[str(label)] for label in labels])
    return l2_normalise(rows.astype(np.float32))


def mean_precision(found: Evaluation) -> float:
    return found.measures["mAP"].mean


def test_labels_to_learn_from_are_two_of_ten_files_each() -> None:
    assert can_learn(truth_of([*"a" * 10, *"b" * 10]))
    assert can_learn(truth_of([*"a" * 30, *"b" * 10, *"c" * 2, None]))
    assert not can_learn(truth_of([*"a" * 30, *"b" * 9, *"c" * 9]))
    assert not can_learn(truth_of([*"a" * 10, *[None] * 10]))
    copies = [*range(19), 18]
    assert not can_learn(truth_of([*"a" * 10, *"b" * 10], copies))


class Recorder:
    """Learns, and keeps what it was given and what came out."""

    def __init__(self) -> None:
        self.calls: list[tuple[set[bytes], Sequence[str | None], Fit]] = []

    def __call__(self, features: Array, choice: FitChoice, labels: Sequence[str | None]) -> Fit:
        fit = learn_fit(features, choice, labels)
        self.calls.append(({row.tobytes() for row in features}, labels, fit))
        return fit


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(held_out, "learn_fit", recorder)
    return recorder


@pytest.mark.parametrize("ranking", ["distance", "neighbourhood"])
def test_each_query_asks_the_images_that_taught_a_fit_which_did_not_see_it(
    ranking: str, recorder: Recorder
) -> None:
    labels: list[str | None] = [*"aaaabbbc" * 8, None, None]
    truth, features = truth_of(labels), rows_of(labels, 1, signal=2)
    found = evaluate_held_out(features, truth, CHOICE, ranking=ranking)
    assert (found.images, found.queries) == (66, 64)
    assert len(recorder.calls) == 5
    expected = []
    for query in range(64):
        content = features[query].tobytes()
        ((taught, fit),) = [
            (taught, fit) for taught, _, fit in recorder.calls if content not in taught
        ]
        gallery = [row for row in range(66) if features[row].tobytes() in taught]
        matrix = fit.apply(features[gallery])
        near = find_neighbours(matrix) if ranking == "neighbourhood" else None
        scores = Scorer(matrix, near).scores(fit.apply(features[query][None]))[0]
        ranked = sorted(range(len(gallery)), key=lambda place: -scores[place])
        hits = [
            place for place, number in enumerate(ranked) if labels[gallery[number]] == labels[query]
        ]
        expected.append(np.mean([(n + 1) / (place + 1) for n, place in enumerate(hits)]))
    assert found.average_precisions == pytest.approx(expected)


def test_folds_are_even_and_the_same_each_time(recorder: Recorder) -> None:
    labels = [*"a" * 20, *"b" * 13, *"c" * 7]
    truth, features = truth_of(labels), rows_of(labels, 2, signal=1)
    first = evaluate_held_out(features, truth, CHOICE)
    for _, taught, _ in recorder.calls:
        counts = Counter(taught)
        assert counts["a"] == 16
        assert counts["b"] in (10, 11)
        assert counts["c"] in (5, 6)
    assert evaluate_held_out(features, truth, CHOICE) == first
    assert evaluate_held_out(features, truth, CHOICE, seed=1) != first


def test_copies_of_a_query_are_held_out_with_it(recorder: Recorder) -> None:
    files = [*range(40), *range(40)]
    labels = ["abcd"[file % 4] for file in files]
    # Some copies have another label, in another folder.
    labels[40:50] = ["e"] * 10
    features = rows_of(labels[:40], 3, signal=1)[files]
    evaluate_held_out(features, truth_of(labels, files), CHOICE)
    taught = [content for content, _, _ in recorder.calls]
    for row in features:
        assert sum(row.tobytes() in content for content in taught) == 4


def test_a_few_images_of_each_label_teach(recorder: Recorder) -> None:
    labels: list[str | None] = [*"a" * 20, *"b" * 30, *"c" * 4, None]
    truth, features = truth_of(labels), rows_of(labels, 4, signal=1)
    evaluate_held_out(features, truth, CHOICE, images_a_label=5)
    for content, taught, _ in recorder.calls:
        counts = Counter(label for label in taught if label)
        assert (counts["a"], counts["b"]) == (5, 5)
        assert counts["c"] in (3, 4)
        # The others of the four folds are there, without a label.
        assert len(content) == len(taught) > 40


def test_labels_that_say_nothing_gain_nothing() -> None:
    rng = np.random.default_rng(5)
    labels = rng.choice([*"abcd"], 120).tolist()
    truth, features = truth_of(labels), rows_of(["same"] * 120, 5, signal=0)
    learnt = learn_fit(features, CHOICE, labels).apply(features)
    centred = evaluate(learn_fit(features, FitChoice.of(CENTRE)).apply(features), truth)
    # The images that taught it find each other.
    assert mean_precision(evaluate(learnt, truth)) > mean_precision(centred) + 0.005
    assert abs(mean_precision(evaluate_held_out(features, truth, CHOICE)) - 0.27) < 0.03
    gain = held_out_gain(features, truth).gain
    assert gain.low < 0.02
    assert gain.mean < 0.03


def test_a_gain_from_labels_of_chance_is_not_sure_and_not_the_best(
    library: Path, tmp_path: Path
) -> None:
    labels = np.random.default_rng(3).choice([*"abcd"], 120).tolist()
    truth, features = truth_of(labels), rows_of(["same"] * 120, 3, signal=0)
    fit = learn_fit(features, FitChoice.of(CENTRE))
    centred, learnt = (
        evaluate(fit.apply(features), truth),
        evaluate_held_out(features, truth, CHOICE),
    )
    assert learnt.gain_over(centred).low > 0
    assert not learnt.surely_better_than(centred)
    engine = ImageSearchEngine(
        Settings(features=tmp_path / "features", weights="random"), make_extractor=fake_extractor
    )
    engine.index(library)
    measured = {
        Representation("rmac", FitChoice.of(CENTRE)): centred,
        Representation("rmac", CHOICE): learnt,
    }
    found = Comparison(engine.require_snapshot(), truth, "folders", measured, {}, {})
    assert found.recommendation(Representation("rmac", FitChoice.of(CENTRE))) is None


def test_near_copies_do_not_make_chance_labels_help(recorder: Recorder) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        labels: list[str | None] = rng.choice([*"abcd"], 120).tolist()
        features = rows_of(["same"] * 120, seed, signal=0)
        copies = features[:40] + rng.normal(0, 0.002, (40, features.shape[1]))
        features = np.concatenate([features, l2_normalise(copies.astype(np.float32))])
        apart = truth_of(labels + labels[:40])
        together = replace(apart, groups=apart.ids[:120] + apart.ids[:40])
        recorder.calls.clear()
        found = held_out_gain(features, together, sample=None)
        assert not found.sure
        for taught, _, _ in recorder.calls:
            for row in range(40):
                assert (features[row].tobytes() in taught) == (
                    features[120 + row].tobytes() in taught
                )
        # On both sides, they are right answers that nothing was learnt for.
        firsts = [
            one.learnt.measures["precision@1"].mean
            for one in (held_out_gain(features, apart, sample=None), found)
        ]
        assert firsts[0] > firsts[1] + 0.2


def test_chance_labels_help_only_where_near_copies_are_apart() -> None:
    """A tenth of the pictures are near-copies, filed with their originals."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        original = np.concatenate([np.arange(180), rng.choice(180, 20, replace=False)])
        rows = rng.normal(size=(180, 128))[original]
        rows[180:] += 0.3 * rng.normal(size=(20, 128))
        features = l2_normalise(rows.astype(np.float32))
        labels = rng.choice([*"abcdefghijkl"], 180)[original].tolist()
        apart = truth_of(labels)
        together = replace(apart, groups=tuple(apart.ids[row] for row in original.tolist()))
        assert held_out_gain(features, apart).sure
        assert not held_out_gain(features, together).sure


def test_labels_may_teach_other_kinds_than_are_measured(recorder: Recorder) -> None:
    labels: list[str | None] = [*"ab" * 30]
    truth, features = truth_of(labels), rows_of(labels, 6, signal=1)
    others = [["x", "y", None][row % 3] for row in range(60)]
    found = evaluate_held_out(features, truth, CHOICE, labels=others)
    assert {label for _, taught, _ in recorder.calls for label in taught} == {"x", "y", None}
    assert found.classes == 2
    same = evaluate_held_out(features, truth, CHOICE, labels=labels)
    assert same == evaluate_held_out(features, truth, CHOICE)


def test_the_gain_is_of_the_same_queries() -> None:
    labels: list[str | None] = [*"abc" * 60]
    truth, features = truth_of(labels), rows_of(labels, 7, signal=1.5)
    seen: list[tuple[int, int]] = []
    found = held_out_gain(
        features, truth, sample=70, progress=lambda done, total: seen.append((done, total))
    )
    assert seen[0] == (0, 140)
    assert seen[-1] == (140, 140)
    assert seen == sorted(seen)
    assert found.label_free.queries == found.learnt.queries == 70
    expected = [
        evaluate_held_out(features, truth, FitChoice.of(kind), sample=70)
        for kind in (NEIGHBOURS, FOLDERS)
    ]
    assert [found.label_free, found.learnt] == expected
    assert found.gain == found.learnt.gain_over(found.label_free)
    assert found.gain.low > 0
    assert found.sure
    assert held_out_gain(features, truth, sample=70) == found


def test_too_few_labels_are_an_error() -> None:
    labels = [*"a" * 40, *"b" * 5]
    features = rows_of(labels, 8, signal=1)
    with pytest.raises(LibraryError, match=r"at least 2 of at least 10.*Received: 2 labels of 45"):
        held_out_gain(features, truth_of(labels))
    copies = replace(truth_of([*"a" * 20, *"b" * 25]), groups=("same",) * 45)
    with pytest.raises(LibraryError, match="Nothing can be learnt"):
        held_out_gain(features, copies)
