"""Oxford5k and Paris6k (Philbin et al. 2007, 2008), by the text files of their ground truth.

A query has ``all_souls_1_query.txt``, with the name of a picture and a box, and lists of names:
``_good`` and ``_ok`` are right, ``_junk`` is removed. The picture of a query stays in its ranking,
where it is what the lists say. What is right and not in the index counts as never found, as in
their ``compute_ap``.
"""

from functools import partial
from pathlib import Path

from ..errors import LibraryError
from ..evaluation import trapezoid_average_precision
from .files import lines_of, unusable
from .pictures import Pictures
from .protocol import Box, Protocol, Query
from .published import MAP, OXFORD, PARIS, PUBLISHED

_ENDING = "_query.txt"
# In the name of the picture of each query of Oxford5k.
_PREFIX = "oxc1_"


def _read(name: str, size: int, folder: Path, pictures: Pictures) -> tuple[Protocol, ...]:
    files = sorted(folder.rglob(f"*{_ENDING}"))
    if not files:
        raise LibraryError(
            f"Expected the ground truth of {name} in {folder}, such as all_souls_1{_ENDING}. "
            "Received: none. It comes from www.robots.ox.ac.uk/~vgg/data, with the pictures."
        )
    queries = tuple(_query(file, pictures) for file in files)
    measures = {MAP: trapezoid_average_precision}
    return (Protocol(name, queries, pictures.paths, measures, size, PUBLISHED[name]),)


read_oxford5k = partial(_read, OXFORD, 5062)
# Twenty of the 6,412 files are damaged.
read_paris6k = partial(_read, PARIS, 6392)


def _query(file: Path, pictures: Pictures) -> Query:
    lines = lines_of(file)
    try:
        name, *edges = lines[0].split()
        left, top, right, bottom = map(float, edges)
    except (IndexError, ValueError) as error:
        raise unusable(file, "not a name and the four edges of a box") from error
    box: Box = (left, top, right, bottom)
    lists = {
        kind: lines_of(file.with_name(file.name.removesuffix(_ENDING) + f"_{kind}.txt"))
        for kind in ("good", "ok", "junk")
    }
    names = {one.strip() for one in lists["good"] + lists["ok"]}
    right_ones = {path for one in names if (path := pictures.find(one))}
    junk = {path for one in lists["junk"] if (path := pictures.find(one.strip()))}
    image = pictures[name.removeprefix(_PREFIX)]
    return Query(image, right_ones, junk, box, len(names) - len(right_ones))
