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
  which nothing is ever marked (test and control groups; Manning et al. 2008, section 9.1.4). The
  rounds are to be compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import Settings
from core.descriptors import Array
from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from core.feedback import ALPHA, BETA, GAMMA, follow
from core.indexes import ExactIndex, Rows
from core.sample import draw_gallery

ROUNDS = 3
MATCHES = 30
QUERIES = 500
WEIGHTS = {
    "the textbook's": (ALPHA, BETA, GAMMA),
    "without the wrong": (ALPHA, BETA, 0.0),
    "wrong count three times as much": (ALPHA, BETA, 0.45),
    "wrong count as much as right": (ALPHA, BETA, 0.75),
    "right count a third": (ALPHA, 0.25, GAMMA),
    "right count twice as much": (ALPHA, 1.5, GAMMA),
    "right count four times as much": (ALPHA, 3.0, GAMMA),
    "only the right and the wrong": (0.0, BETA, GAMMA),
    "twice both": (ALPHA, 1.5, 0.3),
    "four times right, wrong as much as the query": (ALPHA, 3.0, 1.0),
}

Mover = Callable[[Array, Array, Array], Array]


class Simulation:
    """A labelled gallery and the queries that are asked of it.

    Args:
        snapshot: The index; the folder of an image is its label.
        within: Queries are drawn from this folder of the library and below; ``""`` is all of it.
        queries: How many, at most.
        matches: How many results the user looks at, and the cutoff of the precision.
        marks: How many of them the user marks in each round: the first without a mark.
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
        seed: int = 0,
    ) -> None:
        self._matrix = np.asarray(snapshot.matrix)
        self._index = ExactIndex(self._matrix)
        self._matches, self._marks = matches, marks
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
        self._marked_half = generator.random(len(folders)) < 0.5

    def curves(self, weights: tuple[float, float, float]) -> dict[str, NDArray[np.float64]]:
        """Precision after each round, ``(queries, ROUNDS + 1)``, of each curve.

        Args:
            weights: Of the query, the right and the wrong, see ``core.feedback.follow``.
        """
        alpha, beta, gamma = weights

        def moving(query: Array, right: Array, wrong: Array) -> Array:
            return follow(query, right, wrong, alpha=alpha, beta=beta, gamma=gamma)

        everything = np.arange(len(self._matrix))
        of_query = [self._of_query(row, moving, everything) for row in self.queries]
        return {
            name: np.array([curves[name] for curves in of_query])
            for name in ("seen", "taken away", "residual", "unmoved", "held out")
        }

    def _of_query(self, row: int, moving: Mover, everything: Rows) -> dict[str, list[float]]:
        others = everything[everything != row]
        query = self._matrix[row : row + 1]
        found: dict[str, list[float]] = {"residual": [], "unmoved": []}
        found["seen"] = []
        for now, marked in self._rounds(row, moving, others):
            rest = others[~np.isin(others, marked[0]) & ~np.isin(others, marked[1])]
            wanted = others[~np.isin(others, marked[1])]
            found["seen"].append(self._precision(row, now, wanted))
            found["residual"].append(self._precision(row, now, rest))
            found["unmoved"].append(self._precision(row, query, rest))
        found["taken away"] = [
            self._precision(row, now, others[~np.isin(others, wrong)])
            for now, (_, wrong) in self._rounds(row, lambda query, *_: query, others)
        ]
        shown = others[self._marked_half[others]]
        held_out = others[~self._marked_half[others]]
        found["held out"] = [
            self._precision(row, now, held_out) for now, _ in self._rounds(row, moving, shown)
        ]
        return found

    def _rounds(
        self, row: int, moving: Mover, among: Rows
    ) -> list[tuple[Array, tuple[Rows, Rows]]]:
        """The query and the marks, right and wrong, before the first and after each round."""
        query = now = self._matrix[row : row + 1]
        right = wrong = np.empty(0, np.int64)
        rounds = [(now, (right, wrong))]
        for _ in range(ROUNDS):
            seen = self._closest(now, among[~np.isin(among, wrong)])
            seen = seen[~np.isin(seen, right)][: self._marks]
            is_right = self._labels[seen] == self._labels[row]
            right = np.union1d(right, seen[is_right])
            wrong = np.union1d(wrong, seen[~is_right])
            now = moving(query, self._matrix[right], self._matrix[wrong])
            rounds.append((now, (right, wrong)))
        return rounds

    def _closest(self, query: Array, among: Rows) -> Rows:
        return self._index.search(query, self._matches, among=among)[1][0]

    def _precision(self, row: int, query: Array, among: Rows) -> float:
        closest = self._closest(query, among)
        return np.count_nonzero(self._labels[closest] == self._labels[row]) / self._matches


def measure_feedback(
    snapshot: IndexSnapshot,
    *,
    within: str = "",
    queries: int = QUERIES,
    matches: int = MATCHES,
    marks: int = MATCHES,
    seed: int = 0,
    compare: bool = False,
) -> None:
    """Print the curves, and on demand what other weights of the marks would give.

    Args:
        snapshot: An index of a labelled library.
        within: See ``Simulation``.
        queries: See ``Simulation``.
        matches: See ``Simulation``.
        marks: See ``Simulation``.
        seed: See ``Simulation``.
        compare: Whether to try all ``WEIGHTS``.
    """
    simulation = Simulation(
        snapshot, within=within, queries=queries, matches=matches, marks=marks, seed=seed
    )
    print(
        f"\nfeedback, {len(simulation.queries)} queries of {simulation.classes} kinds in "
        f"{len(snapshot.images):,} images, {marks} marks a round, precision@{matches} after "
        f"rounds 0 to {ROUNDS}; {snapshot.space}"
    )
    for name, values in simulation.curves((ALPHA, BETA, GAMMA)).items():
        error = 1.96 * values.std(axis=0, ddof=1).max() / len(values) ** 0.5
        print(f"  {name:10}  {_line(values)}  ±{error:.3f}")
    if compare:
        print("  query, right, wrong: residual, held out")
        for name, weights in WEIGHTS.items():
            curves = simulation.curves(weights)
            said = ", ".join(f"{weight:g}" for weight in weights)
            print(f"  {said:15}  {_line(curves['residual'])}  {_line(curves['held out'])}  {name}")


def measure_drawn_feedback(folder: Path) -> None:
    """Print the curves over drawn flowers, by their colours.

    Args:
        folder: For the gallery and its index.
    """
    draw_gallery(folder / "feedback-gallery", count=600)
    engine = ImageSearchEngine(Settings(features=folder / "feedback-features", descriptor="hsv"))
    engine.index(folder / "feedback-gallery")
    measure_feedback(engine.require_snapshot())


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
        seed=options.seed,
        compare=options.compare,
    )


if __name__ == "__main__":
    main()
