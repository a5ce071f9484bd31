"""Tests of ``core.model``."""
