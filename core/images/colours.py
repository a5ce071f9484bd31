"""Any colours as RGB: profiles, transparency, deep greys."""

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageCms

# Converted at a time: the conversion makes several copies.
_STRIP_PIXELS = 1 << 20


def to_rgb(
    image: Image.Image, *, transparent: bool = True, background: str = "white"
) -> Image.Image:
    """A loaded image in sRGB, converted strip by strip; itself if it is that already.

    Transparency is laid on ``background`` if ``transparent``, else the alpha channel is ignored.
    Grey of more than 8 bits is scaled by its own range: 1, 255 or 65535.
    """
    if image.mode == "RGB" and not {"icc_profile", "transparency"} & image.info.keys():
        return image
    convert = _converter(image, background if transparent else None)
    pixels = Image.new("RGB", image.size)
    for box in _strips(image.size):
        pixels.paste(convert(image.crop(box)), box)
    return pixels


def _converter(image: Image.Image, background: str | None) -> Callable[[Image.Image], Image.Image]:
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        brightest = max(_grey(image.crop(box)).max(initial=0) for box in _strips(image.size))
        if image.mode == "F" and brightest <= 1:
            full = 1.0
        else:
            full = 255.0 if brightest <= 255 else 65535.0
        return lambda strip: _grey_to_rgb(strip, full)
    profile = _srgb_transform(image)
    return lambda strip: _flat(profile.apply(strip) if profile else strip, background)


def _strips(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    width, height = size
    rows = max(_STRIP_PIXELS // width, 1)
    for top in range(0, height, rows):
        yield 0, top, width, min(top + rows, height)


def _flat(image: Image.Image, background: str | None) -> Image.Image:
    if background and image.has_transparency_data:
        rgba = image.convert("RGBA")
        below = Image.new("RGBA", rgba.size, background)
        return Image.alpha_composite(below, rgba).convert("RGB")
    return image.convert("RGB")


def _srgb_transform(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return None
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            image.mode,
            "RGBA" if image.mode == "RGBA" else "RGB",
        )
    # A profile that is damaged or of another kind of colours is ignored.
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _grey(image: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(image).astype(np.float32))


def _grey_to_rgb(image: Image.Image, full: float) -> Image.Image:
    values = (_grey(image) / full).clip(0, 1) * 255
    return Image.fromarray(values.round().astype(np.uint8)).convert("RGB")
