"""Stanford Online Products and CUB-200-2011, as papers of metric learning split them.

Every picture of the test set asks all others of it. Recall@K is the share of the queries that have
a right picture among their first K (Oh Song et al. 2016).
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..evaluation import any_in_first
from .classes import queries_of
from .files import file_in, lines_of, unusable
from .pictures import Pictures
from .protocol import Measure, Protocol

_FIRST_TEST_BIRD = 101
T = TypeVar("T")


def read_products(folder: Path, pictures: Pictures) -> tuple[Protocol, ...]:
    """The products of ``Ebay_test.txt``."""
    file = file_in(folder, "Ebay_test.txt", source="cvgl.stanford.edu/projects/lifted_struct")
    # The first line names the columns: image_id, class_id, super_class_id, path.
    rows = _table(file, lines_of(file)[1:], lambda _image, label, _kind, path: (path, int(label)))
    labels = {pictures[path]: label for path, label in rows}
    return (_protocol("Stanford Online Products", labels, (1, 10, 100, 1000), 60_502),)


def read_cub(folder: Path, pictures: Pictures) -> tuple[Protocol, ...]:
    """The birds of the classes 101 to 200, by ``images.txt`` and ``image_class_labels.txt``."""
    source = "www.vision.caltech.edu/datasets/cub_200_2011"
    file, images = (
        file_in(folder, name, source=source) for name in ("image_class_labels.txt", "images.txt")
    )
    classes = dict(_table(file, lines_of(file), lambda image, label: (image, int(label))))
    names = dict(_table(images, lines_of(images), lambda image, path: (image, path)))
    if missing := classes.keys() - names.keys():
        raise unusable(images, f"no picture {min(missing)}")
    labels = {
        pictures[names[image]]: label
        for image, label in classes.items()
        if label >= _FIRST_TEST_BIRD
    }
    return (_protocol("CUB-200-2011", labels, (1, 2, 4, 8), 5924),)


def _protocol(name: str, labels: dict[str, int], at: tuple[int, ...], size: int) -> Protocol:
    measures: dict[str, Measure] = {f"Recall@{k}": partial(any_in_first, k=k) for k in at}
    return Protocol(name, queries_of(labels, itself=False), tuple(labels), measures, size)


def _table(file: Path, lines: list[str], row: Callable[..., T]) -> list[T]:
    """What a function makes of the columns of each line."""
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(row(*line.split()))
        except (TypeError, ValueError) as error:
            raise unusable(file, f"row {number}: {line[:80]!r}") from error
    return rows
