"""Names of files and galleries: shown as they are, whatever is in them."""

from __future__ import annotations

import re

# Each markup of Markdown and Streamlit starts with one of these: links, pictures, emphasis, code,
# headings, tables, formulas, icons.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#|$~:!&]")


def text(name: str) -> str:
    """A name that can be sent to a browser; Linux allows names that are not valid UTF-8."""
    return name.encode("utf-8", "replace").decode()


def plain(text: str) -> str:
    """Markdown that shows a text as it is."""
    return _MARKUP.sub(r"\\\g<0>", text)
