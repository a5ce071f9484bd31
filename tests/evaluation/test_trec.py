"""Rankings as files: trec_eval reads from them what we measured."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.evaluation import (
    MEASURES,
    Answers,
    Evaluation,
    GroundTruth,
    evaluate,
    evaluate_held_out,
    falling,
    qrel_lines,
    run_lines,
)
from core.feature_store import find_neighbours
from core.model import FitChoice
from core.model.pooling import l2_normalise
from core.types import Array
from tests.evaluation.test_measures import CORNERS, TREC

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False, min_value=-2, max_value=2)


class Files:
    """What trec_eval is given."""

    def __init__(self, folder: Path) -> None:
        self.run, self.qrels = folder / "run.txt", folder / "qrels.txt"
        self.run.write_bytes(b"")
        self.qrels.write_bytes(b"")

    def look(self, answers: Answers) -> None:
        for path, lines in ((self.run, run_lines(answers)), (self.qrels, qrel_lines(answers))):
            with path.open("ab") as file:
                file.writelines(lines)

    def check(self, found: Evaluation) -> None:
        """trec_eval gets every measure of the evaluation, with the names and scores of the files.

        trec_eval orders by score, ties by descending name; it refuses an image that comes twice.
        """
        lines = [line.split(" ") for line in self.run.read_text().splitlines()]
        assert {len(line) for line in lines} == {6}
        assert len({(query, image) for query, _, image, *_ in lines}) == len(lines)
        run = list(ir_measures.read_trec_run(str(self.run)))
        qrels = list(ir_measures.read_trec_qrels(str(self.qrels)))
        assert len({one.query_id for one in qrels}) == found.queries
        expected = ir_measures.calc_aggregate(TREC.values(), qrels, run)
        for name, measure in TREC.items():
            assert found.measures[name].mean == pytest.approx(expected[measure], abs=1e-9)


def truth_of(labels: list[str], names: list[str] | None = None) -> GroundTruth:
    numbers = tuple(f"{row:04}" for row in range(len(labels)))
    return GroundTruth(tuple(names or numbers), tuple(labels), numbers)


def assert_fall(scores: Array) -> None:
    assert all(before > after for before, after in pairwise(scores.tolist()))


@given(
    images=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, len(CORNERS) - 1)), min_size=4, max_size=60
    )
)
def test_trec_eval_gets_our_measures_on_rankings_with_ties(
    images: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    labels = [label for label, _ in images]
    if len(set(labels)) < 2:
        return
    files = Files(tmp_path_factory.mktemp("trec"))
    matrix = CORNERS[[corner for _, corner in images]]
    files.check(evaluate(matrix, truth_of(labels), look=files.look))


@pytest.mark.parametrize("ranking", ["distance", "neighbourhood"])
def test_copies_other_rankings_and_samples(ranking: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    matrix = l2_normalise(rng.normal(size=(70, 3)).astype(np.float32))
    numbers = tuple(f"{row:04}" for row in range(70))
    labels = tuple("abc"[row % 3] for row in range(70))
    # Every seventh image is the same file.
    ids = tuple("copy" if not row % 7 else numbers[row] for row in range(70))
    truth = GroundTruth(numbers, labels, ids)
    near = find_neighbours(matrix) if ranking == "neighbourhood" else None
    files = Files(tmp_path)
    files.check(evaluate(matrix, truth, neighbours=near, sample=30, look=files.look))
    # No query has itself or a copy of it.
    by_name = dict(zip(numbers, truth.ids, strict=True))
    for line in files.run.read_text().splitlines():
        query, _, image, *_ = line.split()
        assert by_name[query] != by_name[image]


def test_queries_that_are_held_out_ask_the_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    features = l2_normalise(rng.normal(size=(60, 8)).astype(np.float32))
    truth = truth_of(["ab"[row % 2] for row in range(60)])
    files = Files(tmp_path)
    files.check(evaluate_held_out(features, truth, FitChoice.of("folders"), look=files.look))


def test_trec_eval_counts_a_query_to_which_nothing_is_right(tmp_path: Path) -> None:
    every = np.arange(3)
    files = Files(tmp_path)
    files.look(
        Answers(
            truth_of([*"aab"]),
            queries=every[1:],
            gallery=every,
            order=np.array([[0, 2, 1], [1, 0, 2]]),
            relevant=np.array([[True, False, False], [False, False, False]]),
            scores=np.array([[0.9, 1, 0.5], [0.2, 0.3, 1]], np.float32),
            lengths=np.array([2, 2]),
        )
    )
    assert files.run.read_text() == (
        "0001 Q0 0000 1 0.899999976 lookalike\n0002 Q0 0001 1 0.300000012 lookalike\n"
    )
    assert files.qrels.read_text() == "0001 0 0000 1\n0002 0 0001 0\n"
    run = ir_measures.read_trec_run(str(files.run))
    qrels = ir_measures.read_trec_qrels(str(files.qrels))
    assert ir_measures.calc_aggregate([TREC["mAP"]], qrels, run)[TREC["mAP"]] == 0.5


def test_names_have_no_white_space_and_can_be_read_back(tmp_path: Path) -> None:
    names = ["a b/1.jpg", "tab\there", "line\nbreak", "r\xf6slein\u2028.png", "50%20", "\udcff.gif"]
    files = Files(tmp_path)
    files.check(
        evaluate(CORNERS[[0, 1, 2, 3, 4, 0]], truth_of([*"aabbab"], names), look=files.look)
    )
    read = {line.split()[2] for line in files.qrels.read_text().splitlines()}
    assert {unquote(name, errors="surrogateescape") for name in read} == set(names)


def test_a_ranking_ends_with_the_last_right_image(tmp_path: Path) -> None:
    angles = np.radians([0, 1, 3, 50, 60, 70])
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    files = Files(tmp_path)
    files.check(evaluate(matrix, truth_of([*"aabccc"]), look=files.look))
    lines = files.run.read_text().splitlines()
    assert [line.split()[:4] for line in lines[:2]] == [
        ["0000", "Q0", "0001", "1"],
        ["0001", "Q0", "0000", "1"],
    ]
    assert sum(line.startswith("0000 ") for line in lines) == 1


@given(arrays(np.float32, st.integers(0, 40), elements=FINITE))
def test_scores_fall_also_as_text_and_stay_near(scores: Array) -> None:
    scores = -np.sort(-scores)
    found = falling(scores)
    assert found.dtype == np.float32
    assert_fall(found)
    assert_fall(np.array([float(f"{score:.9g}") for score in found.tolist()], np.float32))
    assert (found <= scores).all()
    if (np.diff(scores) < 0).all():
        assert (found == scores).all()


def test_many_ties_around_zero_fall() -> None:
    for value in (0.0, -0.0, 1.0, -1.0, 1e-42):
        assert_fall(falling(np.full(500, value, np.float32)))
    assert_fall(falling(np.array([0.0, -0.0, 0.0, 1e-45], np.float32)))
    # A score that rises by a rounding error is lowered below the one before.
    assert_fall(falling(np.array([0.5, 0.50000006, 0.4], np.float32)))


def test_the_measures_are_all_compared() -> None:
    assert set(TREC) == set(MEASURES)
