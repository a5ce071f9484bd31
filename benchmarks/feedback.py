"""Three rounds of relevance feedback by a simulated user, with folder names as labels.

Each query is an image of the gallery. In each round the user looks at the first 30 results and
marks them as right, of the same folder as the query, or wrong; the next search follows all marks so
far. Four curves of the mean precision@30, over the same queries:

* ``seen``: of what the user sees. What is wrong is gone and what is right stays, so part of the
  gain is only the taking away;
* ``taken away``: the same rounds with a query that does not move: just that part;
* ``residual``: without everything that was marked so far (the residual collection; Salton, Buckley
  1990), beside the original query on the very same images (``unmoved``). Each round leaves fewer
  of the right ones to find, so only the two columns are to be compared, not the rounds;
* ``held out``: the user sees one half of the gallery, the precision is measured on the other, of
  which nothing is ever marked (test and control groups; Manning et al. 2008, section 9.1.5). The
  rounds are to be compared.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import Settings
from core.datasets import copy_sample
from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from core.search import closest_rows, rocchio
from core.search.feedback import ALPHA, BETA, GAMMA
from core.types import Array, Rows

ROUNDS = 3
MATCHES = 30
QUERIES = 500
WEIGHTS = {
    "ours": (ALPHA, BETA, GAMMA),
    "the textbook's": (1.0, 0.75, 0.15),
    "without the wrong": (1.0, 0.75, 0.0),
    "wrong a little more": (1.0, 0.75, 0.6),
    "wrong as much as right": (1.0, 0.75, 0.75),
    "right a third": (1.0, 0.25, 0.15),
    "right twice": (1.0, 1.5, 0.15),
    "right and wrong twice": (1.0, 1.5, 0.3),
    "right four times": (1.0, 3.0, 0.15),
    "right four times, wrong as much as the query": (1.0, 3.0, 1.0),
    "only the marks": (0.0, 0.75, 0.15),
}

Weights = tuple[float, float, float]
Curve = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Simulation:
    """A labelled gallery and the queries that are asked of it.

    Args:
        snapshot: The index; the folder of an image is its label.
        within: Queries are drawn from this folder of the library and below; ``""`` is all of it.
        queries: How many, at most.
        matches: How many results the user looks at, and the cutoff of the precision.
        marks: How many of them the user marks in each round: the first without a mark.
        only_wrong: Whether the user marks only what is wrong.
        seed: Of the sample, and of the halves.
    """

    def __init__(
        self,
        snapshot: IndexSnapshot,
        *,
        within: str = "",
        queries: int = QUERIES,
        matches: int = MATCHES,
        marks: int = MATCHES,
        only_wrong: bool = False,
        seed: int = 0,
    ) -> None:
        self._matrix = np.asarray(snapshot.matrix)
        self._matches, self._marks, self._only_wrong = matches, marks, only_wrong
        folders = [image.path.rpartition("/")[0] for image in snapshot.images]
        names, self._labels, counts = np.unique(folders, return_inverse=True, return_counts=True)
        below = f"{within}/" if within else ""
        asked = [
            row
            for row, label in enumerate(self._labels)
            if counts[label] > 1 and f"{names[label]}/".startswith(below)
        ]
        generator = np.random.default_rng(seed)
        self.queries = np.sort(generator.permutation(asked)[:queries])
        self.classes = len(np.unique(self._labels[self.queries]))
        self._shown_half = generator.random(len(folders)) < 0.5

    def fair_curves(self, weights: Weights) -> dict[str, Curve]:
        """The ``residual``, ``unmoved`` and ``held out`` precision of each query.

        Args:
            weights: Of the query, the right and the wrong, see ``core.search.rocchio``.

        Returns:
            Each ``(queries, ROUNDS + 1)``.
        """
        found: dict[str, list[list[float]]] = {"residual": [], "unmoved": [], "held out": []}
        for row in self.queries:
            others = self._others(row)
            query = self._matrix[row : row + 1]
            rounds = self._rounds(row, weights, others)
            rest = [_without(others, right, wrong) for _, right, wrong in rounds]
            found["residual"].append(
                [
                    self._precision(row, now, there)
                    for (now, *_), there in zip(rounds, rest, strict=True)
                ]
            )
            found["unmoved"].append([self._precision(row, query, there) for there in rest])
            found["held out"].append(
                [
                    self._precision(row, now, others & ~self._shown_half)
                    for now, *_ in self._rounds(row, weights, others & self._shown_half)
                ]
            )
        return {name: np.array(curve) for name, curve in found.items()}

    def seen(self, weights: Weights) -> Curve:
        """The precision of each query of what the user sees, ``(queries, ROUNDS + 1)``.

        Args:
            weights: See ``fair_curves``.
        """
        return np.array(
            [
                [
                    self._precision(row, now, _without(self._others(row), wrong))
                    for now, _, wrong in self._rounds(row, weights, self._others(row))
                ]
                for row in self.queries
            ]
        )

    def _rounds(self, row: int, weights: Weights, pool: Mask) -> list[tuple[Array, Rows, Rows]]:
        """The query, what is right and what is wrong: at first and after each round."""
        alpha, beta, gamma = weights
        query = now = self._matrix[row : row + 1]
        right = wrong = np.empty(0, np.int64)
        rounds = [(now, right, wrong)]
        for _ in range(ROUNDS):
            seen = self._closest(now, _without(pool, wrong))
            unmarked = ~np.isin(seen, right)
            if self._only_wrong:
                unmarked &= self._labels[seen] != self._labels[row]
            seen = seen[unmarked][: self._marks]
            is_right = self._labels[seen] == self._labels[row]
            right = np.concatenate([right, seen[is_right]])
            wrong = np.concatenate([wrong, seen[~is_right]])
            now = rocchio(
                query,
                self._matrix[right],
                self._matrix[wrong],
                alpha=alpha,
                beta=beta,
                gamma=gamma,
            )
            rounds.append((now, right, wrong))
        return rounds

    def _others(self, row: int) -> Mask:
        return _without(np.ones(len(self._matrix), bool), np.array([row]))

    def _closest(self, query: Array, pool: Mask) -> Rows:
        return closest_rows(self._matrix, query, self._matches, among=np.flatnonzero(pool))[1]

    def _precision(self, row: int, query: Array, pool: Mask) -> float:
        closest = self._closest(query, pool)
        return np.count_nonzero(self._labels[closest] == self._labels[row]) / self._matches


def measure_feedback(
    snapshot: IndexSnapshot, *, compare: bool = False, matches: int = MATCHES, **options: Any
) -> None:
    """Print the curves, and on demand what other weights of the marks would give.

    Args:
        snapshot: An index of a labelled library.
        compare: Whether to try all ``WEIGHTS``.
        matches: See ``Simulation``.
        options: Of ``Simulation``.
    """
    simulation = Simulation(snapshot, matches=matches, **options)
    print(
        f"\nfeedback, {len(simulation.queries)} queries of {simulation.classes} kinds in "
        f"{len(snapshot.images):,} images, precision@{matches} after rounds 0 to {ROUNDS}; "
        f"{snapshot.space}"
    )
    ours = (ALPHA, BETA, GAMMA)
    curves = {
        "seen": simulation.seen(ours),
        "taken away": simulation.seen((ALPHA, 0.0, 0.0)),
        **simulation.fair_curves(ours),
    }
    for name, values in curves.items():
        error = 1.96 * values.std(axis=0, ddof=1).max() / len(values) ** 0.5
        print(f"  {name:10}  {_line(values)}  ±{error:.3f}")
    if compare:
        print("  query, right, wrong: residual, held out")
        for name, weights in WEIGHTS.items():
            fair = simulation.fair_curves(weights)
            said = ", ".join(f"{weight:g}" for weight in weights)
            print(f"  {said:15}  {_line(fair['residual'])}  {_line(fair['held out'])}  {name}")


def _without(pool: Mask, *gone: Rows) -> Mask:
    rest = pool.copy()
    for rows in gone:
        rest[rows] = False
    return rest


def measure_sample_feedback(folder: Path) -> None:
    """Print the curves over the sample gallery, by its colours.

    Args:
        folder: For the gallery and its index.
    """
    copy_sample(folder / "feedback-gallery")
    engine = ImageSearchEngine(Settings(features=folder / "feedback-features", descriptor="hsv"))
    engine.index(folder / "feedback-gallery")
    # A half of the gallery has 7 or 8 pictures of each kind.
    measure_feedback(engine.require_snapshot(), matches=5)


def _line(values: NDArray[np.float64]) -> str:
    return "  ".join(f"{value:.3f}" for value in values.mean(axis=0))


def main() -> None:
    """Measure an index that there is."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.feedback", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--features", type=Path, required=True, help="features folder of the index")
    parser.add_argument("--gallery", help="which of its galleries")
    parser.add_argument("--within", default="", help="folder of the library to draw queries from")
    parser.add_argument("--queries", type=int, default=QUERIES)
    parser.add_argument("--matches", type=int, default=MATCHES)
    parser.add_argument("--marks", type=int, default=MATCHES, help="marks in each round")
    parser.add_argument(
        "--only-wrong", action="store_true", help="the user marks only what is wrong"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compare", action="store_true", help="try other weights of the marks")
    options = parser.parse_args()
    engine = ImageSearchEngine(Settings(features=options.features, gallery=options.gallery))
    measure_feedback(
        engine.require_snapshot(),
        within=options.within.strip("/"),
        queries=options.queries,
        matches=options.matches,
        marks=options.marks,
        only_wrong=options.only_wrong,
        seed=options.seed,
        compare=options.compare,
    )


if __name__ == "__main__":
    main()
