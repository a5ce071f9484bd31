"""The connection to a Milvus server; the only importer of pymilvus."""

import logging
import logging.config
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from ...downloads import without_secrets
from ...errors import ConfigurationError, IndexServerError
from ...program import install

# Of one request; without it pymilvus tries 75 times.
SECONDS = 10.0
# To make a collection or to write many images.
SECONDS_TO_LOAD = 60.0
# Codes of Milvus: a part of the server is not ready, or the collection is not in memory yet.
_LOADING = (1, 101, 103, 104, 503, 901)
_NO_COLLECTION = (4, 100)
_NO_CONNECTION = 2
# Of the message of a server, in an error line.
_MOST_CHARACTERS = 200


class CollectionGoneError(IndexServerError):
    """There is no such collection or alias; it may have been replaced just now."""


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """How to reach an index server.

    Attributes:
        url: Such as ``http://host:19530``, without user or path.
        token: A token, or user and password with a colon between them; empty for none.

    Raises:
        ConfigurationError: The address is not of this form.
    """

    url: str
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https?://[^/?#@\s]+", self.url):
            raise ConfigurationError(
                "Expected the address of an index server such as http://localhost:19530, without "
                f"user and password. Received: {without_secrets(self.url)!r}. They come from "
                "LOOKALIKE_INDEX_USER and LOOKALIKE_INDEX_PASSWORD, or LOOKALIKE_INDEX_TOKEN."
            )


class MilvusConnection:
    """A connection that is made at the first request, and again after a failure.

    Safe to share between threads. A short request may take ``seconds``.
    """

    def __init__(self, access: ServerAccess, *, seconds: float = SECONDS) -> None:
        self.access = access
        self._seconds = seconds
        self._client: Any = None

    def ask(self, method: str, *arguments: Any, seconds: float = 0.0, **options: Any) -> Any:
        """What a method of ``pymilvus.MilvusClient`` returns, given arguments and options.

        It may take ``seconds``, if that is more than a short request may.

        Raises:
            ConfigurationError: pymilvus is not installed.
            CollectionGoneError: There is no such collection or alias.
            IndexServerError: The server does not answer, is still loading or refuses.
        """
        pymilvus = _pymilvus()
        import grpc

        seconds = max(seconds, self._seconds)
        try:
            client = self._client or self._connect(pymilvus, seconds)
            return getattr(client, method)(*arguments, timeout=seconds, **options)
        except grpc.RpcError as error:
            self.close()
            hung = error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            raise self._no_answer(
                f"nothing in {seconds:g} s" if hung else error.details()
            ) from None
        except pymilvus.MilvusException as error:
            raise self._error(error.code, error.message) from None

    def create(
        self,
        name: str,
        fields: Mapping[str, Mapping[str, Any]],
        *,
        vector: str,
        index: Mapping[str, Any],
        properties: Mapping[str, str],
    ) -> None:
        """Make a collection with an index of its vectors, and load it; see ``ask``.

        The types of the fields, by name, are keywords of ``add_field``, where the names of the
        members of ``DataType`` stand for them; ``index`` holds keywords of ``add_index``.
        """
        pymilvus = _pymilvus()
        schema = pymilvus.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        for field_name, keywords in fields.items():
            types = {
                key: pymilvus.DataType[value]
                for key, value in keywords.items()
                if key in ("datatype", "element_type")
            }
            schema.add_field(field_name, **{**keywords, **types})
        indexes = pymilvus.MilvusClient.prepare_index_params()
        indexes.add_index(vector, **index)
        self.ask(
            "create_collection",
            name,
            schema=schema,
            index_params=indexes,
            consistency_level="Bounded",
            properties=dict(properties),
            seconds=SECONDS_TO_LOAD,
        )

    def close(self) -> None:
        """End the connection; the next request makes another one."""
        client, self._client = self._client, None
        if client is not None:
            # Whatever a broken connection raises.
            with suppress(Exception):
                client.close()

    def _connect(self, pymilvus: Any, seconds: float) -> Any:
        self._client = pymilvus.MilvusClient(
            self.access.url, token=self.access.token, timeout=seconds, dedicated=True
        )
        return self._client

    def _error(self, code: object, message: str) -> IndexServerError:
        if code in _NO_COLLECTION:
            return CollectionGoneError(f"There is no such collection at {self.access.url}.")
        if code in _LOADING:
            return IndexServerError("The index server is still loading: try again in a minute.")
        # A status of gRPC instead of a number: pymilvus gave up.
        if code == _NO_CONNECTION or not isinstance(code, int):
            self.close()
            return self._no_answer(message)
        return IndexServerError(
            f"The index server refuses a request: expected Milvus 2.3 or newer at "
            f"{self.access.url}. Received: {self._line(message)} (code {code}). Check its log."
        )

    def _no_answer(self, received: str | None) -> IndexServerError:
        return IndexServerError(
            f"The index server does not answer: expected Milvus at {self.access.url}. Received: "
            f"{self._line(received or 'nothing')}. Check address, user and password."
        )

    def _line(self, message: str) -> str:
        line = " ".join(message.split())
        for secret in filter(None, self.access.token.split(":", 1)[-1:]):
            line = line.replace(secret, "…")
        return line[:_MOST_CHARACTERS].rstrip(".")


def _pymilvus() -> Any:
    try:
        with _unchanged_process():
            import pymilvus
    except ImportError:
        raise ConfigurationError(
            "An index server needs pymilvus: expected version 3.0 or newer. Received: not "
            f"installed. Install it with {install('cluster')}"
        ) from None
    return pymilvus


@contextmanager
def _unchanged_process() -> Iterator[None]:
    """Import pymilvus without its side effects.

    It reads ``.env`` files into the environment and configures logging, so that each error that it
    raises is also printed with a traceback.
    """
    configure, disabled = logging.config.dictConfig, os.environ.get("PYTHON_DOTENV_DISABLED")
    logging.config.dictConfig = lambda _: None  # type: ignore[assignment]
    os.environ["PYTHON_DOTENV_DISABLED"] = "1"
    try:
        yield
    finally:
        logging.config.dictConfig = configure
        del os.environ["PYTHON_DOTENV_DISABLED"]
        if disabled is not None:
            os.environ["PYTHON_DOTENV_DISABLED"] = disabled
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)
