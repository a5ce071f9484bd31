"""Tests with real servers of other projects."""
