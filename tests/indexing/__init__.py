"""Tests of ``core.indexing``."""
