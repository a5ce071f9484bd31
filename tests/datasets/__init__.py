"""Tests of ``core.datasets``."""
