"""The parts of a share: messages, names, settings, and what starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError
from core.ui.sharing import is_allowed, without_paths
from core.ui.text import code, plain
from tests.fakes import save_picture
from tests.served import served
from tests.ui.security import SHARE, environment, furnish, thumbnails


def wish(kind: str) -> bytes:
    message = BackMsg()
    field = BackMsg.DESCRIPTOR.fields_by_name[kind]
    if field.message_type:
        getattr(message, kind).SetInParent()
    else:
        setattr(message, kind, True)
    return message.SerializeToString()


def test_a_visitor_may_send_what_a_page_needs_and_nothing_else() -> None:
    kinds = {field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields}
    allowed = {kind for kind in kinds if is_allowed(wish(kind))}
    assert {"clear_cache", "load_git_info", "debug_shutdown_runtime"} <= kinds - allowed
    assert allowed == {
        "rerun_script",
        "stop_script",
        "app_heartbeat",
        "file_urls_request",
        "backend_operation_request",
    }
    assert not is_allowed(b"no message")


def test_a_visitor_may_not_let_the_server_write_into_its_folder() -> None:
    message = BackMsg()
    message.backend_operation_request.request_id = "1"
    message.backend_operation_request.deferred_file.SetInParent()
    assert is_allowed(message.SerializeToString())
    message.backend_operation_request.install_skills.SetInParent()
    assert not is_allowed(message.SerializeToString())


def test_a_visitor_is_not_told_where_the_app_is_installed() -> None:
    message = ForwardMsg()
    message.new_session.name = "main.py"
    message.new_session.main_script_path = "/home/ann/lookalike/core/ui/main.py"
    message.new_session.page_script_hash = "7"
    told = without_paths(message.SerializeToString())
    assert b"ann" not in told
    message.ParseFromString(told)
    assert message.new_session.page_script_hash == "7"
    other = ForwardMsg()
    other.delta.new_element.markdown.body = "a picture named main.py"
    assert without_paths(other.SerializeToString()) == other.SerializeToString()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG 12.jpg", "IMG 12.jpg"),
        ("a_b*c.jpg", r"a\_b\*c.jpg"),
        ("![x](http://evil.example).png", r"\!\[x\]\(http\://evil.example\).png"),
        ("<script>alert(1)</script>", r"\<script\>alert\(1\)\</script\>"),
        (":red[x] $x$ `x` \\", r"\:red\[x\] \$x\$ \`x\` " + "\\\\"),
        ("../evil.png", "../evil.png"),
        ("1. first.jpg", r"1\. first.jpg"),
        ("- item\n\n# heading", r"\- item  \# heading"),
        ("Stopped: it is kept", "Stopped: it is kept"),
        (os.fsdecode(b"caf\xe9.jpg"), "caf?.jpg"),
    ],
)
def test_names_are_shown_as_they_are(name: str, expected: str) -> None:
    assert plain(name) == expected


def test_names_with_backticks_do_not_leave_the_letters_of_code() -> None:
    assert code("/home/ann") == "`/home/ann`"
    assert code("a`**b**``c") == "``` a`**b**``c ```"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHARE", "yes"),
        ("SHARE_ADDRESS", "pictures.example"),
        ("SHARE_ADDRESS", "https://pictures.example/path"),
        ("SHARE_ADDRESS", "https://user@pictures.example"),
        ("SHARE_ADDRESS", "javascript:alert(1)"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"LOOKALIKE_{name}", value)
    with pytest.raises(ConfigurationError, match=f"LOOKALIKE_{name}"):
        Settings.from_environment()


def test_share_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.from_environment().share == "off"
    monkeypatch.setenv("LOOKALIKE_SHARE", "thumbnails")
    monkeypatch.setenv("LOOKALIKE_SHARE_ADDRESS", "https://pictures.example:8443/")
    settings = Settings.from_environment()
    assert (settings.share, settings.share_address) == (
        "thumbnails",
        "https://pictures.example:8443",
    )


def start(*options: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "core", "share", *options],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_share_prints_two_addresses_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"LOOKALIKE_FEATURES": str(tmp_path), "LOOKALIKE_DESCRIPTOR": "hsv"}
    options = ("--thumbnails", "--address", "127.0.0.1", "--port", str(port))
    with start(*options, **variables) as process:
        assert process.stdout and process.stderr
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "For visitors" in line:
                break
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
    printed = "".join(lines)
    assert "Visitors search and see thumbnails." in printed
    assert re.search(rf"For you.* http://127\.0\.0\.1:{port}/\?key=\S{{32}}\n", printed)
    assert re.search(rf"For visitors.* http://\S+:{port}/\?key=\S{{32}}\n", printed)
    assert (process.returncode, errors.strip().count("\n")) == (130, 0)
    assert errors.strip().startswith("lookalike: stopped")


def test_a_share_shows_visitors_the_gallery_that_was_asked_for(tmp_path: Path) -> None:
    furnish(tmp_path)
    asked = thumbnails(tmp_path)
    save_picture(tmp_path / "later" / "1.png", 99)
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(tmp_path / "later")
    (other,) = thumbnails(tmp_path)
    options = (*SHARE, "--gallery", "holidays")
    with served(tmp_path, *options, environment=environment(tmp_path)) as server:
        for identity in asked:
            assert server.ask(f"/thumbnails/{identity}", key=server.visitor_key).status == 200
        assert server.ask(f"/thumbnails/{other}", key=server.visitor_key).status == 404
        assert server.ask(f"/thumbnails/{other}", key=server.owner_key).status == 200


def test_a_share_of_a_gallery_that_there_is_not_does_not_start(tmp_path: Path) -> None:
    furnish(tmp_path)
    with start("--gallery", "birds", LOOKALIKE_FEATURES=str(tmp_path / "features")) as process:
        out, errors = process.communicate()
    assert (process.returncode, out, errors.count("\n")) == (3, "", 1)
    assert "expected one of holidays. Received: gallery='birds'" in errors


def test_a_share_at_a_port_that_is_taken_does_not_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with start("--address", "127.0.0.1", "--port", port) as process:
            out, errors = process.communicate()
    assert (process.returncode, out, errors.count("\n")) == (2, "", 1)
    assert errors.startswith("lookalike: Expected an address of this computer and a port")
    assert f"Received: --address 127.0.0.1 --port {port} " in errors


# The second is of no computer (RFC 5737).
@pytest.mark.parametrize("address", ["no.such.name.invalid", "203.0.113.9"])
def test_a_share_at_an_address_of_another_computer_does_not_start(address: str) -> None:
    with start("--address", address) as process:
        out, errors = process.communicate()
    assert (process.returncode, out, errors.count("\n")) == (2, "", 1)
    assert errors.startswith("lookalike: Expected an address of this computer and a port")


def test_a_share_with_a_setting_that_makes_no_sense_does_not_start() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core", "share"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "LOOKALIKE_SHARE_ADDRESS": "pictures.example"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("lookalike: Expected an address")
    assert done.stderr.count("\n") == 1
