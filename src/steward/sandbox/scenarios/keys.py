"""Sequences of record keys: even ones, and those with one key far more frequent than all others."""

import random
from collections.abc import Iterator


def even_keys(source: random.Random, count: int, *, noun: str = "customer") -> Iterator[bytes]:
    """Give each of ``count`` keys equally often, in an order that the seed decides, for ever."""
    keys = [f"{noun}-{number:05d}".encode() for number in range(count)]
    source.shuffle(keys)
    while True:
        yield from keys


def hot_keys(
    source: random.Random, count: int, *, share: float, noun: str = "customer"
) -> Iterator[bytes]:
    """Give one key with a probability of ``share``, else one of ``count`` others, for ever."""
    hot = f"{noun}-hot".encode()
    others = even_keys(source, count, noun=noun)
    while True:
        yield hot if source.random() < share else next(others)
