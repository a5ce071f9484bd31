"""The code of a component, as its modules and as what Streamlit gets of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from core.ui.components import joined
from tests.components.blank_page import UI
from tests.components.recordings import NO_DATA, recording

MODULES = sorted(UI.rglob("*.js"))
COMPONENTS = [module for module in MODULES if "export default" in module.read_text()]
IMPORT = re.compile(r'from "([^"]+)"')
IMPORTED = {
    (module.parent / name).resolve()
    for module in MODULES
    for name in IMPORT.findall(module.read_text())
}
SHOW = """async ([code, data]) => {
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const { default: component } = await import(address);
  const parentElement = document.createElement("div");
  document.body.replaceChildren(parentElement);
  component({ data, parentElement, setTriggerValue: () => {} });
  return parentElement.childElementCount;
}"""


def test_each_module_is_a_component_or_is_imported() -> None:
    assert len(COMPONENTS) == 9
    assert {module.resolve() for module in MODULES} - IMPORTED == set(COMPONENTS)
    assert {style.with_suffix(".js") for style in UI.rglob("*.css")} == {
        *COMPONENTS,
        UI / "components.js",
    }


def test_a_joined_module_keeps_the_names_of_others_apart(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    files = {
        "entry.js": 'import { two } from "./below/two.js";\nimport { one } from "./one.js";\n'
        "const secret = 3;\nexport default () => [one(), two(), secret];\n",
        "one.js": "const secret = 1;\nexport function one() {\n  return secret;\n}\n",
        "below/two.js": 'import {\n  one,\n} from "../one.js";\n\nconst secret = 2;\n'
        "export async function four() {}\nexport class Five {}\nexport const six = 6;\n"
        "export function two() {\n  return [secret, one()];\n}\n",
    }
    for name, code in files.items():
        (tmp_path / name).write_text(code)
    code = joined(tmp_path / "entry.js")
    assert re.findall("^import|^export (?!default)", code, re.MULTILINE) == []
    # Each module once, however often it is imported.
    assert code.count("const secret = 1;") == 1
    assert "return { four, Five, six, two };" in code


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("module", COMPONENTS, ids=[module.stem for module in COMPONENTS])
def test_joined_modules_are_shown(blank: Page, module: Path) -> None:
    errors: list[str] = []
    blank.on("pageerror", lambda error: errors.append(str(error)))
    shown = blank.evaluate(SHOW, [joined(module), recording(module.stem)])
    # Without the clipboard, which is for https, there is nothing to paste by.
    assert bool(shown) == (module.stem != NO_DATA)
    assert errors == []
