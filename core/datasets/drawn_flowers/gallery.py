"""The sample gallery on disk: a folder for each kind, a JPEG for each picture."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
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
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Draw flowers into ``directory/<kind>/<kind>-001.jpg`` and so on; return their number.

    A picture depends only on the seed, its kind and its number, so a larger gallery extends a
    smaller one. Pictures that are there already stay, and other files are left alone.

    Args:
        directory: Made if missing.
        count: Number of pictures, 1 or more, spread evenly over the kinds.
        seed: 0 or more.
        overwrite: Whether other files of the same names are replaced.
        progress: Called in the caller's thread with the number of pictures drawn and ``count``.

    Raises:
        ConfigurationError: ``count`` is below 1 or ``seed`` below 0, or a file of the same name
            is another one; then nothing was drawn.
        LibraryError: The directory cannot be written.
    """
    if count < 1:
        raise ConfigurationError(f"expected a count of 1 or more; received: count={count}")
    if seed < 0:
        raise ConfigurationError(f"expected a seed of 0 or more; received: seed={seed}")
    kinds = list(flower_kinds())
    pictures = [
        _Picture(directory, kinds[index % len(kinds)], seed, index // len(kinds) + 1)
        for index in range(count)
    ]
    done = 0
    try:
        # Pillow and NumPy release the interpreter's lock for about half of the time.
        with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
            # Nothing is drawn into a folder that has other files of these names.
            there = [picture for picture in pictures if os.path.lexists(picture.path)]
            missing = [picture for picture in pictures if not os.path.lexists(picture.path)]
            for part in (there, missing):
                saving = [pool.submit(picture.save, overwrite=overwrite) for picture in part]
                try:
                    for saved in as_completed(saving):
                        saved.result()
                        done += 1
                        if progress:
                            progress(done, count)
                finally:
                    for saved in saving:
                        saved.cancel()
    except OSError as error:
        raise LibraryError(
            f"expected a folder to write the gallery to; received: {str(directory)!r}"
            f" ({error.strerror or error}); choose another folder or free this one"
        ) from error
    return count


@dataclass(frozen=True)
class _Picture:
    directory: Path
    kind: str
    seed: int
    number: int

    @property
    def path(self) -> Path:
        return self.directory / self.kind / f"{self.kind}-{self.number:03d}.jpg"

    def save(self, *, overwrite: bool) -> None:
        content = io.BytesIO()
        picture = draw_flower(self.kind, seed=self.seed, number=self.number)
        picture.save(content, "JPEG", quality=_QUALITY)
        if self._is_there(content.getvalue()):
            return
        if not overwrite and os.path.lexists(self.path):
            raise ConfigurationError(
                "Expected a folder without other files of the names of the sample. "
                f"Received: {self.path}. Choose another folder, or replace the files with "
                "sample --overwrite."
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.path, overwrite=overwrite) as file:
            file.write(content.getvalue())

    def _is_there(self, content: bytes) -> bool:
        try:
            return self.path.read_bytes() == content
        except OSError:
            return False
