"""Lag in seconds and its cause: pure functions of observations and of history."""
