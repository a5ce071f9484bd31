"""Tests of ``core.trash``."""
