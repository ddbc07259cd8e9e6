"""librdkafka statistics (statistics.interval.ms): one JSON object, or one per line."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from steward.analysis.diagnosis.client_report import ClientReport
from steward.documents.fault import DocumentError
from steward.documents.json_text import read_json
from steward.model.names import TopicPartition

Statistics = Mapping[str, Any]
_LEAST_SECONDS = 1.0
_STANDS_SECONDS = 10.0
"""Seconds without a record from a partition, in a series at least as long, before it counts as paused, not as busy."""


def reports_of_statistics(text: str, source: str) -> tuple[ClientReport, ...]:
    """Return a report for each consumer in a file; empty if there is none.

    A client that occurs more than once was observed over time: the change from its first to its last statistics shows
    whether the application takes records, and which partitions it does not fetch. A series may span a day; the time
    since the last record taken counts.

    Source: STATISTICS.md of librdkafka. Times in it are microseconds, throttle times milliseconds.
    """
    by_client: dict[str, list[Statistics]] = {}
    for found in _objects(text):
        if found.get("type") == "consumer" and isinstance(found.get("name"), str):
            by_client.setdefault(cast("str", found["name"]), []).append(found)
    return tuple(_report(series, source) for _, series in sorted(by_client.items()))


def _objects(text: str) -> Iterator[Statistics]:
    whole = _object(text)
    if whole is not None:
        yield whole
        return
    for line in text.splitlines():
        found = _object(line)
        if found is not None:
            yield found


def _object(text: str) -> Statistics | None:
    try:
        found = read_json(text, "statistics")
    except DocumentError:
        return None
    return cast("Statistics", found) if isinstance(found, dict) else None


def _report(series: list[Statistics], source: str) -> ClientReport:
    first, last = series[0], series[-1]
    seconds = (_number(last, "ts") - _number(first, "ts")) / 1e6
    least = max(_LEAST_SECONDS, min(_STANDS_SECONDS, seconds))
    partitions, stalled_for = dict(_partitions(last)), _stalled_seconds(series)
    waiting = sum(int(_number(p, "fetchq_cnt")) for p in partitions.values())
    still = frozenset(
        key
        for key, now in partitions.items()
        if _number(now, "consumer_lag") > 0 and stalled_for[key] >= least
    )
    held = frozenset(k for k in still if _number(partitions[k], "fetchq_cnt") > 0)
    nothing_taken = bool(held) and held == still and min(stalled_for.values()) >= least
    age_hours = _number(last, "age") / 3.6e9
    group = _mapping(last, "cgrp")
    return ClientReport(
        source=source,
        client_id=str(last.get("client_id") or ""),
        last_poll_seconds_ago=round(min(stalled_for.values()), 1) if nothing_taken else None,
        throttle_seconds=_throttle_seconds(last),
        rebalances_per_hour=_number(group, "rebalance_cnt") / age_hours
        if age_hours > 0 and group
        else None,
        waiting_records=waiting,
        paused_partitions=frozenset(k for k in still - held if _had_time(series, stalled_for[k])),
    )


def _had_time(series: list[Statistics], seconds: float) -> bool:
    """Return whether the application waited for records most of the time over the last seconds.

    If it always has fetched records to process, it may not have reached a partition that is not paused.
    """
    since = _number(series[-1], "ts") - seconds * 1e6
    empty = [
        not any(_number(p, "fetchq_cnt") for _, p in _partitions(found))
        for found in series
        if _number(found, "ts") >= since
    ]
    return 2 * sum(empty) >= len(empty)


def _stalled_seconds(series: list[Statistics]) -> Mapping[TopicPartition, float]:
    """Return for how long the application has taken no record of each partition, within the series, in seconds."""
    last = series[-1]
    now = {key: _number(p, "app_offset") for key, p in _partitions(last)}
    since = dict.fromkeys(now, _number(last, "ts"))
    moving = set[TopicPartition]()
    for earlier in reversed(series[:-1]):
        then = dict(_partitions(earlier))
        for key in now.keys() - moving:
            if key in then and _number(then[key], "app_offset") == now[key]:
                since[key] = _number(earlier, "ts")
            else:
                moving.add(key)
        if len(moving) == len(now):
            break
    return {key: (_number(last, "ts") - at) / 1e6 for key, at in since.items()}


def _partitions(statistics: Statistics) -> Iterator[tuple[TopicPartition, Statistics]]:
    for topic, found in sorted(_mapping(statistics, "topics").items()):
        for number, partition in sorted(_mapping(found, "partitions").items()):
            if (
                number.isascii()
                and number.isdigit()
                and len(number) < 10
                and isinstance(partition, dict)
            ):
                yield TopicPartition(topic, int(number)), cast("Statistics", partition)


def _throttle_seconds(statistics: Statistics) -> float | None:
    longest = [
        _number(_mapping(b, "throttle"), "max") for b in _values(_mapping(statistics, "brokers"))
    ]
    return max(longest) / 1000 if longest else None


def _values(found: Mapping[str, Any]) -> Iterable[Any]:
    return found.values()


def _mapping(found: Any, key: str) -> Mapping[str, Any]:
    inner = cast("Statistics", found).get(key) if isinstance(found, dict) else None
    return cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else {}


def _number(found: Mapping[str, Any], key: str) -> float:
    value = found.get(key)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0
