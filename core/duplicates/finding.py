"""Find the duplicates of a gallery: candidates by features, decided by what the pictures show."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ..errors import Cancelled, ImageError
from ..feature_store import IndexSnapshot
from ..images import read_indexed
from ..types import Progress, ProgressCallback, Stage
from .appearance import difference
from .candidates import candidate_pairs
from .contents import Contents, contents_of
from .dismissals import Dismissals
from .links import Links, Pair
from .moments import moment_pairs
from .pictures import Pictures
from .relation import Relation
from .sets import unjudged
from .verification import relation_of

# Pairs, or images, that are looked at before the progress is told.
_AT_ONCE = 256
# Between two savings of what was found so far, in seconds.
_SAVE_EVERY = 30.0

T = TypeVar("T")
R = TypeVar("R")


def find_duplicates(
    snapshot: IndexSnapshot,
    known: Links | None = None,
    *,
    dismissals: Dismissals = (),
    keep_folder: str | None = None,
    save: Callable[[Links], None] = lambda _: None,
    progress: ProgressCallback = lambda _: None,
) -> Links:
    """The links between the images of an index.

    An image whose file is gone, unreadable or changed since it was indexed has none.

    Args:
        snapshot: Of the gallery.
        known: Found before, perhaps by a search that did not end: what was compared then is not
            compared again.
        dismissals: Images that are not duplicates of each other.
        keep_folder: See ``which_to_keep``.
        save: Called with what was found so far, from time to time and when the search is cancelled.
        progress: Called after some pairs; ends the search by raising ``Cancelled``.
    """
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="duplicates") as pool:
        search = _Search(snapshot, known or Links(), pool, save, progress)
        search.compare()
        search.read_contents()
        search.judge(dismissals, keep_folder)
    return search.links


@dataclass
class _Search:
    """A search under way; ``links`` is what it found so far."""

    snapshot: IndexSnapshot
    links: Links
    pool: Executor
    save: Callable[[Links], None]
    progress: ProgressCallback

    def __post_init__(self) -> None:
        self.ids = [image_id.decode() for image_id in self.snapshot.images.ids.tolist()]

    def compare(self) -> None:
        """Find the relations of the candidates, and the pictures of the same moment."""
        ids, examined = self.ids, self.links.examined
        is_new = np.array([image_id not in examined for image_id in ids], bool)
        pairs = candidate_pairs(self.snapshot)
        pairs = pairs[is_new[pairs].any(axis=1)]
        relations = dict(self.links.relations)
        self.links = replace(self.links, relations=relations)
        with closing(Pictures(self.snapshot, self.pool)) as pictures:

            def read(part: Sequence[Sequence[int]]) -> None:
                pictures.read(row for pair in part for row in pair)

            def compared(rows: Sequence[int]) -> Relation | None:
                one, other = (pictures.of(row) for row in rows)
                return relation_of(one, other) if one and other else None

            def links(done: int) -> Links:
                # A drive may be away for a moment: the unreadable are compared in the next search.
                complete = examined.union(ids[: pairs[done, 1]]) - pictures.unreadable()
                return replace(self.links, examined=complete)

            results = self._results(Stage.COMPARING, pairs.tolist(), compared, links, before=read)
            for (one, other), relation in results:
                if relation:
                    relations[_key(ids[one], ids[other])] = relation
            complete = frozenset(ids) - pictures.unreadable()
        moment = {_key(ids[one], ids[other]) for one, other in moment_pairs(self.snapshot)}
        unrelated = frozenset(moment - relations.keys())
        self.links = replace(self.links, moment=unrelated, examined=complete)

    def read_contents(self) -> None:
        """Read what the files of pairs, and those with identical copies, hold."""
        known = self.links.contents
        linked = {one for pair in (*self.links.relations, *self.links.moment) for one in pair}
        wanted = linked.intersection(self.ids).union(self.snapshot.images.repeated_ids())
        contents = {image_id: known[image_id] for image_id in wanted & known.keys()}
        self.links = replace(self.links, contents=contents)

        def read(image_id: str) -> Contents | None:
            image = self.snapshot.with_id(image_id)
            assert image is not None
            try:
                return contents_of(self.snapshot.library / image.path, image_id)
            except ImageError:
                return None

        new = sorted(wanted - contents.keys())
        for image_id, content in self._results(Stage.CONDITIONS, new, read):
            if content:
                contents[image_id] = content

    def judge(self, dismissals: Dismissals, keep_folder: str | None) -> None:
        """Compare in detail what would be ticked with what would be kept."""
        differences = dict(self.links.differences)
        self.links = replace(self.links, differences=differences)
        pairs = unjudged(self.snapshot.images, self.links, dismissals, keep_folder)

        def judged(pair: Pair) -> str | None:
            try:
                return difference(*map(self._content, pair))
            except ImageError:
                return None

        for pair, words in self._results(Stage.JUDGING, pairs, judged):
            if words is not None:
                differences[pair] = words

    def _content(self, image_id: str) -> bytes:
        image = self.snapshot.with_id(image_id)
        if image is None:
            raise ImageError("it is not in the index")
        return read_indexed(self.snapshot.library / image.path, image_id)

    def _results(
        self,
        stage: Stage,
        items: Sequence[T],
        work: Callable[[T], R],
        links: Callable[[int], Links] | None = None,
        *,
        before: Callable[[Sequence[T]], None] = lambda _: None,
    ) -> Iterator[tuple[T, R]]:
        """Each item with what the work makes of it; ``links`` is saved after so many items."""
        saved = time.monotonic()
        for start in range(0, len(items), _AT_ONCE):
            try:
                self.progress(Progress(stage, start, len(items)))
            except Cancelled:
                self.save(links(start) if links else self.links)
                raise
            if time.monotonic() - saved >= _SAVE_EVERY:
                self.save(links(start) if links else self.links)
                saved = time.monotonic()
            part = items[start : start + _AT_ONCE]
            before(part)
            yield from zip(part, self.pool.map(work, part), strict=True)


def _key(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)
