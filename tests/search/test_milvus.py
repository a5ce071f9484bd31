"""What is sent to a Milvus server and how it is reached, without a server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationError
from core.search import FORMATS, ORIENTATIONS, Feedback, Filters, SearchOptions
from core.search.milvus.connection import MilvusConnection, ServerAccess
from core.search.milvus.schema import expression_of, is_key, key_of, read_record, record_text
from core.types import ImageRecord

ROOT = Path(__file__).parents[2]
TEXTS = st.text(st.characters(exclude_categories=()))


@given(
    st.lists(TEXTS, min_size=1),
    st.sets(st.sampled_from(FORMATS)),
    st.sets(st.sampled_from(ORIENTATIONS)),
    st.lists(TEXTS | st.just("0123456789abcdef" * 2)),
    st.frozensets(TEXTS | st.just("0123456789abcdef" * 2)),
    st.integers(min_value=0),
)
def test_an_expression_has_no_text_of_a_user(
    folders: list[str],
    formats: set[str],
    orientations: set[str],
    without: list[str],
    selected: frozenset[str],
    side: int,
) -> None:
    filters = Filters(
        folders=tuple(folders),
        formats=tuple(formats),
        orientations=tuple(orientations),
        min_side=side,
        taken_from=date(2020, 2, 29),
        among=selected,
    )
    options = SearchOptions(filters=filters, feedback=Feedback(wrong=tuple(without)))
    words = (
        "array_contains_any|folders|day|lying|extension|side|content|in|and|not|-1|"
        '[0-9]{1,19}|"[0-9a-f]{32}"|[()<>=, ]|\\[|\\]'
    )
    assert re.fullmatch(f"(?:{words})*", expression_of(options))


@given(TEXTS)
def test_a_record_is_read_as_it_was_written(path: str) -> None:
    image = ImageRecord(path, 2**40, 2**62 - 1, "ab" * 16, 3, 4, None, "cd" * 8)
    text = record_text(image)
    assert text.isascii()
    assert read_record(text) == image
    assert is_key(key_of(path))


@pytest.mark.parametrize(
    "url",
    [
        "localhost:19530",
        "tcp://localhost:19530",
        "milvus.db",
        "unix:/run/milvus.sock",
        "http://localhost:19530/default",
        "http://root:secret@localhost:19530",
        "http://",
        "",
    ],
)
def test_an_address_of_another_form_is_refused_and_no_password_repeated(url: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"address of an index server.* Received: "
    ) as error:
        ServerAccess(url)
    assert "secret" not in str(error.value)


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(ServerAccess("http://localhost:19530", "root:secret"))


def run_python(code: str, folder: Path) -> str:
    """Output of a new Python in a folder; whatever it writes to stderr fails the test."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


ASK = """
from core.errors import LookalikeError
from core.search.milvus.connection import MilvusConnection, ServerAccess
try:
    MilvusConnection(ServerAccess("http://127.0.0.1:1"), seconds=1).ask("list_collections")
except LookalikeError as error:
    print(error)
"""


def test_a_missing_package_is_told_with_its_file_of_requirements(tmp_path: Path) -> None:
    said = run_python(f"import sys\nsys.modules['pymilvus'] = None\n{ASK}", tmp_path)
    assert said == (
        "An index server needs pymilvus: expected version 3.0 or newer. Received: not installed. "
        "Install it with pip install -r requirements-cluster.txt\n"
    )
    assert (ROOT / "requirements-cluster.txt").exists()


def test_a_server_that_is_not_there_is_told_in_one_line_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("pymilvus")
    # Read by pymilvus when it is imported, unless that is prevented.
    (tmp_path / ".env").write_text("LEAKED=yes\nMILVUS_URI=http://elsewhere:19530\n")
    code = f"""
import logging, logging.config, os
handler = logging.StreamHandler()
logging.getLogger("other").addHandler(handler)
logging.getLogger("other").setLevel(logging.DEBUG)
known, before = len(logging._handlerList), dict(os.environ)
{ASK}
assert dict(os.environ) == before, os.environ.keys() - before.keys()
assert len(logging._handlerList) >= known
assert logging.getLogger("other").level == logging.DEBUG
logging.config.dictConfig({{"version": 1}})
"""
    said = run_python(code, tmp_path)
    assert said.startswith(
        "The index server does not answer: expected Milvus at http://127.0.0.1:1. Received: "
    )
    assert said.endswith(". Check address, user and password.\n")
    assert said.count("\n") == 1


def test_an_unused_connection_closes() -> None:
    MilvusConnection(ServerAccess("http://127.0.0.1:1")).close()
