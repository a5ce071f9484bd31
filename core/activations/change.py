"""A picture that is turned, cropped, made darker or grey."""

from dataclasses import dataclass

from PIL import Image, ImageEnhance

from ..images import rotate


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to a picture, in this order; by default nothing.

    Attributes:
        degrees: It is turned anticlockwise, -180 to 180; see ``core.images.rotate``.
        side: This share of each side is kept, around the middle, above 0 to 1.
        brightness: Factor of all colours, 0 or more.
        colour: 0 is grey, 1 leaves the colours, 2 doubles their distance from grey.
        mirrored: Left and right are swapped.
    """

    degrees: float = 0
    side: float = 1
    brightness: float = 1
    colour: float = 1
    mirrored: bool = False

    def apply(self, image: Image.Image) -> Image.Image:
        """The changed picture, RGB."""
        if self.degrees:
            image = rotate(image, self.degrees)
        if self.side < 1:
            width, height = (max(round(length * self.side), 1) for length in image.size)
            left, top = (image.width - width) // 2, (image.height - height) // 2
            image = image.crop((left, top, left + width, top + height))
        if self.brightness != 1:
            image = ImageEnhance.Brightness(image).enhance(self.brightness)
        if self.colour != 1:
            image = ImageEnhance.Color(image).enhance(self.colour)
        return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if self.mirrored else image
