"""What a removal and an undo did."""

from dataclasses import dataclass

from ..types import Skipped


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """What a removal did.

    Attributes:
        moved: Paths of the images relative to the library.
        bytes: Size of these files and of the sidecars.
        refused: Images that stayed, with the reason.
        problem: Why it ended before the last file; ``None`` if it did not.
        no_trash: Whether that is because there is no trash.
        sidecars: Paths of the sidecars that went with the images.
        notes: Sentences on what was lost, and on sidecars that stayed.
    """

    moved: tuple[str, ...]
    bytes: int
    refused: tuple[Skipped, ...]
    problem: str | None = None
    no_trash: bool = False
    sidecars: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What an undo did.

    Attributes:
        restored: Paths of the images that are back, relative to the library.
        missing: Images and sidecars that are not, with the reason and where they are.
        problem: Why it ended before the last file; ``None`` if it did not.
        sidecars: Paths of the sidecars that are back.
        notes: Sentences on what was lost.
    """

    restored: tuple[str, ...]
    missing: tuple[Skipped, ...]
    problem: str | None = None
    sidecars: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
