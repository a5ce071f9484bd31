"""What the components of the pages have in common: their files, and pictures as data."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from streamlit.components.v2.types import ComponentRenderer

_QUALITY = 85
_COMMON_STYLE = Path(__file__).with_suffix(".css")
_IMPORT = re.compile(r'^import (\{[^}]+\}) from "([^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


@st.cache_resource(show_spinner=False)
def component(name: str, beside: str) -> ComponentRenderer:
    """A component of the files ``<name>.js`` and ``<name>.css``, and of what the first imports.

    Args:
        name: Of the component and its files.
        beside: A file in the same folder: the ``__file__`` of the caller.
    """
    file = Path(beside).with_name(name)
    return st.components.v2.component(
        f"lookalike_{name}",
        js=joined(file.with_suffix(".js")),
        css=with_common_style(file.with_suffix(".css")),
    )


def with_common_style(style: Path) -> str:
    """The style sheet of a component, after that of all components."""
    return "\n".join(file.read_text(encoding="utf-8") for file in (_COMMON_STYLE, style))


def joined(module: Path) -> str:
    """The code of an ES module and of all that it imports, as one module without imports.

    Streamlit loads a component from an address in which no import finds a file. Each imported
    module becomes a function that is called once and returns what the module exports.
    """
    constants: dict[Path, str] = {}
    functions: list[str] = []

    def without_imports(path: Path) -> str:
        def constant(statement: re.Match[str]) -> str:
            return f"const {statement[1]} = {imported((path.parent / statement[2]).resolve())};"

        return _IMPORT.sub(constant, path.read_text(encoding="utf-8"))

    def imported(path: Path) -> str:
        if path not in constants:
            code = without_imports(path)
            constants[path] = constant = f"module_{len(constants)}"
            exports = ", ".join(_EXPORT.findall(code))
            code = _EXPORT.sub("", code)
            functions.append(f"const {constant} = (() => {{\n{code}return {{ {exports} }};\n}})();")
        return constants[path]

    code = without_imports(module)
    return "\n".join([*functions, code])


def encoded(numbers: NDArray[Any]) -> str:
    """The bytes of an array in base64, which ``fromBase64`` of ``numbers.js`` reads."""
    return base64.b64encode(numbers.tobytes()).decode()


def jpeg_address(image: Image.Image, side: int) -> str:
    """A ``data:`` address of an RGB image as a JPEG, which fits in a square of ``side`` pixels.

    A smaller image keeps its size.
    """
    small = image.copy()
    small.thumbnail((side, side))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
