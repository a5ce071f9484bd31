"""Words on a page that is drawn."""

from __future__ import annotations

from PIL import ImageFont

# The first that is installed; Pillow's own font has the letters of Latin only.
_FONTS = ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "Arial Unicode.ttf", "arial.ttf")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def font(size: int) -> Font:
    """A font that has the letters of most names, as far as one is installed.

    Args:
        size: In pixels.
    """
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def fitting(name: str, font: Font, width: int) -> str:
    """A name in the given number of pixels; the middle is left out of a longer one."""
    name = "".join(c if c.isprintable() else "�" for c in name)
    shown, keep = name, len(name)
    while keep > 1 and font.getlength(shown) > width:
        keep -= 1
        half = keep // 2
        shown = f"{name[: keep - half]}…{name[len(name) - half :]}"
    return shown
