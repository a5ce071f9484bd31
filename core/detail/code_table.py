"""The compressed regions of some pictures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from ..types import Rows
from .compression import Codes
from .regions import coarse_regions, fine_regions

_FIELDS = ("ids", "sizes", "coarse", "fine")


@dataclass(frozen=True, eq=False)
class CodeTable:
    """Codes of the regions of pictures, one picture after the other.

    Attributes:
        ids: ``(n,)`` ASCII, ids of the pictures, each once.
        sizes: ``(n, 2)`` uint8, height and width of their maps.
        coarse: ``(r, b)`` uint8, of the large regions; may be memory-mapped.
        fine: ``(s, b)`` uint8, of the small regions; may be memory-mapped.
    """

    ids: NDArray[np.bytes_]
    sizes: NDArray[np.uint8]
    coarse: Codes
    fine: Codes

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def ends(self) -> Rows:
        """Where the large and the small regions of each picture end, ``(n, 2)``."""
        return np.cumsum(self._counts, axis=0)

    @cached_property
    def _counts(self) -> Rows:
        kinds, of_picture = np.unique(self.sizes, axis=0, return_inverse=True)
        counts = [(len(coarse_regions(*size)), len(fine_regions(*size))) for size in kinds.tolist()]
        return np.array(counts, np.int64).reshape(-1, 2)[of_picture.reshape(-1)]

    def regions_of(self, row: int) -> tuple[Codes, Codes]:
        """The codes of the large and the small regions of a picture."""
        ends = self.ends[row]
        (first, first_fine), (end, end_fine) = (ends - self._counts[row]).tolist(), ends.tolist()
        return self.coarse[first:end], self.fine[first_fine:end_fine]

    def checksum(self, row: int) -> bytes:
        """BLAKE2b-64 of the codes of a picture, in hexadecimal digits."""
        digest = hashlib.blake2b(digest_size=8)
        for codes in self.regions_of(row):
            digest.update(codes.tobytes())
        return digest.hexdigest().encode()

    def damaged_rows(self, checksums: NDArray[np.bytes_]) -> list[int]:
        """The rows of the pictures whose codes differ from their checksums ``(n,)``."""
        return [row for row in range(len(self)) if self.checksum(row) != checksums[row]]

    def check(self) -> None:
        """Raise ``ValueError`` unless the parts fit each other."""
        whole = (
            self.ids.dtype.kind == "S"
            and self.sizes.shape == (len(self), 2)
            and {part.dtype for part in (self.sizes, self.coarse, self.fine)} == {np.dtype("u1")}
            and self.coarse.ndim == self.fine.ndim == 2
            and self.coarse.shape[1] == self.fine.shape[1]
            and not (len(self) and self.sizes.min() < 1)
        )
        if not whole or (len(self.coarse), len(self.fine)) != tuple(self._counts.sum(axis=0)):
            raise ValueError(f"regions of {len(self)} pictures that do not fit")

    def save(self, file: BinaryIO) -> None:
        """Write a NumPy archive, which has checksums of its own."""
        np.savez(file, ids=self.ids, sizes=self.sizes, coarse=self.coarse, fine=self.fine)

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as content:
            try:
                table = cls(*(content[name] for name in _FIELDS))
            except KeyError as error:
                raise ValueError(f"no regions: {error}") from error
        table.check()
        return table

    @classmethod
    def of(
        cls, ids: Sequence[str], sizes: Sequence[tuple[int, int]], codes: Sequence[Codes]
    ) -> Self:
        """A table of at least one picture.

        The sizes are height and width of the maps of each picture. Its codes are those of its large
        regions, then those of its small ones.
        """
        counts = [len(coarse_regions(*size)) for size in sizes]
        return cls(
            np.array([one.encode() for one in ids]),
            np.array(sizes, np.uint8).reshape(-1, 2),
            np.concatenate([part[:count] for part, count in zip(codes, counts, strict=True)]),
            np.concatenate([part[count:] for part, count in zip(codes, counts, strict=True)]),
        )
