"""Transactions: listed, described, hanging ones aborted."""
