"""Tests of ``core.activations``."""
