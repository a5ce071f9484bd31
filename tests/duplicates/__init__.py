"""Tests of ``core.duplicates``."""
