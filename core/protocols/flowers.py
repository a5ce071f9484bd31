"""Oxford Flowers 102 with its official split (Nilsback, Zisserman 2008).

Every photograph of the test set, ``tstid`` in ``setid.mat``, asks all others of it. The sets for
training and validation are not searched: what learns from their labels has seen no right answer.
"""

from functools import partial
from pathlib import Path

from ..datasets import LABELS, SPLIT_NAME, read_labels, read_test_split
from ..evaluation import any_in_first, average_precision
from .classes import queries_of
from .files import file_in, unusable
from .pictures import Pictures
from .protocol import Measure, Protocol
from .published import MAP

_SOURCE = "www.robots.ox.ac.uk/~vgg/data/flowers/102"


def read_flowers(folder: Path, pictures: Pictures) -> tuple[Protocol, ...]:
    """The test set by ``setid.mat`` and ``imagelabels.mat``, also of ``python -m core flowers``."""
    split, kinds = (file_in(folder, name, source=_SOURCE) for name in (SPLIT_NAME, LABELS.name))
    try:
        numbers = read_test_split(split)
    except (OSError, ValueError) as error:
        raise unusable(split, str(error)) from error
    try:
        labels = read_labels(kinds)
    except (OSError, ValueError) as error:
        raise unusable(kinds, str(error)) from error
    named = {pictures[f"image_{number:05}"]: labels[number - 1] for number in numbers}
    measures: dict[str, Measure] = {
        "Recall@1": partial(any_in_first, k=1),
        MAP: average_precision,
    }
    queries = queries_of(named, itself=False)
    return (Protocol("Oxford Flowers 102, test set", queries, tuple(named), measures, 6149),)
