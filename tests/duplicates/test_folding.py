"""Hidden copies are folded into the closest file of their picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.duplicates import without_copies
from core.search import SearchOptions
from core.types import ImageRecord, Match, SearchResult


def record(number: int, identity: str) -> ImageRecord:
    return ImageRecord(f"{number:03}.jpg", 1, 0, identity, 1, 1, None)


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=40),
    st.dictionaries(st.integers(0, 12).map(str), st.integers(0, 3).map(str)),
    st.integers(1, 20),
)
def test_the_closest_file_of_each_picture_stays(
    contents: list[int], pictures: dict[str, str], k: int
) -> None:
    matches = [
        Match(rank, record(rank, str(content)), rank / 100)
        for rank, content in enumerate(contents, 1)
    ]

    def search(options: SearchOptions) -> SearchResult:
        return SearchResult(tuple(matches[: options.k]), searched=len(matches))

    found = without_copies(search, SearchOptions(k=k), pictures).matches
    first: dict[str, list[Match]] = {}
    for match in matches:
        first.setdefault(pictures.get(match.record.id, match.record.id), []).append(match)
    expected = [files[0] for files in first.values()][:k]
    assert [one.record for one in found] == [one.record for one in expected]
    assert [one.rank for one in found] == [*range(1, len(expected) + 1)]
    shown = {id(one.record): one.copies for one in found}
    for files in list(first.values())[:k]:
        # Copies that are much farther than the last picture are not counted.
        assert 0 <= shown[id(files[0].record)] <= len(files) - 1
    if len(first) <= k:
        assert sum(one.copies + 1 for one in found) == len(matches)
