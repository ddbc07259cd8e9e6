"""Sequences of record keys: uniform ones, and ones with a single dominant key."""

import random
from collections.abc import Iterator


def even_keys(source: random.Random, count: int, *, noun: str = "customer") -> Iterator[bytes]:
    """Yield each of ``count`` keys equally often, in an order given by the seed, without end."""
    keys = [f"{noun}-{number:05d}".encode() for number in range(count)]
    source.shuffle(keys)
    while True:
        yield from keys


def hot_keys(
    source: random.Random, count: int, *, share: float, noun: str = "customer"
) -> Iterator[bytes]:
    """Yield one key with probability ``share``, else one of ``count`` others, without end."""
    hot = f"{noun}-hot".encode()
    others = even_keys(source, count, noun=noun)
    while True:
        yield hot if source.random() < share else next(others)
