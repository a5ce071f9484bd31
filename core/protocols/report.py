"""Measures of protocols as JSON and as lines for a terminal, beside what others published."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from .measuring import ProtocolMeasures
from .protocol import Published


def protocols_json(measured: Sequence[ProtocolMeasures]) -> list[dict[str, Any]]:
    """A JSON object for each protocol."""
    return [
        {
            "name": one.protocol.name,
            "queries": one.queries,
            "left_out": len(one.protocol.queries) - one.queries,
            "images": len(one.protocol.gallery),
            "published_images": one.protocol.pictures or None,
            "missing": one.missing,
            "measures": {name: estimate.mean for name, estimate in one.measures.items()},
            "intervals": {
                name: [estimate.low, estimate.high] for name, estimate in one.measures.items()
            },
            "published": [dataclasses.asdict(figure) for figure in one.protocol.published],
        }
        for one in measured
    ]


def protocol_lines(measured: ProtocolMeasures) -> Iterator[str]:
    """Our figures, then the published ones with their sources."""
    protocol = measured.protocol
    yield f"{protocol.name}: {measured.queries:,} queries, {len(protocol.gallery):,} pictures"
    for name, estimate in measured.measures.items():
        yield f"  {name:12} {estimate.mean:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
    yield from _warnings(measured)
    sources: dict[tuple[str, str], list[Published]] = {}
    for figure in protocol.published:
        sources.setdefault((figure.source, figure.how), []).append(figure)
    for (source, how), figures in sources.items():
        yield f"  published for VGG16: {source} ({how})"
        yield from (f"    {one.measure} {one.value:.3f} {one.method}" for one in figures)


def _warnings(measured: ProtocolMeasures) -> Iterator[str]:
    protocol = measured.protocol
    if left_out := len(protocol.queries) - measured.queries:
        yield f"  {left_out:,} queries have no right picture and are left out"
    if measured.missing:
        yield f"  {measured.missing:,} right pictures are not in the index: never found"
    if len(protocol.gallery) < protocol.pictures:
        yield f"  not comparable: the published set has {protocol.pictures:,} pictures"
