"""A share of thumbnails gives nothing finer."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
from PIL import Image

from core.config import Settings
from core.engine import ImageSearchEngine
from tests.served import served
from tests.ui.security import SHARE, environment, furnish, pictures_in, thumbnails


def test_thumbnails_are_all_that_visitors_of_such_a_share_see(tmp_path: Path) -> None:
    furnish(tmp_path)
    identity = next(iter(thumbnails(tmp_path)))
    sizes = {}
    with served(tmp_path, *SHARE, "--thumbnails", environment=environment(tmp_path)) as server:
        for key in (server.owner_key, server.visitor_key):
            with server.browser(key) as browser:
                shown = pictures_in(browser.run(query=f"image={identity}"), server, key)
                sizes[key] = max(max(Image.open(io.BytesIO(picture)).size) for picture in shown)
        assert server.ask(f"/thumbnails/{identity}", key=server.visitor_key).status == 200
        for path in (f"/pictures/{identity}", f"/copies?images={identity}"):
            assert server.ask(path, key=server.owner_key).status == 200
            assert server.ask(path, key=server.visitor_key).status == 403
        assert (sizes[server.owner_key] > 320, sizes[server.visitor_key]) == (True, 320)


def save_detailed(path: Path) -> Path:
    """A picture of blots of four pixels, which a thumbnail cannot hold."""
    blots = np.random.default_rng(7).integers(0, 256, (360, 480, 3), np.uint8)
    Image.fromarray(blots.repeat(4, axis=0).repeat(4, axis=1)).save(path)
    return path


def difference(shown: Image.Image, original: Image.Image) -> float:
    """Mean difference, 0 to 255, of a picture that is enlarged to the size of another."""
    enlarged = shown.convert("RGB").resize(original.size, Image.Resampling.BICUBIC)
    return float(np.abs(np.asarray(enlarged, int) - np.asarray(original, int)).mean())


def test_crops_of_a_share_of_thumbnails_hold_no_more_detail_than_these(tmp_path: Path) -> None:
    """Rebuild a picture from tiles, each from the best of all that the server sends for it."""
    library = furnish(tmp_path)
    original = Image.open(save_detailed(library / "detailed.png")).convert("RGB")
    ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv")).index(library)
    identity = next(key for key, name in thumbnails(tmp_path).items() if name == "detailed.png")
    enlarged, rebuilt = [], []
    with (
        served(tmp_path, *SHARE, "--thumbnails", environment=environment(tmp_path)) as server,
        server.browser(server.visitor_key) as browser,
    ):
        small = server.ask(f"/thumbnails/{identity}", key=server.visitor_key).body
        thumbnail = Image.open(io.BytesIO(small))
        assert max(thumbnail.size) == 320
        for left, top in itertools.product(range(4), range(4)):
            part = (left / 4, top / 4, (left + 1) / 4, (top + 1) / 4)
            box = ",".join(map(str, part))
            run = browser.run(query=f"image={identity}&box={box}&mirror={left % 2}&k=10")
            assert "7 closest of 7 images" in run.received.decode("utf-8", "replace")
            sent = [
                Image.open(io.BytesIO(content))
                for content in pictures_in(run, server, server.visitor_key)
            ]
            assert len(sent) > 7
            assert max(max(image.size) for image in sent) == 320
            sheet = browser.download(run, "Contact sheet (JPEG)", server.visitor_key)
            # The query is on top at the left.
            sent.append(Image.open(io.BytesIO(sheet)).crop((48, 80, 308, 276)))
            if left % 2:
                part = (1 - part[2], part[1], 1 - part[0], part[3])
            tile = original.crop(pixels_of(part, original))
            enlarged.append(difference(thumbnail.crop(pixels_of(part, thumbnail)), tile))
            rebuilt.append(
                min(
                    difference(view.transpose(turn) if turn is not None else view, tile)
                    for image in sent
                    for view in (image, image.crop(pixels_of(part, image)))
                    for turn in (None, Image.Transpose.FLIP_LEFT_RIGHT)
                )
            )
    assert np.mean(enlarged) > 30
    assert np.mean(rebuilt) > 0.95 * np.mean(enlarged)


def pixels_of(part: tuple[float, float, float, float], image: Image.Image) -> tuple[int, ...]:
    left, top, right, bottom = part
    width, height = image.size
    return (
        round(left * width),
        round(top * height),
        max(round(right * width), 1),
        max(round(bottom * height), 1),
    )
