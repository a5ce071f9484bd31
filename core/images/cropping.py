"""What is done to a query picture: mirror it, turn it, take a part of it."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from PIL import Image

from .headers import MAX_PIXELS
from .loading import ENOUGH_SIDE, LoadedImage, load_image

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge of a part, as fractions of the sides, 0 to 1."""

_QUARTERS: dict[int, Image.Transpose] = {
    1: Image.Transpose.ROTATE_270,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}
_DEGREES = 90
# A smaller box has no side left in the four decimals of an address.
_LEAST_SIDE = 0.5e-4


@dataclass(frozen=True, slots=True)
class Framing:
    """What is done to an upright picture before it is searched with; by default nothing.

    Attributes:
        mirrored: First, left and right are swapped.
        quarters: Then it is turned clockwise by this many right angles, 0 to 3.
        box: Then this part of the turned picture is taken; ``None`` takes the whole.
    """

    mirrored: bool = False
    quarters: int = 0
    box: Box | None = None

    def rotated(self) -> "Framing":
        """This framing, then a right angle clockwise; the box keeps its content."""
        box = self.box and (1 - self.box[3], self.box[0], 1 - self.box[1], self.box[2])
        return Framing(self.mirrored, (self.quarters + 1) % 4, box)

    def flipped(self) -> "Framing":
        """This framing, then left and right swapped; the box keeps its content."""
        box = self.box and (1 - self.box[2], self.box[1], 1 - self.box[0], self.box[3])
        # Turning and then mirroring is mirroring and then turning the other way.
        return Framing(not self.mirrored, -self.quarters % 4, box)

    def around(self, box: Box | None) -> Self:
        """This framing with another box."""
        return dataclasses.replace(self, box=box)

    def turned(self, image: Image.Image) -> Image.Image:
        """An upright picture mirrored and turned, not cut."""
        if self.mirrored:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return image.transpose(_QUARTERS[self.quarters]) if self.quarters else image

    def apply(self, picture: LoadedImage, content: bytes) -> Image.Image:
        """The picture to search with, RGB; a part has ``ENOUGH_SIDE`` pixels if the file has them.

        Args:
            picture: Decoded from the content, perhaps at reduced scale.
            content: The file; decoded again where the box would have too few pixels.
        """
        if self.box is None:
            return self.turned(picture.pixels)
        left, top, right, bottom = self._upright().box or (0, 0, 1, 1)
        needed = math.ceil(ENOUGH_SIDE / min(right - left, bottom - top))
        if min(picture.pixels.size) < min(needed, picture.width, picture.height):
            picture = load_image(content, enough=min(needed, _decodable_side(picture)))
        x1, x2 = _span(left, right, picture.pixels.width)
        y1, y2 = _span(top, bottom, picture.pixels.height)
        return self.turned(picture.pixels.crop((x1, y1, x2, y2)))

    def _upright(self) -> "Framing":
        """The same part of the picture before it is mirrored and turned."""
        framing = self
        while framing.quarters:
            framing = framing.rotated()
        return framing.flipped() if framing.mirrored else framing

    def parameters(self) -> dict[str, str]:
        """The framing as parameters of an address, without those that have their default."""
        parts = {
            "mirror": "1" if self.mirrored else "",
            "turn": str(self.quarters * _DEGREES) if self.quarters else "",
            "box": ",".join(f"{round(edge, 4):g}" for edge in self.box) if self.box else "",
        }
        return {name: value for name, value in parts.items() if value}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> Self:
        """The framing that the parameters of an address give; invalid ones count as missing."""
        turns = {str(quarters * _DEGREES): quarters for quarters in _QUARTERS}
        return cls(
            mirrored=parameters.get("mirror") == "1",
            quarters=turns.get(parameters.get("turn", ""), 0),
            box=box_of(parameters.get("box", "").split(",")),
        )


def box_of(edges: Any) -> Box | None:
    """A box from the edges that a browser sent: left, top, right, bottom; ``None`` if unusable."""
    try:
        left, top, right, bottom = (min(max(float(edge), 0.0), 1.0) for edge in edges)
    except (TypeError, ValueError, OverflowError):
        return None
    # NaN fails this as well.
    large = right - left > _LEAST_SIDE and bottom - top > _LEAST_SIDE
    return (left, top, right, bottom) if large else None


def _span(start: float, end: float, side: int) -> tuple[int, int]:
    first = min(round(start * side), side - 1)
    return first, max(round(end * side), first + 1)


def _decodable_side(picture: LoadedImage) -> int:
    # A JPEG with more pixels than are decoded has its half or its quarter decoded.
    scale = 1
    while picture.width * picture.height > MAX_PIXELS * scale * scale:
        scale *= 2
    return min(picture.width, picture.height) // scale
