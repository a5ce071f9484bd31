"""Lookalike: find similar images on your own disk."""
