"""Tests of ``core.ui``."""
