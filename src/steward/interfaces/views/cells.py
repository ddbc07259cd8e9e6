"""Format one value: with units and signs for people, raw for machines."""

from collections.abc import Iterable, Mapping
from enum import Enum, IntEnum
from itertools import groupby
from typing import cast

from steward.model.command import Command, Hint
from steward.model.names import TopicPartition
from steward.model.quota import BYTE_RATES, QUOTA_KEYS
from steward.model.retention import is_unlimited
from steward.model.unknown import NotApplicable, Unknown
from steward.model.wording import duration, rate, rate_text, size


def cell(value: object, field: str, *, human: bool) -> str:
    """Format one value: with units and signs for people, raw for machines.

    Unknown facts print ``unknown``, inapplicable ones ``-``; for people, ``_bytes`` are scaled, ``_ms`` and
    ``_seconds`` are durations, and partitions are grouped by topic.
    """
    match value:
        case Unknown():
            return "unknown" if human else ""
        case NotApplicable() | None:
            return "-" if human else ""
        case bool():
            return ("yes" if value else "no") if human else str(value).lower()
        case int() | float() if human and not isinstance(value, Enum):
            return _number(value, field)
        case IntEnum():
            return value.name.lower()
        case Enum():
            return str(value.value)
        case Mapping():
            pairs = cast("Mapping[object, object]", value).items()
            inner = "port" if field == "ports" else ""
            return ", ".join(f"{k}={cell(v, inner, human=human)}" for k, v in pairs)
        case tuple() | frozenset() if not hasattr(cast("object", value), "_fields"):
            return _several(cast("tuple[object, ...]", value), field, human=human)
        case Command() | Hint() if human:
            return value.line
        case _:
            return str(value)


def _several(items: Iterable[object], field: str, *, human: bool) -> str:
    listed = tuple(items)
    if human and listed and all(isinstance(item, TopicPartition) for item in listed):
        return partitions_in_short(cast("tuple[TopicPartition, ...]", listed))
    joined = ("," if field else ", ").join(cell(item, "id", human=human) for item in listed)
    return joined or ("-" if human else "")


def partitions_in_short(partitions: Iterable[TopicPartition]) -> str:
    """Format partitions by topic, ``orders:0-3,7 payments:1``."""
    by_topic = groupby(sorted(partitions), key=lambda p: p.topic)
    return " ".join(f"{topic}:{ranges(p.partition for p in found)}" for topic, found in by_topic)


def ranges(numbers: Iterable[int]) -> str:
    """Format ascending numbers as ranges, ``0-3,7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)


def _number(value: float, field: str) -> str:
    if field.startswith("retention_") and is_unlimited(field.replace("_", "."), int(value)):
        return "unlimited"
    if field in QUOTA_KEYS:
        return limit_text(field, value)
    if "bytes" in field or "byte_rate" in field:
        return rate(value) if "per_second" in field or "rate" in field else size(value)
    if field.endswith("_seconds") or "_seconds_" in field or field == "seconds":
        return duration(value)
    if field.endswith("_ms"):
        return duration(value / 1000)
    if field.endswith("_percent"):
        return f"{value:.1f} %"
    if field.endswith("_per_second") or "_rate_" in field:
        return f"{_plain(value)}/s"
    if isinstance(value, int):
        return str(value) if _is_label(field) else f"{value:,}"
    return _plain(value)


def limit_text(quota: str, value: float, *, measured: bool = False) -> str:
    """Write a limit of a client quota as it was entered, or a measured use, rounded: ``5 MB/s``, ``50 %``, ``10/s``."""
    if quota in BYTE_RATES:
        return rate(value) if measured else rate_text(value)
    return f"{_plain(value)} %" if quota == "request_percentage" else f"{_plain(value)}/s"


def _plain(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


_LABELS = frozenset(
    {"port", "leader", "coordinator", "broker", "controller", "partition", "high_watermark"}
)


def _is_label(field: str) -> bool:
    """Return whether a number is an identifier that people copy: it gets no thousands separators."""
    return field in _LABELS or field.endswith(("id", "epoch", "offset"))
