"""Protocols of papers: the queries of data sets that a user downloaded, measured on an index."""

from .asking import Asking
from .measuring import ProtocolMeasures, Ranking, measure_protocol, measure_protocols
from .pictures import Pictures
from .protocol import Protocol, Query
from .published import PUBLISHED
from .reading import PROTOCOLS, check_name, read_protocols
from .report import protocol_lines, protocols_json
from .restricted_pickle import read_pickle

__all__ = [
    "PROTOCOLS",
    "PUBLISHED",
    "Asking",
    "Pictures",
    "Protocol",
    "ProtocolMeasures",
    "Query",
    "Ranking",
    "check_name",
    "measure_protocol",
    "measure_protocols",
    "protocol_lines",
    "protocols_json",
    "read_pickle",
    "read_protocols",
]
