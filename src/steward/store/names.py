"""Names as they are stored: Kafka allows group ids that no index takes."""

from hashlib import sha256

LONGEST = 200
"""Characters that are kept of a name as they are; four bytes each still fit an index of PostgreSQL."""


def stored(name: str) -> str:
    """Return a name as it is stored: without NUL, and an overlong one cut, with a digest that keeps it apart."""
    plain = name.replace("\0", "\N{SYMBOL FOR NULL}")
    if len(plain) <= LONGEST:
        return plain
    return f"{plain[: LONGEST - 17]}~{sha256(name.encode(errors='replace')).hexdigest()[:16]}"
