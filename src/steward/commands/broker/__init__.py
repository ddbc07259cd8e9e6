"""Brokers: list, describe, alter; impact of losses; restart gate; capacity."""
