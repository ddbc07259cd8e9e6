"""Prometheus's text format, written in bulk: text that does not change between pages is prepared once.

A page of 200,000 positions is half a million lines. The labels of a partition are the same for all groups, and those
of a group for all its partitions; so a line is a prefix (family, cluster, group), a suffix (topic, partition) and a
number, joined by `map` and `join` without Python code per line.

Source: Prometheus exposition format, version 0.0.4.
"""

from collections.abc import Iterable, Sequence
from math import inf, isfinite
from operator import add

from steward.daemon.metrics.registry import Family
from steward.model.names import TopicPartition
from steward.model.printable import printable_lines

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Row = tuple[Sequence[str], float]
"""The values of a family's labels, in its order, and the sample's value."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


def escape(value: str) -> str:
    """Escape a label's value for quotes, with every character visible."""
    return printable_lines(value).translate(_ESCAPES)


def number(value: float) -> str:
    """Write a sample's value: whole numbers without a point; NaN and infinities as Prometheus spells them."""
    if isinstance(value, int):
        return str(value)
    if isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return {inf: "+Inf", -inf: "-Inf"}.get(value, "NaN")


def head(family: Family) -> str:
    """Write the two lines that introduce a family."""
    meaning = family.help.translate(_HELP_ESCAPES)
    return f"# HELP {family.name} {meaning}\n# TYPE {family.name} {family.kind}\n"


def line(family: Family, labels: Sequence[str], value: float) -> str:
    """Write one sample.

    Errors: ValueError where the number of labels is not the family's.
    """
    pairs = zip(family.labels, labels, strict=True)
    shown = ",".join(f'{name}="{escape(text)}"' for name, text in pairs)
    return (
        f"{family.name}{{{shown}}} {number(value)}\n"
        if shown
        else f"{family.name} {number(value)}\n"
    )


def block(family: Family, rows: Iterable[Row]) -> str:
    """Write a family with its samples; nothing without samples."""
    lines = "".join(line(family, labels, value) for labels, value in rows)
    return head(family) + lines if lines else ""


class PartitionLines:
    """Writes samples of families whose last labels are topic and partition, for one layout of partitions."""

    def __init__(self, partitions: Sequence[TopicPartition]) -> None:
        self._suffixes = _suffixes(partitions)

    def lines(
        self,
        family: Family,
        leading: Sequence[str],
        values: Iterable[float],
        rows: Sequence[int] | None = None,
    ) -> str:
        """Write a sample for each row of the layout, or for the given ones.

        ``leading`` are the values of the labels before topic and partition; ``values`` are finite, one per row.
        """
        pairs = zip(family.labels[:-2], leading, strict=True)
        prefix = family.name + "{" + "".join(f'{n}="{escape(v)}",' for n, v in pairs)
        suffixes = self._suffixes if rows is None else map(self._suffixes.__getitem__, rows)
        body = ("\n" + prefix).join(map(add, suffixes, map(repr, values)))
        return f"{prefix}{body}\n" if body else ""


def _suffixes(partitions: Sequence[TopicPartition]) -> list[str]:
    """Write ``topic="orders",partition="3"} `` for each partition."""
    topics: dict[str, str] = {}
    found: list[str] = []
    for topic, partition in partitions:
        start = topics.get(topic)
        if start is None:
            start = topics[topic] = f'topic="{escape(topic)}",partition="'
        found.append(f'{start}{partition}"}} ')
    return found
