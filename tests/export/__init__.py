"""Tests of ``core.export``."""
