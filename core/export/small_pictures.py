"""Small pictures of the images of an index, made of their thumbnails."""

import io
from pathlib import Path

from PIL import Image

from ..errors import ImageError
from ..feature_store import IndexSnapshot
from ..media import thumbnail, thumbnail_cache

_SIDE = 160
_QUALITY = 80


class SmallPictures:
    """The small pictures of an index; their thumbnails are kept in a features folder."""

    def __init__(self, snapshot: IndexSnapshot, features: Path) -> None:
        self._snapshot = snapshot
        self._cache = thumbnail_cache(features)

    def picture(self, image_id: str) -> Image.Image | None:
        """RGB, at most ``THUMBNAIL_SIDE`` pixels a side; ``None`` where the file has changed."""
        try:
            content = thumbnail(self._snapshot, image_id, self._cache)
        except ImageError:
            return None
        with Image.open(io.BytesIO(content)) as image:
            return image.convert("RGB")

    def jpeg(self, image_id: str) -> bytes | None:
        """A JPEG of at most 160 pixels a side; ``None`` where the file has changed."""
        picture = self.picture(image_id)
        if picture is None:
            return None
        picture.thumbnail((_SIDE, _SIDE))
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=_QUALITY)
        return file.getvalue()
