"""What a file holds beside the pixels of its first picture, and what another file lacks of it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..images import examine, is_raw, load_image, read_indexed
from . import fidelity
from .containers import pieces_of
from .gamut import gamut_of, gamut_of_primaries
from .metadata import tags_of
from .opened import LOSSLESS, Opened, opened
from .origin import is_camera_original
from .piece import Piece
from .tag_words import describing, words_of

# Kinds of files, the richer the later.
KINDS = ("picture", "sizes", "frames", "pages", "layers", "raw")
PICTURE, SIZES, FRAMES, PAGES, LAYERS, RAW = KINDS
# What is said of a plain picture beside a file of another kind.
KINDS_BESIDE = {
    RAW: "raw + JPEG",
    LAYERS: "original and export",
    PAGES: "a document and one page",
    FRAMES: "an animation and one picture",
    SIZES: "an icon of several sizes and one picture",
}
_PARTS = {FRAMES: "frame", PAGES: "page", SIZES: "size"}
_WHOLE = {RAW: "the negative of the camera", LAYERS: "layers"}
_UNKNOWN = "what only this"
_HDR_TRANSFERS = (16, 18)
# Of 255, that the transparency of two files may differ where one is smaller or compressed.
_ALPHA_TOLERANCE = 8
_GAMUT_TOLERANCE = 1.05


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds, and how good its picture is.

    Attributes:
        kind: One of ``KINDS``.
        parts: Number of frames, pages or sizes.
        bits: Bits of a channel.
        gamut: Area of the colours that can be named, in that of sRGB.
        cmyk: Whether the colours are those of a printer.
        alpha: Transparency, 8 by 8 values in hexadecimal digits; empty where all is opaque.
        streams: What else lies in the file, in plain words, with a short hash of it.
        tags: By name, a short hash of the value.
        original: Whether nothing speaks against the file being as the camera wrote it.
        loss: Mean step of the coarsest JPEG quantisation that the picture shows; 0 where nothing
            was lost; ``None`` where the format does not tell.
        sharpness: Standard deviation of the Laplacian of the grey picture, of 255.
        enlargement: By what factor a side has been enlarged, at most; 1 where it is not.
    """

    kind: str = PICTURE
    parts: int = 1
    bits: int = 8
    gamut: float = 1.0
    cmyk: bool = False
    alpha: str = ""
    streams: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    original: bool = False
    loss: float | None = None
    sharpness: float = 0.0
    enlargement: float = 1.0


def contents_of(path: Path, identity: str) -> Contents:
    """The contents of the file with an id.

    Damaged metadata are no error: what cannot be read counts as something that only a file with
    the same bytes holds.
    """
    content = read_indexed(path, identity)
    if is_raw(content):
        grey = load_image(content, enough=fidelity.SIDE).pixels.convert("L")
        sharpness = fidelity.sharpness(grey)
        return Contents(RAW, streams={RAW: identity}, original=True, sharpness=sharpness)
    file = examine(content, opened)
    pieces = _pieces(content, file.format)
    tags = tags_of(*pieces)
    kind, parts = _kind(file, pieces)
    gamut, profiles = _colours(file, pieces)
    grey = file.grey or load_image(content).pixels.convert("L")
    loss, first = None, 0.0
    if file.steps is not None:
        first = fidelity.first_loss(grey, file.steps)
        loss = max(first, 0.0 if file.format in LOSSLESS else float(file.steps.mean()))
    return Contents(
        kind=kind,
        parts=parts,
        bits=max([file.bits, *(piece.content[0] for piece in pieces if piece.kind == "bits")]),
        gamut=gamut,
        cmyk=file.cmyk,
        alpha=file.alpha,
        # Parts of a file are compared with none but themselves.
        streams=_streams(pieces) | profiles | ({} if kind == PICTURE else {kind: identity}),
        tags={name: _hash(value) for name, value in describing(tags).items()},
        original=not first and is_camera_original(content, file.format, file.size, tags),
        loss=loss,
        sharpness=fidelity.sharpness(grey),
        enlargement=fidelity.enlargement(grey),
    )


