"""Tests of ``core.search``."""
