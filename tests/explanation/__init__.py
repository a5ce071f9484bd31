"""Tests of ``core.explanation``."""
