"""Transactions: list, describe, abort hanging ones."""
