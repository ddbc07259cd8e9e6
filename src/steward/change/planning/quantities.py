"""Counts, as the sentences of a plan write them."""


def records_text(count: int) -> str:
    """Write a number of records."""
    return f"{count:,} {'record' if count == 1 else 'records'}"
