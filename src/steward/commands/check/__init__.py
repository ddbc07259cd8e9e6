"""The audit: run checks, list and explain them."""
