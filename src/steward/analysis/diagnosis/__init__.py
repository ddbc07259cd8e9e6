"""Cause of a consumer group's lag: pure functions of samples and history."""