def lacking(copy: Contents, kept: Contents) -> tuple[str, ...]:
    """What a copy holds and the file that is kept lacks, in plain words; empty if nothing.

    Files of different kinds are versions of each other: each lacks what makes the other.
    """
    return tuple(dict.fromkeys(_lacking(copy, kept)))


def holds_more(one: Contents, other: Contents) -> tuple[str, ...]:
    """What one file holds and another lacks, if the other holds nothing that the first lacks.

    That nobody knows all that a format can hold does not make it richer.
    """
    if one.kind != other.kind:
        richer = KINDS.index(one.kind) > KINDS.index(other.kind)
        return (_more_parts(one, other),) if richer else ()
    if any(_lacking(other, one)):
        return ()
    return tuple(word for word in lacking(one, other) if not word.startswith(_UNKNOWN))


def _pieces(content: bytes, format: str) -> list[Piece]:
    try:
        pieces = pieces_of(content, format)
    # Of a damaged file nobody knows what lies in it.
    except Exception:
        pieces = None
    if pieces is None:
        return [Piece("stream", f"{_UNKNOWN} {format} file holds", content)]
    return pieces


def _kind(file: Opened, pieces: Iterable[Piece]) -> tuple[str, int]:
    if file.layered:
        return LAYERS, 1
    if file.format == "ICO":
        return (SIZES, file.parts) if file.parts > 1 else (PICTURE, 1)
    parts = max(file.parts, sum(piece.kind == "frame" for piece in pieces))
    if parts < 2:
        return PICTURE, 1
    return (PAGES if file.format == "TIFF" else FRAMES), parts


def _colours(file: Opened, pieces: Iterable[Piece]) -> tuple[float, dict[str, str]]:
    """The gamut, and what else there is to the colours."""
    gamut, more = 1.0, {}
    try:
        gamut = gamut_of(file.profile) if file.profile else 1.0
    # Damaged, or tables in place of primaries.
    except Exception:
        more["a colour profile of its own"] = _hash(file.profile)
    for piece in pieces:
        if piece.kind == "colours":
            primaries, transfer = piece.content[:2]
            gamut = max(gamut, gamut_of_primaries(primaries))
            if transfer in _HDR_TRANSFERS:
                more["a high dynamic range"] = str(transfer)
    return gamut, more


def _streams(pieces: Iterable[Piece]) -> dict[str, str]:
    streams: dict[str, str] = {}
    for piece in pieces:
        if piece.kind == "stream":
            streams[piece.name] = _hash(streams.get(piece.name, "").encode() + piece.content)
    return streams


def _hash(value: bytes) -> str:
    return hashlib.blake2b(value, digest_size=8).hexdigest()


def _lacking(copy: Contents, kept: Contents) -> Iterator[str]:
    if copy.kind == PICTURE != kept.kind:
        yield KINDS_BESIDE[kept.kind]
        return
    if copy.kind != PICTURE and copy.streams.get(copy.kind) != kept.streams.get(copy.kind):
        yield _more_parts(copy, kept)
    yield from (
        name
        for name, content in copy.streams.items()
        if name not in KINDS and kept.streams.get(name) != content
    )
    if copy.bits > kept.bits:
        yield f"{copy.bits} bits a channel"
    if copy.gamut > kept.gamut * _GAMUT_TOLERANCE:
        yield "a wide colour profile"
    if copy.cmyk > kept.cmyk:
        yield "the colours of a printer (CMYK)"
    if not _is_as_transparent(copy.alpha, kept.alpha):
        yield "transparency"
    for name, value in copy.tags.items():
        if name not in kept.tags:
            yield words_of(name)
        elif kept.tags[name] != value:
            yield f"different {words_of(name)}"


def _more_parts(one: Contents, other: Contents) -> str:
    if one.kind not in _PARTS:
        return _WHOLE[one.kind]
    part = _PARTS[one.kind]
    more = one.parts - (other.parts if other.kind == one.kind else 1)
    if more < 1:
        return f"different {part}s"
    return f"{more} more {part}{'s' * (more > 1)}"


def _is_as_transparent(copy: str, kept: str) -> bool:
    if not copy or copy == kept:
        return True
    differences = (
        abs(a - b) for a, b in zip(bytes.fromhex(copy), bytes.fromhex(kept), strict=False)
    )
    return bool(kept) and max(differences) <= _ALPHA_TOLERANCE
