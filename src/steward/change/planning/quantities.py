"""Counts in the sentences of a plan."""


def records_text(count: int) -> str:
    """Format a number of records."""
    return f"{count:,} {'record' if count == 1 else 'records'}"
