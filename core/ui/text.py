"""Names of files and galleries: shown as they are, whatever is in them."""

from __future__ import annotations

import re

# With one of these begins everything that Markdown or Streamlit would make of a name: links,
# pictures, emphasis, code, headings, tables, formulas, icons.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#|$~:!&]")


def text(name: str) -> str:
    """A name that can be sent to a browser: Linux allows bytes in it that are no text."""
    return name.encode("utf-8", "replace").decode()


def plain(text: str) -> str:
    """Markdown that shows a text as it is."""
    return _MARKUP.sub(r"\\\g<0>", text)
