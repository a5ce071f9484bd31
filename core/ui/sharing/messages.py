"""What goes through the websocket of a visitor: the browser's wishes, and the app's answers."""

from __future__ import annotations

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

# Of the rest, one empties the caches of all sessions, which ends the owner's indexing run, one
# tells of the folder of the app, and others are for its developers.
_WISHES = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
_OPERATIONS = {"deferred_file", "dataframe_chunk"}


def may_ask(message: bytes) -> bool:
    """Whether a visitor's browser may send this message to the app."""
    wish = BackMsg()
    try:
        wish.ParseFromString(message)
    except DecodeError:
        return False
    kind = wish.WhichOneof("type")
    if kind == "backend_operation_request":
        operations = {field.name for field, _ in wish.backend_operation_request.ListFields()}
        return operations <= {"request_id", "session_id"} | _OPERATIONS
    return kind in _WISHES


def without_paths(message: bytes) -> bytes:
    """The app's message to a visitor without the folder that the app is installed in."""
    # Most messages are large and of another kind: this looks without taking them apart.
    if b"main.py" not in message:
        return message
    answer = ForwardMsg()
    answer.ParseFromString(message)
    if answer.WhichOneof("type") == "new_session":
        answer.new_session.main_script_path = answer.new_session.name
        return bytes(answer.SerializeToString())
    return message
