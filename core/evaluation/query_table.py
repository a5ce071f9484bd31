"""How well each query was answered, as CSV."""

import csv
import io

from ..media import escape_formula
from .answers import Answers
from .measures import average_precision, precision_at

_CUTOFFS = (1, 10, 30)
QUERY_COLUMNS = (
    *("image", "label", "average precision"),
    *(f"precision@{k}" for k in _CUTOFFS),
    *("first wrong", "its rank"),
)


class QueryTable:
    """A line for each query, in the order of the rows of the gallery."""

    def __init__(self) -> None:
        self._lines: dict[int, tuple[str, ...]] = {}

    def add(self, answers: Answers) -> None:
        """Measure the answers to some queries."""
        columns = [average_precision(answers.relevant)]
        columns += [precision_at(answers.relevant, k) for k in _CUTOFFS]
        paths, labels = answers.truth.paths, answers.truth.labels
        for row, (wrong, place), *values in zip(
            answers.queries.tolist(), answers.first_wrong().tolist(), *columns, strict=True
        ):
            self._lines[row] = (
                *(escape_formula(paths[row]), escape_formula(str(labels[row]))),
                *(f"{value:.6f}" for value in values),
                *((escape_formula(paths[wrong]), str(place + 1)) if wrong >= 0 else ("", "")),
            )

    def content(self) -> bytes:
        """The CSV file, with a header of ``QUERY_COLUMNS``; see ``measures_table``."""
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(QUERY_COLUMNS)
        lines.writerows(line for _, line in sorted(self._lines.items()))
        return text.getvalue().encode("utf-8", "surrogateescape")
