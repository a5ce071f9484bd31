"""Tests of ``core.images``."""
