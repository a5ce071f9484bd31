"""Tests of ``core.explore``."""
