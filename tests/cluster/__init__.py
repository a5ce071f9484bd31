"""Tests with the real servers of a cluster; ``pytest -m cluster`` runs them."""
