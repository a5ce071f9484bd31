"""Where in the pictures of a gallery a thing is, also where it is small."""

import time

import numpy as np
from PIL import Image

from ..feature_store import IndexSnapshot
from ..images import fit
from ..model import STRIDE, FeatureExtractor, l2_normalise
from ..search import SearchOptions
from ..types import Array, Match, Rows, SearchResult
from .compression import Compression
from .detail_index import PROBED, DetailIndex
from .localisation import locate

# Pixels of the longer side of the query as the network sees it: about those of the thing in the
# pictures, which have 448.
QUERY_SIDES = (96, 128, 160, 224)


def find_part(
    snapshot: IndexSnapshot,
    details: DetailIndex,
    extractor: FeatureExtractor,
    image: Image.Image,
    options: SearchOptions,
    *,
    probed: int = PROBED,
) -> SearchResult:
    """The images that show a thing, each with the box that it is in.

    The distance is that of the best region of an image to the query at the best of its sizes.

    Args:
        snapshot: The index of the gallery.
        details: Its detail index; what it lacks is not found.
        extractor: That of both.
        image: RGB of any size, filled by the thing.
        options: Number of matches, filters, limit of the distance and the images marked as wrong;
            the rest does not count here.
        probed: See ``DetailIndex.search``.
    """
    extractor.load()
    started = time.perf_counter()
    queries, sizes = describe_query(image, extractor, details.compression)
    among, rows, missing = _compared(details, snapshot, options)
    found = details.search(queries, options.k, among=among, probed=probed)
    of_picture = dict(zip(among.tolist(), rows.tolist(), strict=True))
    matches = [
        Match(
            rank,
            snapshot.images[of_picture[row]],
            distance,
            box=locate(products, details.boxes_of(row), sizes),
        )
        for rank, (row, distance, products) in enumerate(
            zip(found.rows.tolist(), found.distances.tolist(), found.products, strict=True), 1
        )
        if distance <= options.farthest
    ]
    return SearchResult(
        tuple(matches),
        searched=len(among),
        seconds=time.perf_counter() - started,
        warning=_warning(missing),
    )


def describe_query(
    image: Image.Image, extractor: FeatureExtractor, compression: Compression
) -> tuple[Array, Rows]:
    """A thing at several sizes: ``(q, d)`` float32 unit rows; widths and heights ``(q, 2)``."""
    seen = [fit(image, side, least=STRIDE) for side in QUERY_SIDES]
    maps = [extractor.maps([one], side)[0] for one, side in zip(seen, QUERY_SIDES, strict=True)]
    maxima = np.stack([of_size.max(axis=(0, 1)) for of_size in maps])
    return compression.reduce(l2_normalise(maxima)), np.array([one.size for one in seen])


def _compared(
    details: DetailIndex, snapshot: IndexSnapshot, options: SearchOptions
) -> tuple[Rows, Rows, int]:
    """Rows of the table to compare, the image of each, and how many images the table lacks."""
    images, ids = snapshot.images, details.table.ids
    rows = options.filters.passing(images)
    wanted = images.ids[rows]
    places = np.searchsorted(ids, wanted)
    known = ids[np.minimum(places, len(ids) - 1)] == wanted
    wrong = np.array([image_id.encode() for image_id in options.feedback.wrong], ids.dtype)
    left_out = np.isin(wanted, wrong)
    # Of files with the same content, the first one that passes stands for all.
    among, first = np.unique(places[known & ~left_out], return_index=True)
    return among, rows[known & ~left_out][first], int((~known).sum())


def _warning(missing: int) -> str | None:
    if not missing:
        return None
    return f"{missing:,} of the images have no details yet and were not compared: update the index."
