"""Rebalancing with minimal data movement, and the lower bound that any plan must move."""
