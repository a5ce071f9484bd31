"""Pictures as data, for the components of the pages."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from core.ui.components import jpeg_address


@pytest.mark.parametrize(("size", "expected"), [((200, 100), (64, 32)), ((40, 50), (40, 50))])
def test_a_data_address_holds_a_small_jpeg(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    image = Image.new("RGB", size, "teal")
    kind, _, data = jpeg_address(image, 64).partition(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as found:
        assert (found.format, found.size) == ("JPEG", expected)
    assert image.size == size
