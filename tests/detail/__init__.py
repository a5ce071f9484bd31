"""Tests of ``core.detail``."""
