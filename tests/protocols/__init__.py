"""Tests of ``core.evaluation``."""
