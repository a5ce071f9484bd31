"""Trains the starter weights; never needed to run the app."""
