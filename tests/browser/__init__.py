"""Tests of ``core.browser``."""
