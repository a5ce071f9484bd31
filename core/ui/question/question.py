"""The whole question without its filters: pictures, how they are combined, and feedback."""

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
    """What a search is for: at least one picture, and the marks of an earlier answer.

    ``combine`` is ``ALL`` or ``ANY`` of ``core.search``.
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
        """What is searched with and may be shown, RGB, several as one; see ``Query.visible``."""
        return make_collage([query.visible for query in self.queries])
