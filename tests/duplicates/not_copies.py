"""Pairs of pictures that are alike and no copies of each other, drawn, by family."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from tests.flowers import sample_flower

Pair = tuple[Image.Image, Image.Image]

_LINES = (
    "the of and to in is that for it as was with be by on not he his but at are this have from or",
    "had an they which one you were her all she there would their we him been has when who will",
    "more no if out so said what up its about into than them can only other new some could time",
)
WORDS = tuple(word for line in _LINES for word in line.split())


@cache
def font(size: float) -> ImageFont.FreeTypeFont:
    """The font of Pillow."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


def encoded(image: Image.Image, way: str) -> bytes:
    """A file of an image: ``png``, ``jpeg 75``, ``webp 80``, each perhaps at ``half`` size."""
    name, *rest = way.split()
    if "half" in rest:
        rest.remove("half")
        image = image.resize((max(image.width // 2, 1), max(image.height // 2, 1)))
    if name == "jpeg" and image.mode != "RGB":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    file = io.BytesIO()
    image.save(file, name, **({"quality": int(rest[0])} if rest else {}))
    return file.getvalue()


# How the two pictures of a pair are saved, in turn.
WAYS = (
    ("png", "png"),
    ("jpeg 90", "png"),
    ("jpeg 40", "png"),
    ("jpeg 75", "jpeg 90"),
    ("png half", "png"),
    ("jpeg 85 half", "jpeg 95"),
    ("jpeg 95", "jpeg 60"),
    ("webp 80", "png"),
)


def photograph(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """One of six drawn flowers with grain, as of a camera."""
    return _grainy_flower(seed % 6).resize(size)


@cache
def _grainy_flower(seed: int) -> Image.Image:
    flower = sample_flower(("poppy", "daffodil", "tulip", "rose")[seed % 4], seed + 1)
    rng = random.Random(seed)
    noise = Image.frombytes("L", (128, 128), rng.randbytes(128 * 128)).resize(flower.size)
    grain = noise.point(lambda value: 112 + value // 8).convert("RGB")
    return ImageChops.overlay(flower, grain)


def paragraph(rng: random.Random, count: int = 9) -> str:
    """A line of words and a number."""
    words = rng.choices(WORDS, k=count)
    words.insert(rng.randrange(count), str(rng.randrange(1000, 99999)))
    return " ".join(words)


def page(
    lines: list[str],
    *,
    size: tuple[int, int] = (480, 620),
    text: float = 13,
    colour: str | int = "black",
    paper: str = "white",
    changed: dict[int, str] | None = None,
) -> Image.Image:
    """A page of text; ``changed`` gives lines another colour."""
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        fill = (changed or {}).get(number, colour)
        draw.text((24, 20 + number * text * 1.5), line, fill=fill, font=font(text))
    return image


def _rows(size: tuple[int, int], text: float) -> int:
    return int((size[1] - 40) / (text * 1.5))


def scrolled_screenshots() -> Iterator[Pair]:
    """A page that is scrolled."""
    for seed in range(8):
        rng = random.Random(seed)
        lines = [paragraph(rng) for _ in range(80)]
        long = page(lines, size=(480, 1300), text=12)
        long.paste(photograph(seed, (160, 120)), (300, 500 + 10 * seed))
        for shift in (125, 215, 40)[: 2 + seed % 2]:
            yield long.crop((0, 100, 480, 550)), long.crop((0, 100 + shift, 480, 550 + shift))


def tiles() -> Iterator[Pair]:
    """Parts of a large picture that overlap by a third, and neighbours that hardly do."""
    for seed in range(6):
        large = photograph(seed, (640, 480))
        yield large.crop((0, 0, 360, 480)), large.crop((240, 0, 600, 480))
        yield large.crop((0, 0, 320, 240)), large.crop((300, 0, 620, 240))


def bursts() -> Iterator[Pair]:
    """A camera on a tripod and one in the hand; the flower moves in front of what stays."""
    for seed in range(8):
        scene = photograph(seed, (360, 270))
        blossom = photograph(seed + 1, (60, 60))
        mask = Image.new("L", (60, 60))
        ImageDraw.Draw(mask).ellipse((4, 4, 56, 56), fill=255)
        frames = []
        for x in (120, 120 + 3 + seed):
            frame = scene.copy()
            frame.paste(blossom, (x, 100), mask)
            frames.append(frame)
        yield frames[0], frames[1]
        shift = 2 + seed % 4
        yield scene.crop((0, 0, 340, 260)), scene.crop((shift, shift, 340 + shift, 260 + shift))


def retouched_parts() -> Iterator[Pair]:
    """A small part of a photograph is painted over, removed, or has something more."""
    for seed in range(24):
        rng = random.Random(seed)
        before = photograph(seed, (400, 300))
        after = before.copy()
        x, y = rng.randrange(30, 350), rng.randrange(30, 250)
        if seed % 3 == 0:
            radius = rng.randrange(3, 8)
            colour = tuple(min(255, part + 60) for part in before.getpixel((x, y)))
            ImageDraw.Draw(after).ellipse((x, y, x + radius, y + radius), fill=colour)
        elif seed % 3 == 1:
            ink = "black" if before.convert("L").getpixel((x, y)) > 100 else "white"
            ImageDraw.Draw(before).line((x, y, x + 9, y + rng.randrange(9)), fill=ink)
        else:
            after.paste(before.crop((x, y, x + 28, y + 28)), (380 - x, 270 - y))
        yield before, after


def exposures() -> Iterator[Pair]:
    """Brackets, with and without HDR, other colours, grey, a filter."""
    for seed in range(6):
        image = photograph(seed, (320, 240))
        yield image, ImageEnhance.Brightness(image).enhance(1.25)
        yield image, ImageEnhance.Contrast(image).enhance(1.2)
        yield image, image.point(lambda value: round(255 * (value / 255) ** 0.8))
        blurred = image.filter(ImageFilter.GaussianBlur(12))
        yield image, ImageChops.add(image, ImageChops.subtract(image, blurred), scale=1)
        yield image, ImageEnhance.Color(image).enhance(0.5)
        yield image, image.convert("L").convert("RGB")


def text_pages() -> Iterator[Pair]:
    """Pages that differ in one line or one digit; also pale, small, and on a large page."""
    for seed in range(40):
        rng = random.Random(seed)
        large = seed % 10 == 9
        size = (1000, 1400) if large else (400, 300)
        text = (10, 11, 13, 16)[seed % 4]
        lines = [paragraph(rng) for _ in range(_rows(size, text))]
        other = list(lines)
        row = rng.randrange(len(lines))
        if seed % 3 == 0:
            other[row] = paragraph(rng)
        elif seed % 3 == 1:
            other[row] = _with_another_digit(lines[row], rng)
        else:
            other[row] = ""
        colour = ("black", "#666666", "#999999", "#b4b4b4")[(seed // 2) % 4]
        paper = ("white", "white", "#fff8e0", "#203040")[(seed // 8) % 4]
        if paper == "#203040":
            colour = "#c0c8d0"
        yield (
            page(lines, size=size, text=text, colour=colour, paper=paper),
            page(other, size=size, text=text, colour=colour, paper=paper),
        )


def _with_another_digit(line: str, rng: random.Random) -> str:
    place = rng.choice([number for number, letter in enumerate(line) if letter.isdigit()])
    digit = rng.choice([digit for digit in "0123456789" if digit != line[place]])
    return line[:place] + digit + line[place + 1 :]


def forms() -> Iterator[Pair]:
    """A form, filled in by others, with another box ticked, signed."""
    for seed in range(32):
        rng = random.Random(seed)
        blank = Image.new("RGB", (420, 300), "white")
        draw = ImageDraw.Draw(blank)
        draw.text((20, 10), "Application for leave", fill="black", font=font(18))
        for row, name in enumerate(("Name", "Street", "Town", "Date", "Reason")):
            y = 50 + 34 * row
            draw.text((20, y), name, fill="black", font=font(13))
            draw.rectangle((100, y - 4, 400, y + 20), outline="#808080")
        for column in range(4):
            draw.rectangle((100 + 70 * column, 224, 112 + 70 * column, 236), outline="black")
            draw.text((118 + 70 * column, 222), f"week {column + 1}", fill="black", font=font(12))
        draw.line((240, 285, 400, 285), fill="black")
        filled = [blank.copy(), blank.copy()]
        pens = [ImageDraw.Draw(image) for image in filled]
        values = [" ".join(rng.choices(WORDS, k=3)) for _ in range(5)]
        for pen in pens:
            for row, value in enumerate(values):
                pen.text((106, 50 + 34 * row), value, fill="#203080", font=font(13))
        if seed % 4 == 0:
            _sign(pens[1], rng, 250, 270)
        elif seed % 4 == 1:
            row = rng.randrange(5)
            pens[1].rectangle((101, 47 + 34 * row, 399, 69 + 34 * row), fill="white")
            other = " ".join(rng.choices(WORDS, k=3))
            pens[1].text((106, 50 + 34 * row), other, fill="#203080", font=font(13))
        elif seed % 4 == 2:
            x = 100 + 70 * rng.randrange(4)
            pens[1].line((x + 2, 230, x + 5, 234, x + 11, 225), fill="#203080", width=2)
        else:
            for pen, date in zip(pens, ("12.03.2024", "12.08.2024"), strict=True):
                pen.text((300, 10), date, fill="#666666", font=font(12))
        yield filled[0], filled[1]


def _sign(draw: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    points = [(x + 6 * step, y + rng.randrange(-10, 11)) for step in range(20)]
    draw.line(points, fill="#303080", width=1)


def frames_of_a_clip() -> Iterator[Pair]:
    """Two frames: something small moves on, and a counter."""
    for seed in range(12):
        scene = photograph(seed, (320, 180)).filter(ImageFilter.GaussianBlur(1))
        frames = [scene.copy(), scene.copy()]
        for number, frame in enumerate(frames):
            draw = ImageDraw.Draw(frame)
            x = 40 + 15 * seed + (4 + seed % 5) * number
            draw.ellipse((x, 90, x + 12, 102), fill="#e0e020")
            if seed % 2:
                draw.text((8, 160), f"00:0{number + 2}", fill="white", font=font(12))
        yield frames[0], frames[1]


def icons() -> Iterator[Pair]:
    """Icons on nothing that differ in a letter or a sign, 16 to 64 pixels."""
    names = (("DOC", "DOCX"), ("PPT", "XLS"), ("MP3", "MP4"), ("MP4", "OGG"), ("XLS", "XLSX"))
    for size in (16, 24, 32, 48, 64):
        for number, pair in enumerate(names):
            colour = ("#2a5699", "#207245", "#d04423", "#777777")[number % 4]
            yield _document(pair[0], size, colour), _document(pair[1], size, colour)
        yield _lock(size, is_open=False), _lock(size, is_open=True)
        for one, other in (("play", "pause"), ("plus", "minus"), ("up", "down"), ("on", "off")):
            yield _button(one, size), _button(other, size)
        badge = _document("TXT", size, "#777777")
        marked = badge.copy()
        draw = ImageDraw.Draw(marked)
        draw.ellipse((size * 0.6, size * 0.6, size * 0.95, size * 0.95), fill="#20a020")
        yield badge, marked


def _document(name: str, size: int, colour: str) -> Image.Image:
    image = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(image)
    box = (size * 0.15, size * 0.05, size * 0.85, size * 0.93)
    draw.rounded_rectangle(box, size * 0.08, fill="#f4f4f4", outline="#808080")
    draw.rectangle((size * 0.05, size * 0.45, size * 0.95, size * 0.8), fill=colour)
    middle = (size / 2, size * 0.625)
    draw.text(middle, name, fill="white", font=font(max(size * 0.3, 6)), anchor="mm")
    return image


def _lock(size: int, *, is_open: bool) -> Image.Image:
    image = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(image)
    x = size * (0.15 if is_open else 0)
    width = max(size // 10, 1)
    draw.arc((size * 0.28 + x, size * 0.08, size * 0.72 + x, size * 0.7), 180, 360, "#555", width)
    draw.rounded_rectangle((size * 0.2, size * 0.42, size * 0.8, size * 0.92), 2, fill="#d8a020")
    return image


def _button(sign: str, size: int) -> Image.Image:
    image = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(image)
    draw.ellipse((1, 1, size - 2, size - 2), fill="#3060c0")
    a, b, c = size * 0.3, size * 0.5, size * 0.7
    w = max(size // 10, 1)
    if sign == "play":
        draw.polygon([(a * 1.1, a), (a * 1.1, c), (c, b)], fill="white")
    elif sign == "pause":
        draw.rectangle((a, a, a + w, c), fill="white")
        draw.rectangle((c - w, a, c, c), fill="white")
    elif sign in ("plus", "minus"):
        draw.line((a, b, c, b), fill="white", width=w)
        if sign == "plus":
            draw.line((b, a, b, c), fill="white", width=w)
    elif sign in ("up", "down"):
        tip, base = (a, c) if sign == "up" else (c, a)
        draw.polygon([(a, base), (c, base), (b, tip)], fill="white")
    elif sign == "on":
        draw.line((a, b, b, c, c, a), fill="white", width=w)
    return image


def dialogs() -> Iterator[Pair]:
    """A dialog with another value, another switch, another choice, a message."""
    for seed in range(36):
        rng = random.Random(seed)
        values = [rng.randrange(10, 100) for _ in range(4)]
        switches = [rng.random() < 0.5 for _ in range(3)]
        other_values, other_switches, message = list(values), list(switches), ""
        if seed % 4 == 0:
            other_values[seed % 3] = (values[seed % 3] + 1) % 90 + 10
        elif seed % 4 == 1:
            other_switches[seed % 3] = not switches[seed % 3]
        elif seed % 4 == 2:
            message = "Not saved"
        else:
            other_values[3] = (values[3] + 7) % 90 + 10
        dark = seed % 6 == 5
        yield (
            _dialog(values, switches, "", dark),
            _dialog(other_values, other_switches, message, dark),
        )


def _dialog(values: list[int], switches: list[bool], message: str, dark: bool) -> Image.Image:
    paper, ink = ("#2b2b2b", "#e0e0e0") if dark else ("#f0f0f0", "#202020")
    image = Image.new("RGB", (320, 220), paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 320, 22), fill="#4060a0")
    draw.text((8, 4), "Settings", fill="white", font=font(12))
    for row, name in enumerate(("Width", "Height", "Depth")):
        y = 34 + 28 * row
        draw.text((14, y), name, fill=ink, font=font(12))
        draw.rectangle((80, y - 3, 140, y + 17), outline="#909090")
        draw.text((86, y), str(values[row]), fill=ink, font=font(12))
    for row, is_on in enumerate(switches):
        y = 34 + 28 * row
        draw.rectangle((170, y, 182, y + 12), outline="#909090")
        if is_on:
            draw.line((172, y + 6, 175, y + 10, 181, y + 2), fill=ink, width=2)
        draw.text((190, y - 1), ("Grid", "Snap", "Rulers")[row], fill=ink, font=font(12))
    draw.line((14, 130, 306, 130), fill="#909090")
    draw.ellipse((10 + values[3] * 2.8, 124, 22 + values[3] * 2.8, 136), fill="#4060a0")
    draw.text((14, 150), message, fill="#c02020", font=font(12))
    for column, name in enumerate(("Cancel", "OK")):
        x = 180 + 66 * column
        draw.rounded_rectangle((x, 186, x + 58, 208), 4, outline="#909090")
        draw.text((x + 29, 197), name, fill=ink, font=font(12), anchor="mm")
    return image


def screenshots() -> Iterator[Pair]:
    """One program in two states: another row selected, another file, a clock, a badge."""
    for seed in range(24):
        rng = random.Random(seed)
        names = [f"{' '.join(rng.choices(WORDS, k=2))} {rng.randrange(100)}.txt" for _ in range(14)]
        pair = []
        for number in (0, 1):
            image = Image.new("RGB", (480, 320), "#fafafa")
            draw = ImageDraw.Draw(image)
            draw.rectangle((0, 0, 480, 24), fill="#303840")
            draw.rectangle((0, 24, 110, 320), fill="#e4e8ec")
            selected = 3 + (number if seed % 4 == 0 else 0)
            draw.rectangle((112, 30 + 20 * selected, 478, 49 + 20 * selected), fill="#cfe3ff")
            for row, name in enumerate(names):
                if seed % 4 == 1 and row == 5 and number:
                    name = _with_another_digit(name, rng)
                draw.text((120, 33 + 20 * row), name, fill="#202020", font=font(12))
            clock = "10:41" if seed % 4 == 2 and number else "10:40"
            draw.text((440, 6), clock, fill="#d0d0d0", font=font(11))
            for row, name in enumerate(("Home", "Music", "Mail", "Photos")):
                draw.text((10, 36 + 24 * row), name, fill="#404850", font=font(12))
            if seed % 4 == 3 and number:
                draw.ellipse((88, 84, 100, 96), fill="#d03030")
                draw.text((94, 90), "3", fill="white", font=font(9), anchor="mm")
            pair.append(image)
        yield pair[0], pair[1]


def diagrams() -> Iterator[Pair]:
    """A chart of boxes with a box more, a bar of another height, an arrow turned round."""
    for seed in range(24):
        rng = random.Random(seed)
        image = Image.new("RGB", (420, 300), "white")
        draw = ImageDraw.Draw(image)
        places = [(30 + 130 * column, 30 + 90 * row) for row in range(3) for column in range(3)]
        free = rng.randrange(9)
        heights = [rng.randrange(20, 200) for _ in range(8)]
        if seed % 3 != 1:
            for number, place in enumerate(places):
                if number != free:
                    _box(draw, place, rng.choice(WORDS))
        else:
            _bars(draw, heights)
        other = image.copy()
        pen = ImageDraw.Draw(other)
        if seed % 3 == 0:
            _box(pen, places[free], rng.choice(WORDS))
        elif seed % 3 == 1:
            other = Image.new("RGB", (420, 300), "white")
            heights[rng.randrange(8)] += rng.choice((-6, 6, 15))
            _bars(ImageDraw.Draw(other), heights)
        else:
            x, y = places[4 if free != 4 else 5]
            pen.line((x - 40, y + 20, x, y + 20), fill="black", width=1)
        yield image, other


def _box(draw: ImageDraw.ImageDraw, place: tuple[int, int], name: str) -> None:
    x, y = place
    draw.rectangle((x, y, x + 90, y + 40), fill="#eef4ff", outline="#4060a0")
    draw.text((x + 45, y + 20), name, fill="black", font=font(13), anchor="mm")


def _bars(draw: ImageDraw.ImageDraw, heights: list[int]) -> None:
    draw.line((30, 20, 30, 270, 400, 270), fill="black", width=2)
    for column, height in enumerate(heights):
        x = 45 + 44 * column
        draw.rectangle((x, 270 - height, x + 28, 270), fill="#5080c0")
        draw.text((x + 14, 282), str(column + 1), fill="black", font=font(11), anchor="mm")


def logos() -> Iterator[Pair]:
    """A logo with and without its name, with another name, on nothing and on white."""
    for seed in range(16):
        rng = random.Random(seed)
        colour = rng.choice(("#d03030", "#2060c0", "#208040", "#e0a000"))
        size = (180, 60) if seed % 2 else (360, 120)
        name, other = rng.sample(("Lumen", "Lumex", "Orbit", "Orbis", "Nova", "Novo"), 2)
        names = (name, "") if seed % 4 < 2 else (name, other)
        pair = []
        for text in names:
            image = Image.new("RGBA", size, "white" if seed % 3 == 0 else (0, 0, 0, 0))
            draw = ImageDraw.Draw(image)
            side = size[1] - 10
            draw.pieslice((5, 5, side, side), 30, 330, fill=colour)
            middle = (size[1] + 10, size[1] / 2)
            draw.text(middle, text, fill="#303030", font=font(size[1] * 0.45), anchor="lm")
            pair.append(image)
        yield pair[0], pair[1]


def versions() -> Iterator[Pair]:
    """Of the same picture, and yet the one does not show what the other does."""
    for seed in range(4):
        image = photograph(seed, (320, 240))
        marked = image.copy()
        ImageDraw.Draw(marked).text((200, 215), "© A. Name", fill="white", font=font(14))
        yield image, marked
        yield image, ImageOps.mirror(image)
        yield image, image.crop((8, 6, 312, 234))
        yield image, image.rotate(1, Image.Resampling.BICUBIC)
        yield image, image.filter(ImageFilter.GaussianBlur(2))
        yield image, ImageOps.expand(image.crop((3, 3, 317, 237)), 3, "white")


FAMILIES: dict[str, Callable[[], Iterator[Pair]]] = {
    family.__name__: family
    for family in (
        scrolled_screenshots,
        tiles,
        bursts,
        retouched_parts,
        exposures,
        text_pages,
        forms,
        frames_of_a_clip,
        icons,
        dialogs,
        screenshots,
        diagrams,
        logos,
        versions,
    )
}


@cache
def files_of(family: str) -> tuple[tuple[bytes, bytes], ...]:
    """The pairs of a family as files, saved in one of ``WAYS`` after the other."""
    files = []
    for number, pair in enumerate(FAMILIES[family]()):
        one, other = pair if number % 2 else pair[::-1]
        first, second = WAYS[(number + number // len(WAYS)) % len(WAYS)]
        files.append((encoded(one, first), encoded(other, second)))
    return tuple(files)
