"""Tests of ``core.media``."""
