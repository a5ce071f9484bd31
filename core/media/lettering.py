"""Fonts and texts for drawn pages."""

from PIL import ImageFont

# In order of preference; Pillow's own font has only Latin letters.
_FONTS = ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "Arial Unicode.ttf", "arial.ttf")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def load_font(size: int) -> Font:
    """The first installed font with the letters of most languages, ``size`` pixels high."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def shorten(name: str, font: Font, width: int) -> str:
    """The name without its middle if it is wider than ``width`` pixels."""
    name = "".join(c if c.isprintable() else "�" for c in name)
    shown, keep = name, len(name)
    while keep > 1 and font.getlength(shown) > width:
        keep -= 1
        half = keep // 2
        shown = f"{name[: keep - half]}…{name[len(name) - half :]}"
    return shown
