"""Tests of ``core.cli``."""
