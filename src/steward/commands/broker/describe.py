"""``steward broker describe``: describe brokers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from steward.cluster.ports import Scope
from steward.commands.api.answers import answer
from steward.commands.api.config_rows import ConfigRow, config_rows
from steward.commands.api.context import Context
from steward.commands.api.observation import ObservationRequest, observe_in_steps
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.broker.rows import (
    LIST_PARTS,
    BrokerCount,
    BrokerRow,
    broker_rows,
    bytes_on_disk,
    log_dirs_of,
    used_percent,
)
from steward.model.broker import LogDir
from steward.model.config import ConfigSource
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Observed, Unknown, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerDescribeParams:
    """Which brokers, and how much of their configuration."""

    ids: Annotated[
        tuple[int, ...],
        Doc("broker ids", positional=True, metavar="ID...", completes=Candidates.BROKERS),
    ]
    all_configs: Annotated[
        bool, Doc("every effective configuration entry, not only those set explicitly")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDirRow:
    """One log directory."""

    path: str
    error: Annotated[str | None, Doc("Kafka's error where the directory is offline")]
    replicas: Annotated[int, Doc("replica logs in it")]
    log_bytes: int
    total_bytes: Annotated[int | NotApplicable, Doc("size of its volume (KIP-827)")]
    usable_bytes: Annotated[int | NotApplicable, Doc("free on its volume")]
    used_percent: Annotated[float | NotApplicable, Doc("used on its volume, by Kafka and others")]
    future_replicas: Annotated[int, Doc("logs being moved into it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTopic:
    """The replicas of one topic on a broker."""

    topic: str
    replicas: int
    leaders: BrokerCount
    log_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerDescription:
    """A broker."""

    id: int
    summary: BrokerRow
    log_dirs: tuple[LogDirRow, ...] | Unknown
    largest_topics: Annotated[
        tuple[StoredTopic, ...] | Unknown, Doc("the ten topics that use most disk on it")
    ]
    configs: tuple[ConfigRow, ...] | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerDescriptions:
    """The requested brokers, by id."""

    brokers: tuple[BrokerDescription, ...]


_DESCRIBE_PARTS = (*LIST_PARTS, Part.BROKER_CONFIGS)
_SET = frozenset({ConfigSource.BROKER, ConfigSource.BROKER_DEFAULT, ConfigSource.STATIC})
_LARGEST = 10


@capability(
    "broker.describe",
    parts=_DESCRIBE_PARTS,
    examples=("steward broker describe 2", "steward broker describe 2 --all-configs -o csv"),
)
def describe_brokers(params: BrokerDescribeParams, context: Context) -> Answer[BrokerDescriptions]:
    """Describe brokers: log directories, the largest topics on them, and their configuration."""
    snapshot = observe_in_steps(
        context, {Part.BROKERS, Part.TOPICS}, partial(_details, frozenset(params.ids))
    )
    rows = {row.id: row for row in broker_rows(snapshot)}
    if isinstance(snapshot.brokers, Observed):
        _require_brokers(params.ids, rows)
    brokers = tuple(
        _describe(rows[id], snapshot, all_configs=params.all_configs)
        for id in sorted(set(params.ids) & set(rows))
    )
    return answer(BrokerDescriptions(brokers=brokers), snapshot, context, _DESCRIBE_PARTS)


def _details(ids: frozenset[int], _seen: ClusterSnapshot) -> ObservationRequest:
    return frozenset({Part.LOG_DIRS, Part.BROKER_CONFIGS}), Scope(brokers=ids)


def _require_brokers(ids: tuple[int, ...], rows: Mapping[int, BrokerRow]) -> None:
    for id in ids:
        if id not in rows:
            known = ", ".join(str(row) for row in rows)
            raise ObjectNotFound(
                f"broker {id} does not exist", remedy=f"known brokers: {known}", object_name=str(id)
            )


def _describe(row: BrokerRow, snapshot: ClusterSnapshot, *, all_configs: bool) -> BrokerDescription:
    dirs = log_dirs_of(row.id, snapshot)
    part = snapshot.broker_configs
    missing = Unknown(Why.UNREACHABLE, f"broker {row.id} did not report its configuration")
    configs = part if isinstance(part, Unknown) else part.value.get(row.id, missing)
    return BrokerDescription(
        id=row.id,
        summary=row,
        log_dirs=dirs if isinstance(dirs, Unknown) else tuple(_log_dir(d) for d in dirs),
        largest_topics=dirs if isinstance(dirs, Unknown) else _largest(row.id, dirs, snapshot),
        configs=config_rows(configs, _SET, everything=all_configs),
    )


def _log_dir(log_dir: LogDir) -> LogDirRow:
    return LogDirRow(
        path=log_dir.path,
        error=log_dir.error,
        replicas=sum(not log.is_future for log in log_dir.replicas),
        log_bytes=bytes_on_disk(log_dir),
        total_bytes=log_dir.total_bytes,
        usable_bytes=log_dir.usable_bytes,
        used_percent=used_percent(log_dir),
        future_replicas=sum(log.is_future for log in log_dir.replicas),
    )


def _largest(
    broker: int, dirs: tuple[LogDir, ...], snapshot: ClusterSnapshot
) -> tuple[StoredTopic, ...]:
    sizes: Counter[str] = Counter()
    replicas: Counter[str] = Counter()
    for log in (log for d in dirs for log in d.replicas if not log.is_future):
        sizes[log.partition.topic] += log.size_bytes
        replicas[log.partition.topic] += 1
    leaders = _leaders_by_topic(broker, snapshot)
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_LARGEST]
    return tuple(
        StoredTopic(
            topic=topic,
            replicas=replicas[topic],
            leaders=leaders if isinstance(leaders, Unknown) else leaders[topic],
            log_bytes=size,
        )
        for topic, size in largest
    )


def _leaders_by_topic(broker: int, snapshot: ClusterSnapshot) -> Counter[str] | Unknown:
    if isinstance(snapshot.topics, Unknown):
        return snapshot.topics
    return Counter(
        topic.name
        for topic in snapshot.topics.value
        for p in topic.partitions
        if p.leader == broker
    )


CAPABILITIES: tuple[Capability, ...] = (describe_brokers,)
