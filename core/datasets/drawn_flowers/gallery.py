"""The sample gallery on disk: a folder for each kind, a JPEG for each picture."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from core.atomic import atomic_write
from core.datasets.drawn_flowers.kinds import flower_kinds
from core.datasets.drawn_flowers.scenes import draw_flower
from core.errors import ConfigurationError, LibraryError

_QUALITY = 90
_MOST_THREADS = 4


def draw_gallery(
    directory: Path,
    *,
    count: int = 300,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Draw flowers into ``directory/<kind>/<kind>-001.jpg`` and so on; return their number.

    A picture depends only on the seed, its kind and its number, so a larger gallery extends a
    smaller one. Files of the same names are replaced; others are left alone.

    Args:
        directory: Made if missing.
        count: Number of pictures, 1 or more, spread evenly over the kinds.
        seed: 0 or more.
        progress: Called in the caller's thread with the number of pictures drawn and ``count``.

    Raises:
        ConfigurationError: ``count`` is below 1 or ``seed`` below 0.
        LibraryError: The directory cannot be written.
    """
    if count < 1:
        raise ConfigurationError(f"expected a count of 1 or more; received: count={count}")
    if seed < 0:
        raise ConfigurationError(f"expected a seed of 0 or more; received: seed={seed}")
    kinds = list(flower_kinds())
    wanted = [(kinds[index % len(kinds)], index // len(kinds) + 1) for index in range(count)]
    try:
        for kind in kinds[:count]:
            (directory / kind).mkdir(parents=True, exist_ok=True)
        # Pillow and NumPy release the interpreter's lock for about half of the time.
        with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
            pictures = [pool.submit(_save, directory, kind, seed, n) for kind, n in wanted]
            try:
                for done, picture in enumerate(as_completed(pictures), start=1):
                    picture.result()
                    if progress:
                        progress(done, count)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    except OSError as error:
        raise LibraryError(
            f"expected a folder to write the gallery to; received: {str(directory)!r}"
            f" ({error.strerror or error}); choose another folder or free this one"
        ) from error
    return count


def _save(directory: Path, kind: str, seed: int, number: int) -> None:
    picture = draw_flower(kind, seed=seed, number=number)
    with atomic_write(directory / kind / f"{kind}-{number:03d}.jpg") as file:
        picture.save(file, "JPEG", quality=_QUALITY)
