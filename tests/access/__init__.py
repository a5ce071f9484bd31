"""Tests of ``core.access``."""
