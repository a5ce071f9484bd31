"""The remote index: images of a gallery in a collection of a Milvus server."""

from core.search.milvus.collections import FLAT, HNSW, KINDS, Identity
from core.search.milvus.connection import MilvusConnection, ServerAccess
from core.search.milvus.index import MilvusIndex
from core.search.milvus.info import RemoteInfo
from core.search.milvus.publishing import Difference, Published, difference, publish
from core.search.milvus.remote import RemoteIndexes

__all__ = [
    "FLAT",
    "HNSW",
    "KINDS",
    "Difference",
    "Identity",
    "MilvusConnection",
    "MilvusIndex",
    "Published",
    "RemoteIndexes",
    "RemoteInfo",
    "ServerAccess",
    "difference",
    "publish",
]
