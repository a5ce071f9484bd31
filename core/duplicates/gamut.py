"""How many colours a colour profile can name."""

import struct

import numpy as np

# The primaries of sRGB in its profile, adapted to D50 (IEC 61966-2-1 and ICC.1:2022).
_SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
# Areas of the primaries of ITU-T H.273 that are wider than sRGB: BT.2020, and those of P3.
_WIDE = {9: 1.9, 11: 1.36, 12: 1.36}


def gamut_of(profile: bytes) -> float:
    """Area that the primaries of an ICC profile span, in that of sRGB; 1 without primaries.

    Raises:
        ValueError, struct.error: It is damaged, or of RGB without primaries.
    """
    if profile[16:20] != b"RGB ":
        return 1.0
    (count,) = struct.unpack_from(">I", profile, 128)
    places = {
        profile[place : place + 4]: struct.unpack_from(">I", profile, place + 4)[0]
        for place in range(132, 132 + 12 * min(count, 100), 12)
    }
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    if not places.keys() >= {*names}:
        raise ValueError("no primaries")
    primaries = [
        [number / 65536 for number in struct.unpack_from(">3i", profile, places[name] + 8)]
        for name in names
    ]
    return _area(primaries) / _area(_SRGB)


def gamut_of_primaries(code: int) -> float:
    """The same of a code point of ITU-T H.273, table 2."""
    return _WIDE.get(code, 1.0)


def _area(primaries: object) -> float:
    points = np.array(primaries, float)
    x, y = (points[:, :2] / points.sum(axis=1, keepdims=True)).T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)
