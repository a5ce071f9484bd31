"""A piece of a picture file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """What lies in a picture file beside the pixels of its first picture.

    Attributes:
        kind: What reads it: ``exif``, ``xmp``, ``iptc``, ``photoshop``, ``colours`` (two code
            points of ITU-T H.273: primaries and transfer) or ``bits`` (a channel); or ``text``,
            ``frame``, or ``stream`` for all else.
        name: The key of a text; of a stream what it is, in plain words with its article.
        content: Its bytes.
    """

    kind: str
    name: str
    content: bytes
