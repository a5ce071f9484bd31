"""All that is asked: with which pictures, near all or any of them, and what was marked before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

from PIL import Image

from core.media import collage
from core.search import ALL, Feedback
from core.ui.question.query import Query


@dataclass(frozen=True)
class Question:
    """What a search is for, beside where it looks.

    Attributes:
        queries: The pictures to ask with, at least one.
        combine: Near all of several, or near any, see ``core.indexes.COMBINATIONS``.
        feedback: What was marked in an earlier answer.
    """

    queries: tuple[Query, ...]
    combine: str = ALL
    feedback: Feedback = field(default_factory=Feedback)

    @property
    def id(self) -> str:
        """Names the question, 32 hexadecimal digits."""
        said = repr(([query.id for query in self.queries], self.combine, self.feedback))
        return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()

    @property
    def image_id(self) -> str:
        """Names what is seen of it, ``image``: the same before and after feedback."""
        return "-".join(query.id for query in self.queries)

    @property
    def name(self) -> str:
        """What to call the pictures: their name, or their number."""
        several = f"{len(self.queries)} pictures"
        return several if len(self.queries) > 1 else self.queries[0].name

    @cached_property
    def image(self) -> Image.Image:
        """What is asked with, RGB; several as one picture.

        Raises:
            ImageError: A file cannot be decoded any more.
        """
        return collage([query.image for query in self.queries])
