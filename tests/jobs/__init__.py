"""Tests of ``core.jobs``."""
