"""The picture formats: those that are read, and those that are recognised and not read."""

import re
import struct

from . import jpeg_xl, psd

# Pillow's names, with the extensions that belong to a format alone. Only decoders of pictures:
# Pillow's list also holds one that starts another program (EPS).
_READ = {
    "JPEG": "jpg jpeg jpe jfif mpo",
    "PNG": "png apng",
    "GIF": "gif",
    "BMP": "bmp dib",
    "TIFF": "tif tiff",
    "WEBP": "webp",
    "AVIF": "avif avifs",
    "HEIF": "heic heics heif heifs hif",
    "JPEG2000": "jp2 jpx jpf j2k j2c jpc",
    "JXL": "jxl",
    "ICO": "ico",
    "PPM": "ppm pgm pbm pnm",
    "PSD": "psd",
    "TGA": "tga",
    "PCX": "pcx",
    "SGI": "sgi",
    "QOI": "qoi",
    "DDS": "dds",
}
# Of raw camera files, see core.images.raw.
_RAW = "dng nef nrw arw sr2 cr2 cr3 orf rw2 rwl raf pef srw"
# Extensions, and how the files begin. Extensions that other kinds of files have as well are left
# out, such as ps, fit and ras: there the content tells.
_UNREAD = {
    "AI": ("ai", None),
    "BLP": ("blp", rb"BLP[12]"),
    "CUR": ("cur", None),
    "DCX": ("dcx", rb"\xb1\x68\xde\x3a"),
    "EMF": ("emf", rb"\x01\x00\x00\x00.{36} EMF"),
    "EPS": ("eps epsf epsi", rb"%!PS|\xc5\xd0\xd3\xc6"),
    "EXR": ("exr", rb"v/1\x01"),
    "FlashPix": ("fpx", None),
    "FITS": ("fits fts", rb"SIMPLE  ="),
    "FLI": ("fli flc", None),
    "FTEX": ("ftc ftu", rb"FTEX"),
    "GIMP brush": ("", rb".{20}GIMP"),
    "ICNS": ("icns", rb"icns"),
    "IM": ("", rb"Image type:"),
    "IPTC": ("iim", None),
    "JPEG XR": ("jxr wdp hdp", rb"II\xbc\x01"),
    "Krita": ("kra", None),
    "McIDAS": ("", rb"\x00{7}\x04"),
    "Microsoft Image Composer": ("mic", None),
    "MSP": ("", rb"DanM|LinS"),
    "OpenRaster": ("ora", None),
    "Photo CD": ("", rb".{2048}PCD_"),
    "PIXAR": ("pxr", rb"\x80\xe8\x00\x00"),
    "PSB": ("psb", rb"8BPS\x00\x02"),
    "Radiance HDR": ("", rb"#\?(?:RADIANCE|RGBE)"),
    "Sun raster": ("", rb"\x59\xa6\x6a\x95"),
    "SVG": ("svg svgz", rb"(?:\xef\xbb\xbf)?\s*(?:<[?!][^>]*>\s*)*<svg\b"),
    "WMF": ("wmf", rb"\xd7\xcd\xc6\x9a"),
    "XBM": ("xbm", None),
    "XCF": ("xcf", rb"gimp xcf"),
    "XPM": ("xpm", rb"/\* XPM \*/"),
    "XV thumbnail": ("", rb"P7 332"),
    "raw camera": ("3fr crw dcr erf gpr iiq kdc mef mos mrw srf x3f", None),
}
_UNREAD_EXTENSIONS = {
    f".{extension}": name
    for name, (extensions, _) in _UNREAD.items()
    for extension in extensions.split()
}

FORMATS = tuple(_READ)
EXTENSIONS = frozenset(
    f".{extension}" for extensions in (*_READ.values(), _RAW) for extension in extensions.split()
)
# What a file begins with, in bytes, that tells its format.
HEAD_BYTES = 4096
_TGA_EXTENSIONS = (".tga", ".icb", ".vda", ".vst")


def possible_formats(head: bytes, extension: str | None = None) -> tuple[str, ...]:
    """Pillow's names of the formats that a file may have, by its first ``HEAD_BYTES``.

    A file whose name need not be that of a picture is no TGA without an ``extension`` of TGA, in
    lower case, with its dot.
    """
    possible = {
        # These have no signature, or a short one.
        "TGA": extension in (None, *_TGA_EXTENSIONS) and _is_sound_tga(head),
        "PCX": _is_sound_pcx(head),
        # Its plugin also takes other files.
        "JXL": head.startswith(jpeg_xl.SIGNATURES),
    }
    return tuple(name for name in FORMATS if possible.get(name, True))


def is_costly_to_open(head: bytes) -> bool:
    """Whether a file begins like a picture whose plugin reads much of it when it opens it."""
    return head.startswith((psd.SIGNATURE, *jpeg_xl.SIGNATURES))


def unread_name(head: bytes, extension: str) -> str | None:
    """Name of the picture format of a file that is none of ``FORMATS``."""
    if name := _UNREAD_EXTENSIONS.get(extension):
        return name
    signatures = ((name, signature) for name, (_, signature) in _UNREAD.items() if signature)
    return next((name for name, start in signatures if re.match(start, head, re.DOTALL)), None)


def _is_sound_tga(head: bytes) -> bool:
    """Whether every field of the header has a value that TGA allows (TGA 2.0, 1989, page 6)."""
    if len(head) < 18:
        return False
    _, mapped, kind, _, entries, entry_bits, _, _, width, height, bits, flags = struct.unpack_from(
        "<BBBHHBHHHHBB", head
    )
    palette = entries > 0 and entry_bits in (15, 16, 24, 32) if mapped else entries == 0
    depths = {1: (8,), 2: (16, 24, 32), 3: (1, 8, 16)}.get(kind & ~8, ())
    return (
        mapped in (0, 1)
        and palette
        and bits in depths
        and (kind & ~8 != 1 or mapped == 1)
        and min(width, height) > 0
        and flags & 0xC0 == 0
        and flags & 0x0F <= 8
    )


def _is_sound_pcx(head: bytes) -> bool:
    """Whether every field of the header has a value that PCX allows (ZSoft, revision 5, 1991)."""
    if len(head) < 128:
        return False
    manufacturer, version, encoding, bits, left, top, right, bottom = struct.unpack_from(
        "<BBBBHHHH", head
    )
    reserved, planes = head[64], head[65]
    return (
        manufacturer == 10
        and version in (0, 2, 3, 4, 5)
        and encoding == 1
        and bits in (1, 2, 4, 8)
        and reserved == 0
        and planes in (1, 2, 3, 4)
        and left <= right
        and top <= bottom
    )
