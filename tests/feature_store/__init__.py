"""Tests of ``core.feature_store``."""
