"""Which files a removal of duplicates moves, each with the one that stays for it."""

from collections.abc import Collection, Iterable, Sequence

from ..trash import Move
from ..types import Skipped
from .sets import DuplicateImage, DuplicateSet


def proposed(sets: Iterable[DuplicateSet], *, versions: bool = False) -> list[str]:
    """The paths of the images that are ticked, and perhaps of the versions."""
    return [
        image.image
        for found in sets
        for image in found.images
        if image.ticked or (versions and image.version)
    ]


def moves_of(
    sets: Iterable[DuplicateSet], chosen: Collection[str]
) -> tuple[list[Move], list[Skipped]]:
    """The moves of the images of sets with the chosen paths, and those that nothing stays for."""
    moves: list[Move] = []
    refused: list[Skipped] = []
    for found in sets:
        going = [image for image in found.images if image.image in chosen]
        staying = [image for image in found.images if image.image not in chosen]
        for image in going:
            if kept := _staying_for(image, staying):
                moves.append(Move(image.record, kept.record))
            else:
                refused.append(Skipped(image.image, "no picture that stays shows all of it"))
    return moves, refused


def _staying_for(image: DuplicateImage, staying: Sequence[DuplicateImage]) -> DuplicateImage | None:
    """The image that stays for one that goes."""
    for other in staying:
        if other.keep or other.record.id == image.record.id:
            return other
    # A copy was compared with the image to keep only. What a person ticked may go for any other.
    return None if image.ticked or not staying else staying[0]
