"""All that is searched with: pictures, how they are combined, and feedback."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

from PIL import Image

from core.media import make_collage
from core.search import ALL, Feedback
from core.ui.question.query import Query


@dataclass(frozen=True)
class Question:
    """What a search is for, without the filters.

    Attributes:
        queries: The pictures to search with, at least one.
        combine: How several are combined: ``ALL`` or ``ANY`` of ``core.search``.
        feedback: What was marked in an earlier answer.
    """

    queries: tuple[Query, ...]
    combine: str = ALL
    feedback: Feedback = field(default_factory=Feedback)

    @property
    def id(self) -> str:
        """Hash of the question, 32 hexadecimal digits."""
        said = repr(([query.id for query in self.queries], self.combine, self.feedback))
        return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()

    @property
    def image_id(self) -> str:
        """Id of ``image``: the same before and after feedback."""
        return "-".join(query.id for query in self.queries)

    @property
    def name(self) -> str:
        """Name of the picture, or the number of pictures."""
        several = f"{len(self.queries)} pictures"
        return several if len(self.queries) > 1 else self.queries[0].name

    @cached_property
    def image(self) -> Image.Image:
        """What is searched with, as far as it may be shown, RGB; several as one picture.

        Raises:
            ImageError: A file cannot be decoded again, with more pixels for a crop.
        """
        return make_collage([query.visible for query in self.queries])
