"""A drawing in SVG on the page, in its colours."""

from ..components import component

# Width of a drawing whose letters can be read on a phone.
NARROW = 400


def drawing(name: str, wide: str, narrow: str) -> None:
    """Show a drawing of ``core.activations``, on a narrow screen another one of the same."""
    component("drawing", __file__)(key=f"drawing_{name}", data={"wide": wide, "narrow": narrow})
