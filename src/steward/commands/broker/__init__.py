"""Brokers: listed, described, altered; impact of losses; restart gate; capacity."""
