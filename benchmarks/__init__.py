"""Measurements against named baselines, as ratios within one run."""
