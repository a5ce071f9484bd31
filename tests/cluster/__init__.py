"""Tests with real servers of other projects, run by ``make test-cluster``."""
