"""Messages on a visitor's websocket: which are accepted, and what is left out of the answers."""

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

# What pages need. Of the other messages, one empties the caches of all sessions, which ends the
# owner's indexing run, and one returns the folder of the app.
_KINDS = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
_OPERATIONS = {"deferred_file", "dataframe_chunk"}


def is_allowed(message: bytes) -> bool:
    """Whether a visitor's browser may send these bytes, which should be a ``BackMsg``."""
    received = BackMsg()
    try:
        received.ParseFromString(message)
    except DecodeError:
        return False
    kind = received.WhichOneof("type")
    if kind == "backend_operation_request":
        fields = {field.name for field, _ in received.backend_operation_request.ListFields()}
        return fields <= {"request_id", "session_id"} | _OPERATIONS
    return kind in _KINDS


def without_paths(message: bytes) -> bytes:
    """A ``ForwardMsg`` to a visitor without the folder that the app is installed in."""
    # Most messages are large and of another kind: a search in the bytes is faster than parsing.
    if b"main.py" not in message:
        return message
    sent = ForwardMsg()
    sent.ParseFromString(message)
    if sent.WhichOneof("type") == "new_session":
        sent.new_session.main_script_path = sent.new_session.name
        return bytes(sent.SerializeToString())
    return message
