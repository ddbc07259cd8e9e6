"""Names as stored: Kafka allows group ids that no index accepts."""

from hashlib import sha256

from steward.documents.json_writing import HALF_PAIR

LONGEST = 200
"""Maximum length of a stored name; at four bytes a character it still fits an index of PostgreSQL."""


def stored(name: str) -> str:
    """Return a name as it is stored: NUL and half surrogate pairs replaced, overlong names cut; unique by a digest."""
    plain = name.replace("\0", "\N{SYMBOL FOR NULL}")
    valid = HALF_PAIR.sub("\N{REPLACEMENT CHARACTER}", plain)
    if valid == plain and len(plain) <= LONGEST:
        return plain
    digest = sha256(name.encode(errors="surrogatepass")).hexdigest()
    return f"{valid[: LONGEST - 17]}~{digest[:16]}"
