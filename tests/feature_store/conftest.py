"""A feature store of four images."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.feature_store import FeatureStore
from tests.fakes import FAKE_SPACE
from tests.feature_store.records import NAMES, feature


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "store", library=tmp_path / "library", space=FAKE_SPACE)


@pytest.fixture
def filled(store: FeatureStore) -> FeatureStore:
    """A store with the features of ``NAMES``, not yet published."""
    for seed, name in enumerate(NAMES):
        store.save(name, feature(seed))
    return store
