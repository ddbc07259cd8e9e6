"""Faults injected into real brokers, and what a diagnosis says of them."""
